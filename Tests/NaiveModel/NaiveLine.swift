/// The sequences of a replay: one for the plain events, one per partition of recorded records.
enum SequenceName: Hashable, Comparable {
    case plain
    case partition(Int64)
}

/// What one line of a log is.
enum NaiveLine {
    case blank
    case tick(SequenceName, time: Int64)
    case value(SequenceName, Decoded)

    /// Reads one line, without its line end. Source: contract, sections 1 and 8.
    static func read(_ line: Bytes, config: NaiveConfig) -> NaiveLine {
        if line.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) { return .blank }
        let plainDecoder = EventDecoder(config: config, envelope: NaiveEnvelope())
        // The limit of depth holds for the value of a recorded record, one level further in. A text that is no JSON is
        // that before its fields are looked at.
        let depthMax = EventDecoder.depthMax + 1
        if isUTF8(line), let object = try? JSONParser.parse(line, depthMax: depthMax), object.isObject,
            object.field("type") == nil
        {
            let hasValue = object.member("value") != nil || object.field("value_base64") != nil
            if object.field("topic") != nil, hasValue {
                return recorded(object, line: line, config: config)
            }
            if object.field("tick") != nil, line.count <= EventDecoder.byteCountMax {
                return tick(object, decoder: plainDecoder)
            }
        }
        return .value(.plain, plainDecoder.decode(line))
    }

    private static func tick(_ object: JSON, decoder: EventDecoder) -> NaiveLine {
        do throws(RejectedReason) {
            guard let field = object.field("tick") else { throw .missingField }
            return .tick(try partition(object), time: try decoder.time(field))
        } catch {
            return .value(.plain, .rejected(error))
        }
    }

    private static func recorded(_ object: JSON, line: Bytes, config: NaiveConfig) -> NaiveLine {
        do throws(RejectedReason) {
            let sequence = try partition(object)
            let value: Bytes
            if let base64 = object.field("value_base64") {
                guard let decoded = try bytes(ofBase64: base64) else { throw .wrongType }
                value = decoded
            } else if let member = object.field("value") {
                value = Bytes(line[member.range])
            } else {
                return .value(sequence, .ignored)
            }
            var envelope = NaiveEnvelope()
            if let key = object.field("key_base64") {
                guard let decoded = try bytes(ofBase64: key) else { throw .wrongType }
                envelope.key = decoded
            } else if let key = object.field("key") {
                guard case .string(let text) = key.value else { throw .wrongType }
                envelope.key = text
            }
            if let timestamp = object.field("timestamp") {
                guard case .number(let text) = timestamp.value else { throw .wrongType }
                envelope.timestamp = try DecimalNumber(text).integer()
            }
            return .value(sequence, EventDecoder(config: config, envelope: envelope).decode(value))
        } catch {
            return .value(.plain, .rejected(error))
        }
    }

    private static func partition(_ object: JSON) throws(RejectedReason) -> SequenceName {
        guard let field = object.field("partition") else { return .partition(0) }
        guard case .number(let text) = field.value else { throw .wrongType }
        let partition = try DecimalNumber(text).integer()
        guard (0...Int64(Int32.max)).contains(partition) else { throw .outOfRange }
        return .partition(partition)
    }

    /// The bytes of a base64 string with padding (RFC 4648, section 4); nil if it is none.
    private static func bytes(ofBase64 field: JSON) throws(RejectedReason) -> Bytes? {
        guard case .string(let text) = field.value else { throw .wrongType }
        guard text.count.isMultiple(of: 4) else { return nil }
        let alphabet = Bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let paddingCount = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard paddingCount <= 2 else { return nil }
        var bytes: Bytes = []
        var (bits, bitCount) = (0, 0)
        for byte in text.dropLast(paddingCount) {
            guard let digit = alphabet.firstIndex(of: byte) else { return nil }
            bits = (bits << 6 | digit) & 0xFFFF
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
            }
        }
        return bytes
    }
}
