internal import Primitives

extension EventDecoder {
    /// Decodes one line of a log: a plain event, a recorded record or a tick.
    ///
    /// Appends one event, one rejection or one to the ignored; nothing for a line of white space.
    /// - Parameters:
    ///   - line: the line, inside of `batch.source`. A line feed at its end, and a carriage return before that,
    ///     are cut off; without a line feed nothing is.
    ///   - number: the line's number within the batch.
    public func decodeLine(_ line: UnsafeRawBufferPointer, number: UInt32, into batch: inout EventBatch) {
        let text = line.withoutLineEnd
        decode(text, QuoteIndex(text, places: quotePlaces), number, into: &batch)
    }

    /// Decodes the lines of a log, the last of which may lack its line feed.
    ///
    /// - Parameter lines: the lines, inside of `batch.source`; they are numbered from 0.
    /// - Returns: how many there are, blank ones included.
    public func decodeLines(_ lines: UnsafeRawBufferPointer, into batch: inout EventBatch) -> UInt32 {
        var number: UInt32 = 0
        var start = 0
        while start < lines.count {
            let line = LineIndex(UnsafeRawBufferPointer(rebasing: lines[start...]), places: quotePlaces)
            decode(line.text, line.quotes, number, into: &batch)
            number += 1
            start += line.byteCount
        }
        return number
    }

    /// Decodes the text of one line.
    ///
    /// - Parameter quotes: its quotes, if it may be plain.
    @inline(__always)
    private func decode(
        _ text: UnsafeRawBufferPointer, _ quotes: QuoteIndex?, _ number: UInt32, into batch: inout EventBatch
    ) {
        guard text.count > 0 else { return }
        let area = SourceArea(origin: batch.source, flag: 0)
        var table = FieldTable(values: fields, names: names)
        var recorded = FieldTable(values: recordedFields, names: names)
        if let quotes, scanPlain(text, quotes, &table, inner: &recorded) {
            return apply(table, inner: recorded, text, in: area, number, into: &batch)
        }
        scan(text, &table, recorded, in: area, number, into: &batch)
    }

    /// Goes on with a line that is not written as nearly all are.
    @inline(never)
    private func scan(
        _ text: UnsafeRawBufferPointer, _ table: inout FieldTable, _ recorded: FieldTable,
        in area: SourceArea,
        _ number: UInt32, into batch: inout EventBatch
    ) {
        guard let start = text.baseAddress else { return }
        var scanner = JSONScanner(start: start, count: text.count)
        scanner.skipWhitespace()
        if scanner.cursor == scanner.end { return }
        // The value of a recorded record may be as deep as an event; the line is one deeper.
        var inner: FieldTable? = recorded
        guard UTF8Text.isValid(text),
            table.scan(&scanner, depthLeft: Self.depthMax + 1, inner: &inner), scanner.isAtEnd()
        else { return decodeBrokenLine(text, in: area, number, into: &batch) }
        let isPlainEvent = table.has(.type) || !(table.isRecord || table.has(.tick))
        guard isPlainEvent, text.count <= Self.valueByteCountMax, scanner.depthLeftMin == 1 else {
            return apply(table, inner: inner, text, in: area, number, into: &batch)
        }
        rejectText(text, in: area, RecordContext(line: number), into: &batch)
    }

    /// Goes on with a line whose fields have been read: an event, a recorded record or a tick.
    @inline(__always)
    private func apply(
        _ table: FieldTable, inner: FieldTable?, _ text: UnsafeRawBufferPointer, in area: SourceArea,
        _ number: UInt32, into batch: inout EventBatch
    ) {
        if !table.has(.type) {
            if table.isRecord {
                return decodeRecord(table, value: inner, text, in: area, number, into: &batch)
            }
            if table.has(.tick) { return decodeTick(table, text, in: area, number, into: &batch) }
        }
        let record = RecordContext(line: number)
        guard text.count <= Self.valueByteCountMax else {
            return reject(.tooLarge, "over 1 MiB", text, in: area, record, into: &batch)
        }
        apply(table, text, in: area, record, into: &batch)
    }

