import KafkaTransport
import Primitives

/// Writes events of a few customers into the input topics: ties, late ones, repeats, bad ones, and, where the run
/// has them, transactions that are aborted or stay open for a while.
struct SimulatedShop {
    private let inputs: [String]
    private let customerCount: Int
    private let hasBadInput: Bool
    private let hasTransactions: Bool
    private var number = 0
    /// Transactions of the shop have numbers below 0.
    private var nextTransaction = -1
    private var open: [(log: SimulatedLog, transaction: Int, endsAt: Int64)] = []
    private(set) var recordCount = 0

    init(inputs: [String], customerCount: Int, hasBadInput: Bool, hasTransactions: Bool) {
        self.inputs = inputs
        self.customerCount = customerCount
        self.hasBadInput = hasBadInput
        self.hasTransactions = hasTransactions
    }

    /// Writes an event at wall time `wall`.
    mutating func write(to broker: SimulatedBroker, wall: Int64, now: Int64, _ random: inout RandomStream) {
        let customer = Array("c-\(random.index(below: customerCount))".utf8)
        let topic = random.index(below: inputs.count)
        let partition = customer.withUnsafeBytes {
            Murmur2.partition(of: $0, partitionCount: broker.partitionCount)
        }
        let log = broker.log(inputs[topic], partition)
        recordCount += 1
        let late = random.chance(0.15) ? Int64(random.index(below: 4_000)) : 0
        let early = random.chance(0.05) ? Int64(random.index(below: 30_000)) : 0
        let value = text(topic: topic, time: wall - late + early, &random)
        if hasBadInput, random.chance(0.03) {
            let bad = random.chance(0.3) ? nil : Array("{\"ts\": no".utf8)
            log.append(key: customer, value: bad, timestamp: wall)
        } else if hasTransactions, random.chance(0.1) {
            log.append(key: customer, value: value, timestamp: wall, transaction: nextTransaction)
            open.append((log, nextTransaction, now + Int64(random.index(below: 3_000))))
            nextTransaction -= 1
        } else {
            log.append(key: customer, value: value, timestamp: wall)
        }
    }

    /// Ends transactions that are due, or all.
    mutating func endTransactions(now: Int64, all: Bool = false) {
        for entry in open where all || entry.endsAt <= now {
            entry.log.mark(entry.transaction, isCommitted: !entry.transaction.isMultiple(of: 3))
        }
        open.removeAll { all || $0.endsAt <= now }
    }

    private mutating func text(topic: Int, time: Int64, _ random: inout RandomStream) -> [UInt8] {
        number += 1
        func pick(_ texts: [String]) -> String { texts[random.index(below: texts.count)] }
        let id = random.chance(0.05) ? number / 2 : number
        let sku = "\"sku\":\"\(pick(["A", "B", "C"]))\",\"price\":\(random.index(below: 90)).5"
        let order = "\"type\":\"order.placed\",\"order\":\"\(id)\",\"value\":12.5"
        let kinds =
            topic == 0
            ? [
                "\"type\":\"cart.add\",\(sku)", "\"type\":\"cart.add\",\(sku)", "\"type\":\"cart.clear\"",
                "\"type\":\"cart.remove\",\"sku\":\"A\"",
                "\"type\":\"cart.set\",\"items\":[{\(sku)},{\"sku\":\"D\",\"qty\":3}]",
            ]
            : [
                order, order, "\"type\":\"click.ad\",\"channel\":\"x\"", "\"type\":\"click.page\"",
                "\"type\":\"email.unsubscribed\"", "\"type\":\"consent.granted\",\"purpose\":\"ads\"",
                random.chance(0.2) ? "\"type\":\"customer.erased\"" : "\"type\":\"click.page\"",
            ]
        return Array("{\"ts\":\(time),\"id\":\"\(id)\",\(pick(kinds))}".utf8)
    }
}
