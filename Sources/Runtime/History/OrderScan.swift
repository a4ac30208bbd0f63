public import Fitting
public import Model
public import Primitives

/// The orders of a log, as the models of customer behaviour want them.
public struct OrderHistories: Sendable {
    /// Repeats, recency and age of each customer with an order in the calibration.
    public var purchases = PurchaseHistories()
    /// Orders of the same customers after the calibration.
    public var holdoutOrders: [Int32] = []
    /// Repeat orders and their mean value of the customers who have any.
    public var spend = SpendHistories()
    /// Accepted orders, without repeats of an id or an order.
    public var orderCount: Int64 = 0
    /// Orders that repeated an id or an order.
    public var duplicateCount: Int64 = 0
    /// Lines that were no event.
    public var rejectedCount: Int64 = 0
    /// Customers whose first order came after the calibration.
    public var laterCustomerCount = 0
    /// Time of the first accepted event; nil if there is none.
    public var logStart: EventTime?
    /// Time of the last accepted event; nil if there is none.
    public var logEnd: EventTime?
    /// Up to where orders belong to the calibration, itself included.
    public var calibrationEnd: EventTime?
    /// Length of the holdout in time units; 0 without one.
    public var holdoutLength = 0.0
}

/// Reads logs as `Replay` does, and keeps nothing but orders.
///
/// Orders are those the engine would count. Customers of all partitions are told apart by their bytes alone.
/// Isolation: `run` blocks the calling thread, which works along. Memory depends on the customers.
public final class OrderScan {
    /// What to read, and how.
    public struct Options {
        /// The logs, in order; `-` is standard input.
        public var logs: [String]
        /// `currency` and `max_ahead` matter.
        public var rules: Rules
        /// Workers, at least 1.
        public var threadCount: Int
        /// The unit of the histories' times, at least 1 ms.
        public var timeUnitMilliseconds: Int64
        /// Orders of one period of this length count once; at least 1 ms.
        public var mergeMilliseconds: Int64
        /// Where the calibration ends; nil: at the last event.
        public var until: EventTime?

        /// Makes options.
        public init(
            logs: [String], rules: Rules, threadCount: Int, timeUnitMilliseconds: Int64,
            mergeMilliseconds: Int64, until: EventTime?
        ) {
            self.logs = logs
            self.rules = rules
            self.threadCount = threadCount
            self.timeUnitMilliseconds = timeUnitMilliseconds
            self.mergeMilliseconds = mergeMilliseconds
            self.until = until
        }
    }

    private static let sliceByteCount = 256 << 10

    private let options: Options
    private let reader: LogReader
    private let team: WorkerTeam
    private let parts: [OrderScanPart]
    private let slices: [DecodedSlice]

    /// Opens the logs, so that a wrong name is said at once.
    public init(_ options: Options) throws(LogError) {
        self.options = options
        let memberCount = max(options.threadCount, 1)
        reader = try LogReader(paths: options.logs, chunkByteCount: Self.sliceByteCount * memberCount)
        team = WorkerTeam(memberCount: memberCount)
        parts = (0..<memberCount).map { OrderScanPart(options, member: $0) }
        slices = (0..<memberCount).map { _ in DecodedSlice(memberCount: memberCount) }
    }

    /// Reads everything.
    public func run() throws(LogError) -> OrderHistories {
        reader.start()
        defer {
            reader.finish()
            team.finish()
        }
        var histories = OrderHistories()
        while let chunk = try reader.next() {
            let cuts = Replay.cut(chunk.bytes, into: parts.count)
            team.run { [slices, parts] member in
                let bytes = UnsafeRawBufferPointer(rebasing: chunk.bytes[cuts[member]..<cuts[member + 1]])
                slices[member].decode(bytes, with: parts[member].decoder)
            }
            for slice in slices { histories.rejectedCount += Int64(slice.batch.rejected.count) }
            team.run { [slices, parts] member in
                for slice in slices { parts[member].take(slice) }
            }
            reader.giveBack(chunk)
        }
        gather(into: &histories)
        return histories
    }

