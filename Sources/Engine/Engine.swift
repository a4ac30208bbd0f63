public import Model
public import Primitives

/// What happens to the customers of one shard: the rules of the contract as a deterministic state machine.
///
/// Same sequence of calls, same records and same state, bit for bit. It reads no clock, does no I/O and draws
/// no random number. Isolation: one thread at a time, the shard's.
public struct Engine: ~Copyable, @unchecked Sendable {
    // SAFETY: every pointer inside belongs to a non-copyable value owned by this one.

    /// The rules that decide what is emitted.
    public internal(set) var rules: Rules
    /// The watermark: `distantPast` before the first event.
    public private(set) var watermark = EventTime.distantPast
    /// What has been counted since the engine was made.
    public internal(set) var counters = EngineCounters()

    private let pinned = Pinned()
    var churn: ChurnModelFormula
    /// nil unless `rules.value` is on.
    let value: ValueFormula?
    var table = CustomerTable()
    /// The customer that is being changed.
    var customer = Customer()
    private var packed = ByteWriter(capacity: 65_536)
    private var dueSlots = PlainList<UInt32>()
    /// Which customers have been changed, for captures.
    var changes = ChangeTracker()
    var imageCapture = ImageCapture()

    /// Makes an engine that knows no customer.
    public init(rules: Rules) {
        self.rules = rules
        churn = ChurnModelFormula(rules.churnRisk)
        value = ValueFormula(rules)
    }

    /// Makes an engine of what an image said.
    init(
        rules: Rules, watermark: EventTime, table: consuming CustomerTable
    ) {
        self.init(rules: rules)
        self.watermark = watermark
        self.table = table
    }

    /// Customers with an accepted event since their last erasure.
    public var customerCount: Int { table.count }

    /// Bytes of memory reserved for customers and their timers.
    public var reservedByteCount: Int { table.reservedByteCount }

    /// Timers that are pending.
    public var timerCount: Int { table.timers.count }

    /// Raises the watermark and fires what is due, in order of (due time, customer bytes).
    ///
    /// - Parameter newWatermark: the new watermark; one that is lower changes nothing.
    /// - Parameter recordCountMax: stop once the buffer holds this many records.
    /// - Returns: false if it stopped early; call again with the same watermark, before anything else.
    @inlinable
    @discardableResult
    public mutating func advance(
        to newWatermark: EventTime, into records: inout RecordBuffer, recordCountMax: Int = .max
    ) -> Bool {
        if timersMayBeDue(by: newWatermark) {
            return fireTimers(to: newWatermark, into: &records, recordCountMax: recordCountMax)
        }
        raiseWatermark(to: newWatermark)
        return true
    }

    @usableFromInline
    func timersMayBeDue(by time: EventTime) -> Bool { table.timers.mayBeDue(by: time) }

    @usableFromInline
    mutating func raiseWatermark(to newWatermark: EventTime) { watermark = max(watermark, newWatermark) }

    /// No timer fires before this time; `never` if none is pending.
    public var earliestDue: EventTime { table.timers.earliestDue }

    @usableFromInline
    mutating func fireTimers(
        to newWatermark: EventTime, into records: inout RecordBuffer, recordCountMax: Int
    ) -> Bool {
        let target = max(watermark, newWatermark)
        records.isTimer = true
        defer { records.isTimer = false }
        while let due = table.timers.popDue(by: target, into: &dueSlots) {
            table.prefetchUpcoming()
            if dueSlots.count > 1 {
                for index in dueSlots.indices { table.prefetchBlock(of: dueSlots[index]) }
                table.sortByKey(&dueSlots)
            }
            watermark = max(watermark, due)
            for index in dueSlots.indices {
                let slot = dueSlots[index]
                willChange(slot, firedAt: due)
                load(slot)
                fire(at: due, cause: .timer, into: &records)
                store(slot)
            }
            if records.count >= recordCountMax { return false }
        }
        table.prefetchUpcoming()
        watermark = target
        return true
    }