    /// Rejects a line that is no JSON in UTF-8, or too deep; of a recorded record only its value, where that is at
    /// fault. What stands beside the value decides nothing: that a text is no JSON comes before all of its fields.
    @inline(never)
    private func decodeBrokenLine(
        _ text: UnsafeRawBufferPointer, in area: SourceArea, _ number: UInt32, into batch: inout EventBatch
    ) {
        guard let start = text.baseAddress else { return }
        var scanner = JSONScanner(start: start, count: text.count)
        scanner.skipWhitespace()
        var table = FieldTable(values: fields, names: names)
        let isUTF8 = UTF8Text.isValid(text)
        var inner: FieldTable?
        var record = RecordContext(line: number)
        var broken = text
        if table.scan(&scanner, depthLeft: Self.depthMax + 1, inner: &inner, badValue: .skip),
            scanner.isAtEnd(), !table.has(.type), table.isRecord,
            let found = brokenValue(table, in: area, isUTF8: isUTF8, &batch)
        {
            (broken, record.partition) = found
        }
        guard broken.count <= Self.valueByteCountMax else {
            return reject(.tooLarge, "over 1 MiB", broken, in: area, record, into: &batch)
        }
        guard isUTF8 else { return reject(.invalidUTF8, "not UTF-8", broken, in: area, record, into: &batch) }
        rejectText(broken, in: area, record, into: &batch)
    }

    /// The value of a recorded record that makes its line none, and its partition; nil if the fault may be elsewhere.
    private func brokenValue(
        _ table: FieldTable, in area: SourceArea, isUTF8: Bool, _ batch: inout EventBatch
    ) -> (UnsafeRawBufferPointer, Int32)? {
        guard let value = table.recordedText, let start = value.baseAddress else { return nil }
        var reader = FieldReader(table, area)
        var record = RecordContext(line: 0)
        let mark = batch.unescaped.count
        let isEnvelopeGood = readEnvelope(&reader, into: &record, &batch)
        batch.unescaped.truncate(to: mark)
        guard isEnvelopeGood else { return nil }
        // Of a repeated `value` the last may be good.
        var scanner = JSONScanner(start: start, count: value.count)
        let isGood = scanner.scanValue(depthLeft: Self.depthMax) != nil && scanner.isAtEnd()
        return isUTF8 && isGood ? nil : (value, record.partition)
    }

    private func decodeTick(
        _ table: FieldTable, _ text: UnsafeRawBufferPointer, in area: SourceArea, _ number: UInt32,
        into batch: inout EventBatch
    ) {
        var reader = FieldReader(table, area)
        let mark = batch.unescaped.count
        guard let partition = reader.partition(), let time = reader.time(.tick, &batch) else {
            batch.unescaped.truncate(to: mark)
            guard let fault = reader.fault else { return }
            return reject(fault, text, in: area, RecordContext(line: number), into: &batch)
        }
        batch.unescaped.truncate(to: mark)
        var event = Event(kind: .tick, timestamp: time, customer: .none, customerHash: 0)
        event.partition = partition
        event.line = number
        batch.eventList.append(event)
    }
}

extension FieldTable {
    /// Whether a line without `type` is a recorded record. Source: contract, section 8.
    var isRecord: Bool { has(.topic) && (has(.value) || has(.valueBase64) || isNull(.value)) }

    /// `value` as it came.
    var recordedText: UnsafeRawBufferPointer? {
        guard let value = self[.value] else { return nil }
        // Of a string the quotes belong to the value.
        let isString = value.kind == .string || value.kind == .escapedString
        return UnsafeRawBufferPointer(
            start: isString ? value.start - 1 : value.start, count: value.count + (isString ? 2 : 0))
    }
}

extension FieldReader {
    /// `partition`, 0 where there is none.
    mutating func partition() -> Int32? {
        let partition = optionalInteger(
            .partition, in: 0...Int64(Int32.max), "must be 0 to 2147483647", or: 0)
        return partition.map { Int32(truncatingIfNeeded: $0) }
    }
}
