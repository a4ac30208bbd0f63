internal import Yams

/// Why a configuration file is left as it is.
public enum ParameterEditFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// A key that is to be changed is not in the file.
    case missing(key: String)
    /// The file's values cannot be replaced in place with certainty.
    case unsafe(why: String)

    /// What stands in the way.
    public var description: String {
        switch self {
        case .missing(let key): "it has no \(key)"
        case .unsafe(let why): why
        }
    }
}

/// Changes values of a configuration in place: comments, order and spacing stay, byte for byte.
public enum ParameterEdit {
    /// The text with other values.
    ///
    /// The places come from the YAML parser, so block and flow style are both understood. The result is
    /// parsed again and compared: anything else than the wanted values having changed is a failure, never a
    /// file.
    /// - Parameters:
    ///   - yaml: the file as it is.
    ///   - values: keys such as `rules.churn_risk.parameters.r`, and plain numbers or words to write.
    public static func replacing(
        _ values: [(key: String, text: String)], in yaml: String
    ) throws(ParameterEditFailure) -> String {
        let root = try parse(yaml)
        var lines = yaml.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { Array($0) }
        var edits: [(line: Int, start: Int, count: Int, text: String)] = []
        for (key, text) in values {
            guard let node = find(key, in: root) else { throw .missing(key: key) }
            guard case .scalar(let scalar) = node, let mark = scalar.mark,
                let place = place(of: scalar, mark, in: lines)
            else { throw .unsafe(why: "the value of \(key) cannot be replaced in place") }
            edits.append((place.line, place.start, place.count, text))
        }
        // From the back, so that places in front stay where they are.
        for edit in edits.sorted(by: { ($0.line, $0.start) > ($1.line, $1.start) }) {
            lines[edit.line].replaceSubrange(edit.start..<edit.start + edit.count, with: edit.text.utf8)
        }
        let bytes = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
        guard let changed = String(validating: bytes, as: UTF8.self) else {
            throw .unsafe(why: "it is not UTF-8")
        }
        try check(changed, against: root, values)
        return changed
    }

    /// Whether `yaml` has a value at `key`, such as `rules.value.parameters.p`.
    public static func has(_ key: String, in yaml: String) throws(ParameterEditFailure) -> Bool {
        find(key, in: try parse(yaml)) != nil
    }

    private static func parse(_ yaml: String) throws(ParameterEditFailure) -> Node {
        do {
            // Yams keeps a pointer into the text, which for a String of up to 15 bytes would be a temporary
            // copy.
            guard yaml.utf8.count > 15,
                let root = try Parser(yaml: yaml, resolver: .basic, encoding: .utf8).singleRoot()
            else { throw ParameterEditFailure.missing(key: "keys at all") }
            return root
        } catch let failure as ParameterEditFailure {
            throw failure
        } catch {
            throw .unsafe(why: "it is not valid YAML")
        }
    }

    private static func find(_ key: String, in root: Node) -> Node? {
        var node = root
        for word in key.split(separator: ".") {
            guard case .mapping(let mapping) = node else { return nil }
            let matches = mapping.filter { $0.key.scalar?.string == String(word) }
            guard matches.count == 1, let match = matches.first else { return nil }
            node = match.value
        }
        return node
    }

    /// Where the text of a plain or quoted scalar stands; nil unless exactly that text stands there.
    private static func place(
        of scalar: Node.Scalar, _ mark: Mark, in lines: [[UInt8]]
    ) -> (line: Int, start: Int, count: Int)? {
        let line = mark.line - 1
        guard lines.indices.contains(line) else { return nil }
        let text = Array(scalar.string.utf8)
        // The parser counts characters, the lines are bytes.
        var start = 0
        for _ in 1..<max(mark.column, 1) {
            guard start < lines[line].count else { return nil }
            start += 1
            while start < lines[line].count, lines[line][start] & 0xC0 == 0x80 { start += 1 }
        }
        var token = text
        if start < lines[line].count, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(lines[line][start]) {
            token = [lines[line][start]] + text + [lines[line][start]]
        }
        guard !token.isEmpty, lines[line][start...].starts(with: token) else { return nil }
        return (line, start, token.count)
    }

    /// Nothing but the wanted values may differ.
    private static func check(
        _ changed: String, against root: Node, _ values: [(key: String, text: String)]
    ) throws(ParameterEditFailure) {
        let new = scalars(of: try parse(changed), below: "")
        let old = scalars(of: root, below: "")
        let wanted = Dictionary(values.map { ($0.key, $0.text) }, uniquingKeysWith: { $1 })
        guard new.count == old.count else { throw .unsafe(why: "its form would change") }
        for (before, after) in zip(old, new) {
            guard before.key == after.key, after.text == (wanted[before.key] ?? before.text) else {
                throw .unsafe(why: "\(before.key) would change too")
            }
        }
    }

    private static func scalars(of node: Node, below key: String) -> [(key: String, text: String)] {
        switch node {
        case .scalar(let scalar): return [(key, scalar.string)]
        case .mapping(let mapping):
            return mapping.flatMap { entry in
                let word = entry.key.scalar?.string ?? "?"
                return scalars(of: entry.value, below: key.isEmpty ? word : "\(key).\(word)")
            }
        case .sequence(let sequence):
            return sequence.enumerated().flatMap { scalars(of: $0.element, below: "\(key)[\($0.offset)]") }
        default: return [(key, "")]
        }
    }
}
