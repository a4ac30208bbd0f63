/// Text as a terminal shows it: columns, and nothing that moves the cursor.
enum TerminalText {
    /// `text` with everything that would not print, or would change what is around it, as `\u{1b}`.
    static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHidden) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isHidden(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Control characters, line separators, and marks of direction, but not what joins emoji.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return true
        case .format: return scalar.value != 0x200D
        default: return false
        }
    }

    /// The columns that `text` takes.
    static func columnCount(of text: String) -> Int {
        // A shortcut for what nearly all customers are.
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.reduce(0) { $0 + columnCount(of: $1) }
    }

    /// `text` in at most `columnCountMax` columns, the last of them `…` if something is missing.
    static func truncated(_ text: String, to columnCountMax: Int) -> String {
        guard columnCount(of: text) > columnCountMax else { return text }
        guard columnCountMax > 0 else { return "" }
        var result = ""
        var columnCount = 0
        for character in text {
            columnCount += Self.columnCount(of: character)
            if columnCount > columnCountMax - 1 { break }
            result.append(character)
        }
        return result + "…"
    }

    /// `text` with spaces up to `count` columns.
    static func padded(_ text: String, to count: Int) -> String {
        text + String(repeating: " ", count: max(count - columnCount(of: text), 0))
    }

    /// A character is as wide as its widest scalar.
    private static func columnCount(of character: Character) -> Int {
        character.unicodeScalars.map(columnCount).max() ?? 0
    }

    private static func columnCount(of scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return isWide(scalar.value) ? 2 : 1
        }
    }

    /// Two columns: East Asian wide and fullwidth forms, and emoji.
    ///
    /// Source: Unicode 15.0, EastAsianWidth.txt, W and F, in whole blocks.
    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
            0x2_0000...0x3_FFFD:
            true
        default: false
        }
    }
}
