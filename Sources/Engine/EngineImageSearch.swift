public import Primitives

/// One customer as an image has it.
public struct StoredCustomer: Sendable, Equatable {
    /// The customer's slot.
    public var slot: UInt32
    /// When the customer's timer is due; `never` if there is none.
    public var due: EventTime
    /// The packed form.
    public var packed: [UInt8]
}

/// Looks for one customer in a full image and the increments after it, without making an engine.
///
/// Isolation: one thread at a time. Complexity: some 30 ns a customer.
public struct EngineImageSearch {
    private let key: [UInt8]
    /// What the entries so far say of the customer; nil if there is nobody of that key.
    public private(set) var found: StoredCustomer?

    /// Looks for the customer with this key.
    public init(key: [UInt8]) { self.key = key }

    /// Takes in the entries of one chunk; chunks are given in their order.
    public mutating func add(_ chunk: UnsafeRawBufferPointer) throws(EngineImageError) {
        var reader = EngineImageEntryReader(chunk)
        while let entry = try reader.next() {
            if matches(entry) {
                found = StoredCustomer(
                    slot: entry.slot, due: entry.due == 0 ? .never : EventTime(milliseconds: entry.due),
                    packed: Array(entry.packed))
            } else if found?.slot == entry.slot {
                // The slot was given up, or to somebody else.
                found = nil
            }
        }
    }

    private func matches(_ entry: EngineImageEntry) -> Bool {
        guard let block = entry.packed.baseAddress else { return false }
        return key.withUnsafeBytes { PackedCustomer.key(of: block, equals: $0) }
    }
}
