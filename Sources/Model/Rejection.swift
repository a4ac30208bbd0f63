/// Why an event went to the dead letters. Source: contract, section 1.
public enum RejectionReason: String, Sendable, CaseIterable {
    case tooLarge = "too_large"
    case invalidUTF8 = "invalid_utf8"
    case notJSON = "not_json"
    case notAnObject = "not_an_object"
    case missingField = "missing_field"
    case wrongType = "wrong_type"
    case outOfRange = "out_of_range"
    case timestampInFuture = "timestamp_in_future"
}

/// What was wrong with one event: the reason for programs, the detail for people.
public struct Rejection: Sendable, Equatable {
    /// The reason, one of a closed list.
    public var reason: RejectionReason
    /// The field and what was expected, in a few words.
    public var detail: String

    /// Makes a rejection.
    public init(_ reason: RejectionReason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
}
