internal import Primitives

extension EventDecoder {
    /// Decodes a recorded record, a line that `isRecord`. Source: contract, section 8.
    ///
    /// - Parameter inner: the fields of the value, where it is an object that has been checked with the line.
    func decodeRecord(
        _ table: FieldTable, value inner: FieldTable?, _ text: UnsafeRawBufferPointer, in area: SourceArea,
        _ number: UInt32, into batch: inout EventBatch
    ) {
        var reader = FieldReader(table, area)
        var record = RecordContext(line: number)
        let isEnvelopeGood = readEnvelope(&reader, into: &record, &batch)
        guard table.has(.value) || table.has(.valueBase64) else {
            if isEnvelopeGood {
                batch.ignoredCount += 1
            } else if let fault = reader.fault {
                reject(fault, text, in: area, record, into: &batch)
            }
            return
        }
        guard let (value, valueArea) = recordedValue(&reader, &batch) else {
            if let fault = reader.fault { reject(fault, text, in: area, record, into: &batch) }
            return
        }
        if let fault = reader.fault {
            return reject(fault, value, in: valueArea, record, into: &batch)
        }
        if let inner, table[.value]?.kind == .object, value.count <= Self.valueByteCountMax {
            return apply(inner, value, in: valueArea, record, into: &batch)
        }
        decode(value, in: valueArea, record, into: &batch)
    }

    /// Reads what stands beside the value.
    func readEnvelope(
        _ reader: inout FieldReader, into record: inout RecordContext, _ batch: inout EventBatch
    ) -> Bool {
        guard let partition = reader.partition() else { return false }
        record.partition = partition
        if reader.table.has(.timestamp) {
            guard
                let milliseconds = reader.optionalInteger(
                    .timestamp, in: Int64.min...Int64.max, "too large", or: 0)
            else { return false }
            // Kafka's own way to say that a record has no timestamp. Source: Kafka protocol, RecordBatch.
            if milliseconds != -1 { record.timestamp = EventTime(milliseconds: milliseconds) }
        }
        let field: FieldName
        if reader.table.has(.key) {
            field = .key
        } else if reader.table.has(.keyBase64) {
            field = .keyBase64
        } else {
            return true
        }
        guard let key = reader.anyText(field, &batch) else { return false }
        guard field == .keyBase64 else {
            record.key = .slice(key)
            return true
        }
        guard let decoded = decodeBase64(key, &reader, &batch) else {
            reader.fail(.wrongType, field, "not base64")
            return false
        }
        record.key = .slice(decoded)
        return true
    }

    /// The bytes of the record's value, and where they lie.
    private func recordedValue(
        _ reader: inout FieldReader, _ batch: inout EventBatch
    ) -> (UnsafeRawBufferPointer, SourceArea)? {
        if let value = reader.table.recordedText { return (value, reader.area) }
        guard let text = reader.anyText(.valueBase64, &batch) else { return nil }
        guard let value = decodeBase64(text, &reader, &batch) else {
            reader.fail(.wrongType, .valueBase64, "not base64")
            return nil
        }
        // Decoding appends less than the value is long, so from here on the memory stays where it is.
        batch.unescaped.reserve(Int(value.count) + JSONScanner.paddingByteCount)
        guard let origin = batch.unescaped.bytes.baseAddress else { return nil }
        return (batch.bytes(of: value), SourceArea(origin: origin, flag: Slice.unescapedFlag))
    }

    private func decodeBase64(
        _ text: Slice, _ reader: inout FieldReader, _ batch: inout EventBatch
    ) -> Slice? {
        let location = batch.unescaped.count
        // The text may lie in the writer's own memory, which must not move while it is read.
        batch.unescaped.reserve(Int(text.count))
        guard Base64.decode(batch.bytes(of: text), into: &batch.unescaped) else { return nil }
        return Slice(
            location: UInt32(truncatingIfNeeded: location) | Slice.unescapedFlag,
            count: UInt32(truncatingIfNeeded: batch.unescaped.count - location))
    }
}

extension FieldReader {
    /// The decoded text of a string of any length.
    mutating func anyText(_ field: FieldName, _ batch: inout EventBatch) -> Slice? {
        guard let value = table[field] else { return nil }
        switch value.kind {
        case .string: return area.slice(value.start, count: value.count)
        case .escapedString: return unescaped(value, &batch)
        default:
            fail(.wrongType, field, "a string", found: value.kind)
            return nil
        }
    }
}
