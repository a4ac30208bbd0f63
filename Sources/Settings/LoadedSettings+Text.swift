internal import Model
internal import Primitives

extension LoadedSettings {
    /// Every key, value and origin in aligned columns, one key a line; secrets hidden.
    public var table: String {
        let rows =
            [["KEY", "VALUE", "FROM"]]
            + entries.map { entry in
                let value = entry.value.description
                return [entry.path, value.isEmpty ? "(none)" : value, entry.origin.description]
            }
        let widths = (0..<2).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let padded = (0..<2).map { column in
                row[column] + String(repeating: " ", count: widths[column] - row[column].count)
            }
            return "\(padded[0])  \(padded[1])  \(row[2])\n"
        }.joined()
    }

    /// One JSON object: file, fingerprint of the rules, and every key, value and origin; secrets hidden.
    ///
    /// Durations are texts such as `90m`, amounts numbers with their exact decimals.
    public var jsonText: String {
        let lines = entries.map { entry in
            "    {\"key\": \(entry.path.json), \"value\": \(entry.value.json), "
                + "\"from\": \(entry.origin.description.json)}"
        }
        let digits = String(settings.rules.fingerprint, radix: 16)
        let fingerprint = String(repeating: "0", count: 16 - digits.count) + digits
        return """
            {
              "file": \(file?.json ?? "null"),
              "rules_fingerprint": \(fingerprint.json),
              "settings": [
            \(lines.joined(separator: ",\n"))
              ]
            }

            """
    }
}

extension SettingValue {
    fileprivate var json: String {
        switch self {
        case .duration: description.json
        case .properties(let all):
            "{" + all.map { "\($0.name.json): \($0.shownValue.json)" }.joined(separator: ", ") + "}"
        case .durations(let all): Self.array(all.map { DurationText.text(milliseconds: $0).json })
        case .integer, .number, .money, .boolean: description
        case .text(let text): text.isEmpty ? "null" : text.json
        case .texts(let all): Self.array(all.map(\.json))
        }
    }

    private static func array(_ elements: [String]) -> String { "[\(elements.joined(separator: ", "))]" }
}

extension String {
    /// This text as a JSON string.
    fileprivate var json: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
