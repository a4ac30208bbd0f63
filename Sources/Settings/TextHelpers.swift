extension UInt8 {
    /// Whether this is an ASCII digit.
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    /// Whether this is an ASCII letter.
    var isLetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
}

extension String {
    /// Whether `other` occurs in the bytes of this text.
    func containsText(_ other: String) -> Bool {
        let text = Array(utf8)
        let wanted = Array(other.utf8)
        guard wanted.count <= text.count else { return false }
        return (0...(text.count - wanted.count)).contains {
            text[$0..<($0 + wanted.count)].elementsEqual(wanted)
        }
    }

    /// Without spaces and tabs at both ends.
    var trimmed: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = self.drop(while: isBlank)
        guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(start[...last])
    }

    /// As it may stand in a message: one line, no control characters, at most 60 characters.
    var quotable: String {
        let shown = unicodeScalars.prefix(60).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }
        return String(String.UnicodeScalarView(shown)) + (unicodeScalars.count > 60 ? "…" : "")
    }
}