    /// Brings near what `apply` of an event with this customer's hash will read first.
    @inline(__always)
    public func prefetchIndex(hash: UInt64) { table.prefetchIndex(hash: hash) }

    /// Brings near what `prefetchCustomer` will read; the index should have arrived by now.
    @inline(__always)
    public func prefetchSlot(hash: UInt64) { table.prefetchSlot(hash: hash) }

    /// Brings near what `apply` of an event of this kind will read next; the slot should have arrived by now.
    @inline(__always)
    public func prefetchCustomer(hash: UInt64, kind: EventKind) {
        guard let slot = table.hintedSlot(hash: hash) else { return }
        if kind.isDeduplicated {
            table.prefetchBlock(of: slot)
        } else {
            table.prefetchKey(of: slot)
        }
    }

    /// Applies one event or tick, as steps 1 to 3 of the contract's section 2.
    ///
    /// - Parameter newWatermark: the watermark at this event, from every event of the sequence so far.
    public mutating func apply(
        _ event: Event, of batch: borrowing EventBatch, watermark newWatermark: EventTime,
        into records: inout RecordBuffer
    ) {
        records.line = event.line
        advance(to: newWatermark, into: &records)
        if event.kind == .tick { return }
        if event.timestamp < watermark { counters.lateCount += 1 }
        let key = batch.bytes(of: event.customer)
        let known = table.find(key: key, hash: event.customerHash)
        let slot = known ?? insert(key: key, hash: event.customerHash)
        if event.kind.isDeduplicated {
            load(slot, hash: event.customerHash)
            change(slot, event, batch, into: &records)
        } else {
            // A look at a page or a product says no more than that the customer is there.
            counters.appliedCount += 1
        }
    }

    /// Applies an event that may change its customer, who has been loaded.
    private mutating func change(
        _ slot: UInt32, _ event: Event, _ batch: borrowing EventBatch, into records: inout RecordBuffer
    ) {
        if isDuplicate(event, batch) {
            counters.duplicateCount += 1
            // The id of a repeated order is remembered all the same.
            if event.kind == .orderPlaced { store(slot) }
            return
        }
        counters.appliedCount += 1
        if event.kind == .customerErased {
            erase(slot, event, batch, into: &records)
            return
        }
        applyRules(event, batch, into: &records)
        settleSuppression(now: watermark, at: event.timestamp, cause: cause(event, batch), into: &records)
        // Timers that are due already fire now, in order; only this customer's can be.
        while case let due = nextDue(), due <= watermark {
            fire(at: due, cause: .timer, into: &records)
        }
        store(slot)
    }

    private mutating func applyRules(
        _ event: Event, _ batch: borrowing EventBatch, into records: inout RecordBuffer
    ) {
        switch event.kind {
        case .cartAdd, .cartRemove, .cartSet, .cartClear, .cartCheckout:
            applyCart(event, batch)
        case .orderPlaced:
            let isNewest = event.timestamp > customer.lastOrder
            clearCart(upTo: event.timestamp)
            count(event)
            settleRecovery(event, batch, into: &records)
            settleLevel(event, batch, into: &records)
            if isNewest { dropAdClicks(upTo: event.timestamp) }
        case .clickAd:
            applyAdClick(at: event.timestamp)
        default:
            applyConsent(event)
        }
    }

    /// All timers of the loaded customer that are due at `due`, as one instant.
    mutating func fire(at due: EventTime, cause: RecordCause, into records: inout RecordBuffer) {
        if cartStepDue() == due { fireCartStep(at: due, into: &records) }
        if customer.crossing == due { deepenLevel(at: due, into: &records) }
        settleSuppression(now: due, at: due, cause: cause, into: &records)
    }

    /// When the loaded customer's next timer is due, or `never`.
    func nextDue() -> EventTime {
        min(cartStepDue(), customer.crossing, suppressionEnd())
    }
}

