import Primitives

/// Makes bad lines out of good ones, one kind for most reasons of the contract's section 1.
enum EventSpoiler {
    /// Appends a spoiled copy of `event` to `writer`; its customer stays readable.
    static func spoil(
        _ event: GeneratedEvent, from source: borrowing ByteWriter, into writer: inout ByteWriter,
        random: inout RandomStream
    ) -> GeneratedEvent {
        let good = UnsafeRawBufferPointer(rebasing: source.bytes[event.value])
        let nameStart = event.customer.lowerBound - event.value.lowerBound
        let nameEnd = nameStart + event.customer.count
        var spoiled = event
        let start = writer.count
        var shift = 0
        switch random.index(below: 6) {
        case 0:
            // Cut short, as by a full disk.
            writer.append(UnsafeRawBufferPointer(rebasing: good[..<(nameEnd + 3)]))
            spoiled.isJSON = false
        case 1:
            // Latin-1 from an old system.
            writer.append(UnsafeRawBufferPointer(rebasing: good.dropLast()))
            writer.append(",\"note\":\"")
            writer.append(0xFC)
            writer.append("\"}")
            spoiled.isJSON = false
        case 2:
            writer.append("[")
            shift = 1
            writer.append(good)
            writer.append("]")
        case 3:
            // No type at all.
            writer.append("{\"kind")
            writer.append(UnsafeRawBufferPointer(rebasing: good[6...]))
        case 4:
            // The last of a repeated key counts.
            writer.append(UnsafeRawBufferPointer(rebasing: good.dropLast()))
            writer.append(",\"ts\":true}")
        default:
            writer.append(UnsafeRawBufferPointer(rebasing: good.dropLast()))
            writer.append(",\"ts\":17}")
        }
        spoiled.value = start..<writer.count
        let name = start + nameStart + shift
        spoiled.customer = name..<name + event.customer.count
        return spoiled
    }
}
