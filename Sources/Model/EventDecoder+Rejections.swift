internal import Primitives

/// What is wrong with one field; the words are only made when it is written down.
struct FieldFault {
    var reason: RejectionReason
    var field: FieldName
    /// What the field must be.
    var expected: StaticString
    /// What it is instead, of `wrongType`.
    var found: JSONKind?
    /// The index in `items` that the field belongs to.
    var itemIndex: Int?

    var detail: String {
        var path = "\(field.text)"
        if let itemIndex {
            path = field == .items ? "items[\(itemIndex)]" : "items[\(itemIndex)].\(path)"
        }
        if reason == .missingField { return "\(path): missing" }
        guard let found else { return "\(path): \(expected)" }
        return "\(path): expected \(expected), got \(found.words)"
    }
}

extension JSONKind {
    fileprivate var words: String {
        switch self {
        case .string, .escapedString: "a string"
        case .number: "a number"
        case .object: "an object"
        case .array: "an array"
        case .boolean: "true or false"
        case .null: "null"
        }
    }
}

extension EventDecoder {
    @inline(never)
    func reject(
        _ reason: RejectionReason, _ detail: String, _ text: UnsafeRawBufferPointer, in area: SourceArea,
        _ record: RecordContext, into batch: inout EventBatch
    ) {
        let value = text.baseAddress.map { area.slice($0, count: text.count) } ?? .none
        batch.rejected.append(
            RejectedLine(
                line: record.line, partition: record.partition, rejection: Rejection(reason, detail),
                value: value))
    }

    @inline(never)
    func reject(
        _ fault: FieldFault, _ text: UnsafeRawBufferPointer, in area: SourceArea, _ record: RecordContext,
        into batch: inout EventBatch
    ) {
        reject(fault.reason, fault.detail, text, in: area, record, into: &batch)
    }

    /// Rejects UTF-8 text that is no JSON object: says whether it is JSON, and where it stops being so.
    @inline(never)
    func rejectText(
        _ text: UnsafeRawBufferPointer, in area: SourceArea, _ record: RecordContext,
        into batch: inout EventBatch
    ) {
        guard let start = text.baseAddress else { return }
        var scanner = JSONScanner(start: start, count: text.count)
        scanner.skipWhitespace()
        let isObject = scanner.byte == UInt8(ascii: "{")
        if scanner.scanValue(depthLeft: Self.depthMax) != nil, scanner.isAtEnd(), !isObject {
            return reject(.notAnObject, "an event is a JSON object", text, in: area, record, into: &batch)
        }
        let place = scanner.cursor - start
        var detail = "not JSON at byte \(place)"
        if scanner.depthLeftMin == 1, place < text.count, text[place] == 0x7B || text[place] == 0x5B {
            detail += ": nested deeper than \(Self.depthMax)"
        }
        reject(.notJSON, detail, text, in: area, record, into: &batch)
    }
}
