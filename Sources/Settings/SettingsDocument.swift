internal import Yams

/// The values that a YAML document sets, with their lines, and what is wrong with its form.
struct SettingsDocument {
    /// One value of a known key, or of one property below `kafka.properties`.
    struct Entry {
        var key: SettingKey
        /// The name of a property; nil for every other key.
        var property: String?
        var value: RawValue
        var line: Int
    }

    private(set) var entries: [Entry] = []
    private(set) var problems: [SettingsProblem] = []
    let file: String

    /// Reads `text`; `file` is only for messages.
    init(_ text: String, file: String) {
        self.file = file
        // libYAML takes a byte order mark only where it finds out the encoding by itself.
        let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        // Yams keeps a pointer into the text, which for a String of up to 15 bytes would be a temporary copy.
        let kept = text.utf8.count > 15 ? text : text + "\n" + String(repeating: "#", count: 16)
        do {
            let parser = try Parser(yaml: kept, resolver: .basic, encoding: .utf8)
            guard let root = try parser.singleRoot() else { return }
            switch root {
            case .mapping(let mapping): walk(mapping, below: "")
            case .scalar(let scalar) where Self.isNull(scalar): return
            default: report(line: 1, "", "is no map of keys and values; write lines like `currency: TRY`")
            }
        } catch let error as YamlError {
            report(error, text: text)
        } catch {
            report(line: 1, "", "is no YAML")
        }
    }

    private mutating func walk(_ mapping: Node.Mapping, below prefix: String) {
        for (keyNode, value) in mapping {
            let line = keyNode.mark?.line ?? 1
            guard case .scalar(let scalar) = keyNode else {
                report(line: line, prefix, "has a key that is no plain text; write one word before the colon")
                continue
            }
            let path = prefix.isEmpty ? scalar.string : prefix + "." + scalar.string
            if path == SettingRegistry.propertiesPath, let key = SettingRegistry.key(path) {
                collectProperties(of: key, value, line: line)
            } else if scalar.string.utf8.contains(UInt8(ascii: ".")), isKnown(path) {
                report(line: line, path.quotable, "has to be nested; write a section for each word")
            } else if let key = SettingRegistry.key(path) {
                entries.append(Entry(key: key, property: nil, value: Self.raw(value), line: line))
            } else if UnknownKey.isSection(path) {
                switch value {
                case .mapping(let inner): walk(inner, below: path)
                case .scalar(let inner) where Self.isNull(inner): continue
                default: report(line: line, path, "is a section; write its keys below it, indented")
                }
            } else {
                var isSection = false
                if case .mapping = value { isSection = true }
                report(line: line, path.quotable, UnknownKey.message(path, isSection: isSection))
            }
        }
    }

    private mutating func collectProperties(of key: SettingKey, _ node: Node, line: Int) {
        switch node {
        case .mapping(let mapping):
            for (nameNode, value) in mapping {
                let line = nameNode.mark?.line ?? line
                guard case .scalar(let name) = nameNode else {
                    report(line: line, key.path, "has a name that is no plain text")
                    continue
                }
                entries.append(Entry(key: key, property: name.string, value: Self.raw(value), line: line))
            }
        case .scalar(let scalar) where Self.isNull(scalar): return
        default: report(line: line, key.path, "is a map; write one `name: value` a line below it")
        }
    }

    private func isKnown(_ path: String) -> Bool {
        SettingRegistry.key(path) != nil || UnknownKey.isSection(path)
    }

    private static func isNull(_ scalar: Node.Scalar) -> Bool {
        scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    private static func raw(_ node: Node) -> RawValue {
        switch node {
        case .scalar(let scalar): return isNull(scalar) ? .nothing : .scalar(scalar.string)
        case .sequence(let sequence):
            var texts: [String] = []
            for element in sequence {
                guard case .scalar(let scalar) = element, !isNull(scalar) else { return .structure }
                texts.append(scalar.string)
            }
            return .list(texts)
        default: return .structure
        }
    }

    private mutating func report(line: Int, _ key: String, _ message: String) {
        problems.append(SettingsProblem(origin: .file(file, line: line), key: key, message: message))
    }

    /// Says what libYAML said, but never quotes the text: the line could hold a secret.
    private mutating func report(_ error: YamlError, text: String) {
        // An error at the end lies behind the text where it was lengthened.
        let lineMax = 1 + text.count { $0.isNewline }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            report(line: min(mark.line, lineMax), "", "is no YAML: \(problem) (column \(mark.column))")
        case .duplicatedKeysInMapping(let duplicates, let context):
            for key in duplicates {
                report(line: context.mark.line, key.quotable, "is given more than once; keep one of them")
            }
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            report(line: 1 + before.count { $0.isNewline }, "", "is no YAML: \(problem)")
        default:
            report(line: 1, "", "is no YAML")
        }
    }
}
