import Primitives

/// Writes recorded records. Source: contract, section 8.
enum RecordedLine {
    /// Appends one line, with its line feed.
    static func append(
        topic: String, partition: Int32, offset: Int64, timestampMilliseconds: Int64?,
        key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, form: RecordedValue,
        to line: inout ByteWriter
    ) {
        line.append("{\"topic\":")
        line.append(quoted: topic)
        line.append(",\"partition\":")
        line.append(decimal: Int64(partition))
        line.append(",\"offset\":")
        line.append(decimal: offset)
        if let timestampMilliseconds {
            line.append(",\"timestamp\":")
            line.append(decimal: timestampMilliseconds)
        }
        append(key: key, to: &line)
        append(value: value, form, to: &line)
        line.append("}\n")
    }

    private static func append(key: UnsafeRawBufferPointer?, to line: inout ByteWriter) {
        guard let key else {
            line.append(",\"key\":null")
            return
        }
        guard UTF8Text.isValid(key) else {
            line.append(",\"key_base64\":\"")
            line.append(base64: key)
            line.append("\"")
            return
        }
        line.append(",\"key\":")
        line.append(quoted: key)
    }

    private static func append(
        value: UnsafeRawBufferPointer?, _ form: RecordedValue, to line: inout ByteWriter
    ) {
        guard let value, form != .null else {
            line.append(",\"value\":null")
            return
        }
        switch form {
        case .base64:
            line.append(",\"value_base64\":\"")
            line.append(base64: value)
            line.append("\"")
        case .jsonOverLines:
            line.append(",\"value\":")
            for byte in value { line.append(byte == 0x0A || byte == 0x0D ? 0x20 : byte) }
        case .json, .null:
            line.append(",\"value\":")
            line.append(value)
        }
    }
}