extension Engine {
    /// Whether the event repeats a remembered id or order; if not, they are remembered.
    private mutating func isDuplicate(_ event: Event, _ batch: borrowing EventBatch) -> Bool {
        if !event.id.isEmpty {
            let hash = StableHash.hash(batch.bytes(of: event.id))
            if customer.recentIDs.contains(hash) { return true }
            customer.recentIDs.append(hash)
        }
        if event.kind == .orderPlaced {
            let hash = StableHash.hash(batch.bytes(of: event.subject))
            if customer.recentOrders.contains(hash) { return true }
            customer.recentOrders.append(hash)
        }
        return false
    }

    /// The `cause` of records that `event` emits.
    func cause(_ event: Event, _ batch: borrowing EventBatch) -> RecordCause {
        event.id.isEmpty ? .unnamedEvent : .event(batch.bytes(of: event.id))
    }

    private mutating func insert(key: UnsafeRawBufferPointer, hash: UInt64) -> UInt32 {
        let freeSlotPlusOne = table.firstFreeSlotPlusOne
        if freeSlotPlusOne != 0 { willChange(freeSlotPlusOne - 1) }
        let slot = table.insert(hash: hash, byteCount: PackedCustomer.emptyByteCount(keyCount: key.count))
        if freeSlotPlusOne == 0 { didAdd(slot) }
        PackedCustomer.writeEmpty(key: key, to: table.block(of: slot))
        return slot
    }

    mutating func load(_ slot: UInt32) {
        let block = table.block(of: slot)
        customer.unpack(block, hash: StableHash.hash(PackedCustomer.key(of: block)))
    }

    private mutating func load(_ slot: UInt32, hash: UInt64) {
        customer.unpack(table.block(of: slot), hash: hash)
    }

    /// Packs the loaded customer into its block and sets its timer.
    mutating func store(_ slot: UInt32) { store(slot, due: nextDue()) }

    mutating func store(_ slot: UInt32, due: EventTime) {
        willChange(slot)
        packed.removeAll()
        customer.pack(into: &packed)
        let oldByteCount = PackedCustomer.byteCount(of: table.block(of: slot))
        let block = table.resize(slot, from: oldByteCount, to: packed.count)
        block.copyMemory(from: packed.bytes.baseAddress.unsafelyUnwrapped, byteCount: packed.count)
        table.timers.set(slot, due: due)
    }

    /// Forgets the loaded customer; contract, section 5.
    private mutating func erase(
        _ slot: UInt32, _ event: Event, _ batch: borrowing EventBatch, into records: inout RecordBuffer
    ) {
        if rules.adSuppression.isEnabled {
            emitSuppression(
                .erased, until: .never, at: event.timestamp, valueAt: nil, cause: cause(event, batch),
                into: &records)
        }
        willChange(slot)
        table.timers.set(slot, due: .never)
        let byteCount = PackedCustomer.byteCount(of: table.block(of: slot))
        table.remove(slot, hash: customer.hash, byteCount: byteCount)
    }
}

/// What a shard has counted; every count only grows.
public struct EngineCounters: Sendable, Equatable {
    /// Events that were applied, late ones included, duplicates not.
    public var appliedCount: UInt64 = 0
    /// Events that repeated an id or an order.
    public var duplicateCount: UInt64 = 0
    /// Events older than the watermark.
    public var lateCount: UInt64 = 0
    /// Skus that found no room in a cart of 200.
    public var droppedItemCount: UInt64 = 0

    /// Makes counters at 0.
    public init() {}
}

/// What a record says it was caused by.
enum RecordCause {
    case timer
    case unnamedEvent
    case event(UnsafeRawBufferPointer)

    @inline(__always)
    func write(to record: inout RecordWriter) {
        record.append(",\"cause\":")
        switch self {
        case .timer: record.append("\"timer\"")
        case .unnamedEvent: record.append("null")
        case .event(let id): record.append(quoted: id)
        }
    }
}
