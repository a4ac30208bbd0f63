import Foundation
import Testing

/// A file of Swift, line by line.
struct SourceFile: Sendable, CustomTestStringConvertible {
    /// Below the package, for example `Sources/Engine/Cart.swift`.
    let path: String
    let lines: [Line]

    /// A line as it stands, and what of it is code.
    struct Line: Sendable {
        let text: String
        /// The line without its comment and without the content of its strings.
        let code: String
        /// Whether there is nothing but a comment, or a piece of a text of several lines.
        let isProse: Bool

        /// Names and keywords of the code.
        var words: Set<Substring> {
            Set(code.split { !$0.isLetter && !$0.isNumber && $0 != "_" })
        }

        /// Columns before the first character.
        var indentation: Int { text.prefix { $0 == " " }.count }
    }

    var testDescription: String { path }

    /// The first folder below `Sources` or `Tests`: as a rule the target.
    var folder: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// All Swift files below a folder of the package, by name.
    static func all(below folder: String) -> [SourceFile] {
        let root = package.appending(path: folder)
        let names = FileManager.default.enumerator(atPath: root.path())?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".swift") }.sorted().compactMap { name in
            let text = try? String(contentsOf: root.appending(path: name), encoding: .utf8)
            return text.map { SourceFile(path: "\(folder)/\(name)", text: $0) }
        }
    }

    init(path: String, text: String) {
        self.path = path
        var isInLongText = false
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let line = String(line)
            let wasInLongText = isInLongText
            if line.contains("\"\"\"") { isInLongText.toggle() }
            let trimmed = line.drop { $0 == " " }
            let isProse = wasInLongText || trimmed.hasPrefix("//")
            return Line(text: line, code: isProse ? "" : Self.code(of: line), isProse: isProse)
        }
    }

    private static func code(of line: String) -> String {
        var code = ""
        var isInString = false
        var previous: Character = " "
        for character in line {
            if character == "\"", previous != "\\" {
                isInString.toggle()
            } else if !isInString {
                if character == "/", previous == "/" { return String(code.dropLast()) }
                code.append(character)
            }
            previous = previous == "\\" && character == "\\" ? " " : character
        }
        return code
    }

    /// Where something is wrong, as a compiler says it.
    func place(_ index: Int) -> String { "\(path):\(index + 1)" }

    /// Whether one of the lines around `index` has `word`.
    func has(_ word: String, from first: Int, through last: Int) -> Bool {
        lines[max(first, 0)...min(last, lines.count - 1)].contains { $0.text.contains(word) }
    }

    /// Modules that the file imports.
    var imports: [(module: String, index: Int)] {
        lines.enumerated().compactMap { index, line in
            let words = line.code.split(separator: " ")
            guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
                words[..<place].allSatisfy({
                    $0.hasPrefix("@") || ["public", "internal", "private"].contains($0)
                })
            else { return nil }
            return (String(words[place + 1]), index)
        }
    }

    /// Functions and initialisers of more than one line: where they begin, and how many lines they have.
    var functionLengths: [(index: Int, lineCount: Int)] {
        lines.indices.compactMap { index in
            let words = lines[index].words
            guard words.contains("func") || words.contains("init") || words.contains("deinit"),
                !lines[index].code.contains("."), !lines[index].code.hasSuffix("}")
            else { return nil }
            return bodyEnd(ofDeclarationAt: index).map { (index, $0 - index + 1) }
        }
    }

    /// The line of the closing brace. The formatter puts it below the first letter of the declaration.
    private func bodyEnd(ofDeclarationAt start: Int) -> Int? {
        let indentation = lines[start].indentation
        for index in (start + 1)..<max(lines.count, start + 1) {
            let line = lines[index]
            if line.text.isEmpty || line.indentation > indentation { continue }
            let rest = line.text.dropFirst(indentation)
            if line.indentation == indentation, rest.hasPrefix("}") { return index }
            let isStillHead = [")", "{", "where"].contains { rest.hasPrefix($0) }
            if line.indentation < indentation || !isStillHead { return nil }
        }
        return nil
    }
}
