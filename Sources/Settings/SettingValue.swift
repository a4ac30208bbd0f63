public import Primitives

/// The value of one key, in the form that is parsed, shown and compared.
public enum SettingValue: Sendable, Equatable {
    /// Milliseconds.
    case duration(Int64)
    /// Several durations in milliseconds.
    case durations([Int64])
    /// A whole number.
    case integer(Int64)
    /// A number with a fraction.
    case number(Double)
    /// An exact amount.
    case money(Money)
    /// True or false.
    case boolean(Bool)
    /// A text or a word of a closed list; empty: none.
    case text(String)
    /// Several texts.
    case texts([String])
    /// The properties for librdkafka.
    case properties([KafkaProperty])
}

extension SettingValue: CustomStringConvertible {
    /// As it can be given to `--set`; the properties in braces, secrets hidden.
    public var description: String {
        switch self {
        case .duration(let milliseconds): DurationText.text(milliseconds: milliseconds)
        case .durations(let all): all.map { DurationText.text(milliseconds: $0) }.joined(separator: ",")
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .money(let amount): MoneyText.text(amount)
        case .boolean(let flag): flag ? "true" : "false"
        case .text(let text): text
        case .texts(let all): all.joined(separator: ",")
        case .properties(let all): "{\(all.map(\.description).joined(separator: ", "))}"
        }
    }
}

/// What values a key takes; bounds are included unless said otherwise.
public enum SettingKind: Sendable, Equatable {
    /// A duration, in milliseconds.
    case duration(ClosedRange<Int64>)
    /// So many durations, each in a range of milliseconds, strictly rising.
    case risingDurations(count: ClosedRange<Int>, each: ClosedRange<Int64>)
    /// A whole number.
    case integer(ClosedRange<Int64>)
    /// A number above 0 and below `below`; without it, any finite number above 0.
    case positive(below: Int64?)
    /// A number in a range.
    case number(ClosedRange<Double>)
    /// An amount with at most 4 decimals.
    case money(ClosedRange<Money>)
    /// True or false.
    case boolean
    /// One word of a closed list.
    case choice([String])
    /// A text in a form of its own.
    case text(TextForm)
    /// So many distinct names of topics.
    case topics(count: ClosedRange<Int>)
    /// Any properties of librdkafka.
    case properties
}

/// Forms of text that are checked.
public enum TextForm: Sendable, Equatable {
    /// At least one character.
    case nonEmpty
    /// Anything, also nothing.
    case optional
    /// Three ASCII letters.
    case currency
    /// The name of a topic.
    case topic
    /// `host:port`, several with commas.
    case brokers
    /// `host:port`.
    case listen
}

extension SettingKind {
    /// The unit or type, in a word or two for documentation.
    public var unit: String {
        switch self {
        case .duration: "duration (ms, s, m, h, d)"
        case .risingDurations: "list of durations (ms, s, m, h, d)"
        case .integer: "integer"
        case .positive, .number: "number"
        case .money: "amount in major units"
        case .boolean: "boolean"
        case .choice: "word"
        case .text: "text"
        case .topics: "list of topics"
        case .properties: "map"
        }
    }

    /// What values are taken, in words that follow "write" and "Range:".
    public var range: String {
        switch self {
        case .duration(let range): Self.words(range)
        case .risingDurations(let count, let each):
            "\(count.lowerBound) to \(count.upperBound) rising durations, each \(Self.words(each))"
        case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .positive(nil): "a number above 0"
        case .positive(let below?): "a number above 0 and below \(below)"
        case .number(let range):
            "a number from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))"
        case .money(let range):
            "\(MoneyText.text(range.lowerBound)) to \(MoneyText.text(range.upperBound)), at most 4 decimals"
        case .boolean: "true or false"
        case .choice(let words):
            words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        case .text(.nonEmpty): "any text that is not empty"
        case .text(.optional): "any text; empty for none"
        case .text(.currency): "three ASCII letters"
        case .text(.topic): "1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-'"
        case .text(.brokers): "host:port, several with commas"
        case .text(.listen): "host:port"
        case .topics(let count):
            "\(count.lowerBound) to \(count.upperBound) names of 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-'"
        case .properties: "any property of librdkafka that Tetik does not set itself"
        }
    }

    private static func text(_ number: Double) -> String {
        Int64(exactly: number).map { "\($0)" } ?? "\(number)"
    }

    private static func words(_ range: ClosedRange<Int64>) -> String {
        let low = DurationText.text(milliseconds: range.lowerBound)
        return "\(low) to \(DurationText.text(milliseconds: range.upperBound))"
    }
}