    private func gather(into histories: inout OrderHistories) {
        histories.logStart = parts.map(\.earliest).min().flatMap { $0 == .never ? nil : $0 }
        histories.logEnd = parts.map(\.latest).max().flatMap { $0 == .distantPast ? nil : $0 }
        guard let logEnd = histories.logEnd else { return }
        let end = options.until ?? logEnd
        let unit = Double(options.timeUnitMilliseconds)
        histories.calibrationEnd = end
        histories.holdoutLength = Double(max(logEnd - end, 0)) / unit
        // In an order that the number of threads does not change, so that sums come out the same to the last
        // bit.
        var customers: [(hash: UInt64, orders: CustomerOrders)] = []
        for part in parts {
            histories.orderCount += part.orderCount
            histories.duplicateCount += part.duplicateCount
            for index in 0..<part.ledger.count {
                let orders = part.ledger[index]
                if orders.orderCount > 0 {
                    customers.append((part.ledger.hashes[index], orders))
                } else if orders.holdoutCount > 0 {
                    histories.laterCustomerCount += 1
                }
            }
        }
        customers.sort { ($0.orders.first, $0.hash) < ($1.orders.first, $1.hash) }
        for (_, orders) in customers {
            histories.purchases.append(
                repeats: orders.orderCount - 1, recency: Double(orders.last - orders.first) / unit,
                age: Double(end - orders.first) / unit)
            histories.holdoutOrders.append(orders.holdoutCount)
            if let mean = orders.repeatValueMean {
                histories.spend.append(count: orders.orderCount - 1, mean: mean)
            }
        }
    }
}

/// The customers of one worker of an `OrderScan`.
///
/// Isolation: its worker, except between the phases of a chunk.
final class OrderScanPart: @unchecked Sendable {
    // SAFETY: the phases of a chunk are separated by the team's barrier; each part is changed by its worker
    // alone.
    let decoder: EventDecoder
    private(set) var ledger = CustomerLedger(fresh: CustomerOrders())
    private(set) var orderCount: Int64 = 0
    private(set) var duplicateCount: Int64 = 0
    private(set) var earliest = EventTime.never
    private(set) var latest = EventTime.distantPast
    private let currency: Currency
    private let mergeMilliseconds: Int64
    private let calibrationEnd: EventTime
    private let member: Int

    init(_ options: OrderScan.Options, member: Int) {
        decoder = EventDecoder(rules: options.rules)
        currency = options.rules.currency
        mergeMilliseconds = options.mergeMilliseconds
        calibrationEnd = options.until ?? .never
        self.member = member
    }

    /// Takes what the slice says of this worker's customers.
    func take(_ slice: DecodedSlice) {
        slice.withEvents(of: member) { events in
            for place in 0..<events.count {
                let event = events.event(place)
                if event.kind == .tick { continue }
                earliest = min(earliest, event.timestamp)
                latest = max(latest, event.timestamp)
                if event.kind == .orderPlaced || (event.kind.isDeduplicated && !event.id.isEmpty) {
                    take(event, slice.batch)
                } else if event.kind == .customerErased, let index = ledger.find(event.customerHash) {
                    ledger[index] = CustomerOrders()
                }
            }
        }
    }

    private func take(_ event: Event, _ batch: borrowing EventBatch) {
        let index = ledger.findOrAdd(event.customerHash)
        var isNew = true
        if !event.id.isEmpty {
            let id = StableHash.hash(batch.bytes(of: event.id))
            isNew = ledger.update(index) { $0.isNew(id: id) }
        }
        guard isNew, event.kind == .orderPlaced else {
            if !isNew, event.kind == .orderPlaced { duplicateCount += 1 }
            if isNew, event.kind == .customerErased { ledger[index] = CustomerOrders() }
            return
        }
        let order = StableHash.hash(batch.bytes(of: event.subject))
        guard ledger.update(index, { $0.isNew(order: order) }) else {
            duplicateCount += 1
            return
        }
        orderCount += 1
        let amount = event.currency == currency ? event.amount : nil
        ledger.update(index) {
            $0.add(
                at: event.timestamp, amount: amount, merge: mergeMilliseconds, calibrationEnd: calibrationEnd)
        }
    }
}
