/// A JSON value that is to be written; objects keep their order.
public enum JSONNode: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral
{
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONNode])
    case object([(String, JSONNode)])

    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// An integer.
    public init(_ value: Int) { self = .integer(Int64(value)) }
    /// A number; null if it is none, as JSON has no word for that.
    public init(_ value: Double?) { self = value.map { $0.isFinite ? .number($0) : .null } ?? .null }
    /// A string; null without one.
    public init(_ value: String?) { self = value.map { .string($0) } ?? .null }

    /// The value as indented text with a line feed at the end.
    public var text: String { Self.text(of: self, indent: "") + "\n" }

    private static func text(of node: JSONNode, indent: String) -> String {
        let deeper = indent + "  "
        switch node {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        case .number(let value): return value.isFinite ? "\(value)" : "null"
        case .string(let value): return quoted(value)
        case .array(let nodes):
            guard !nodes.isEmpty else { return "[]" }
            let lines = nodes.map { deeper + text(of: $0, indent: deeper) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let fields):
            guard !fields.isEmpty else { return "{}" }
            let lines = fields.map { "\(deeper)\(quoted($0.0)): \(text(of: $0.1, indent: deeper))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }
}
