/// A value of fixed size for each customer, found by the hash of the customer's bytes.
///
/// For statistics only: two customers whose 64-bit hashes are equal are taken for one, which among 10 million
/// customers happens in one of 370,000 logs. Memory grows with the customers, never with the log. One thread
/// at a time.
public struct CustomerLedger<State: BitwiseCopyable> {
    private static var capacityMin: Int { 1_024 }

    /// The hashes, in the order the customers came.
    public private(set) var hashes: [UInt64] = []
    private var states: [State] = []
    /// Index of a customer plus one, by linear probing; 0 is empty. A power of two.
    private var places: [UInt32]
    private let fresh: State

    /// Makes an empty ledger; `fresh` is what a new customer starts with.
    public init(fresh: State) {
        self.fresh = fresh
        places = [UInt32](repeating: 0, count: Self.capacityMin)
    }

    /// Number of customers.
    public var count: Int { hashes.count }

    /// The state at `index`.
    public subscript(index: Int) -> State {
        get { states[index] }
        set { states[index] = newValue }
    }

    /// Changes the state at `index` in place.
    @inline(__always)
    public mutating func update<Result>(_ index: Int, _ change: (inout State) -> Result) -> Result {
        change(&states[index])
    }

    /// The index of a customer, or nil.
    public func find(_ hash: UInt64) -> Int? {
        let mask = places.count - 1
        var place = Self.home(hash, mask)
        // BOUND: at least a quarter of the places is empty.
        while case let index = places[place], index != 0 {
            if hashes[Int(index) - 1] == hash { return Int(index) - 1 }
            place = (place + 1) & mask
        }
        return nil
    }

    /// The index of a customer, who is added if unknown.
    public mutating func findOrAdd(_ hash: UInt64) -> Int {
        let mask = places.count - 1
        var place = Self.home(hash, mask)
        while case let index = places[place], index != 0 {
            if hashes[Int(index) - 1] == hash { return Int(index) - 1 }
            place = (place + 1) & mask
        }
        hashes.append(hash)
        states.append(fresh)
        places[place] = UInt32(hashes.count)
        if hashes.count * 4 > places.count * 3 { grow() }
        return hashes.count - 1
    }

    private mutating func grow() {
        places = [UInt32](repeating: 0, count: places.count * 2)
        let mask = places.count - 1
        for (index, hash) in hashes.enumerated() {
            var place = Self.home(hash, mask)
            while places[place] != 0 { place = (place + 1) & mask }
            places[place] = UInt32(index + 1)
        }
    }

    /// The upper bits, mixed: the lower ones already chose the worker.
    @inline(__always)
    private static func home(_ hash: UInt64, _ mask: Int) -> Int {
        Int(truncatingIfNeeded: (hash &* 0x9e37_79b9_7f4a_7c15) >> 24) & mask
    }
}
