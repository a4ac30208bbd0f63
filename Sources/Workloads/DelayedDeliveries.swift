import Primitives

/// Events that happened already and are delivered a few seconds later: late ones, and second copies.
///
/// Each keeps its bytes in a slot of fixed size, so that a long stream allocates nothing. Bounded: what does not
/// fit is not delayed.
struct DelayedDeliveries: Sendable {
    private static let slotByteCount = 1_024
    private static let slotCountMax = 4_096

    private struct Delivery {
        var event: GeneratedEvent
        var slot: Int
    }

    private var waiting: [Delivery] = []
    private var freeSlots: [Int] = []
    private var slots: [UInt8] = []

    /// When the next delivery is due; nil if none waits.
    var nextTime: EventTime? { waiting.last?.event.deliveredAt }

    /// Keeps a copy of `event`, to be delivered at its `deliveredAt`.
    /// - Returns: false if there is no room for it.
    mutating func add(_ event: GeneratedEvent, from writer: borrowing ByteWriter) -> Bool {
        guard event.value.count <= Self.slotByteCount, waiting.count < Self.slotCountMax else { return false }
        let slot = freeSlots.popLast() ?? slots.count / Self.slotByteCount
        if slot * Self.slotByteCount == slots.count {
            slots.append(contentsOf: repeatElement(0, count: Self.slotByteCount))
        }
        let source = UnsafeRawBufferPointer(rebasing: writer.bytes[event.value])
        slots.withUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[(slot * Self.slotByteCount)...])
                .copyMemory(from: source)
        }
        // Few wait at a time; the latest stands first, so that the next one is taken from the end.
        var index = waiting.count
        while index > 0, waiting[index - 1].event.deliveredAt <= event.deliveredAt { index -= 1 }
        waiting.insert(Delivery(event: event, slot: slot), at: index)
        return true
    }

    /// Appends the next delivery to `writer`.
    mutating func take(into writer: inout ByteWriter) -> GeneratedEvent? {
        guard let delivery = waiting.popLast() else { return nil }
        let start = writer.count
        let old = delivery.event
        slots.withUnsafeBytes { bytes in
            let from = delivery.slot * Self.slotByteCount
            writer.append(UnsafeRawBufferPointer(rebasing: bytes[from..<from + old.value.count]))
        }
        freeSlots.append(delivery.slot)
        let moved = start - old.value.lowerBound
        var event = old
        event.value = start..<start + old.value.count
        event.customer = old.customer.lowerBound + moved..<old.customer.upperBound + moved
        return event
    }
}
