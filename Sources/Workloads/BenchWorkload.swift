import Model
public import Primitives

/// What the benchmark workload is made of.
public struct BenchSettings: Sendable, Equatable {
    /// The same seed gives the same bytes.
    public var seed: UInt64 = 1
    /// Event time of the first event.
    public var start = workloadDefaultStart
    /// Over how many days the events are spread evenly, at least 1.
    public var dayCount = 30
    /// How many events, 0 or more.
    public var eventCount = 10_000_000
    /// Among how many customers they are spread, at least 1.
    public var customerCount = 500_000
    /// The share of events whose `ts` lies up to 8 s back, 0 to 1.
    public var lateShare = 0.005

    /// The workload that Tetik's throughput is stated for.
    public init() {}
}

/// The fixed mix of events that Tetik's throughput is measured with; 194.3 bytes an event on average
/// (measured over the default 10,000,000), and about one trigger record to three events.
///
/// 64 % `click.product`, 6 % `click.page`, 3 % `click.ad`, 11 % `cart.add`, 2 % `cart.remove`, 4 %
/// `order.placed` and 10 % `email.*`. Customers are skewed: the index is the square of a uniform number times
/// their count. Nothing depends on what a customer did before, so no state is held. One owner at a time.
public struct BenchWorkload: Workload, Sendable {
    private let settings: BenchSettings
    private let catalogue = Catalogue()
    private var random: RandomStream
    /// Keeps the ids of different seeds apart.
    private let idBase: UInt64
    private var made = 0

    /// Makes the workload at its first event.
    public init(_ settings: BenchSettings = BenchSettings()) {
        precondition(settings.dayCount >= 1 && settings.customerCount >= 1 && settings.eventCount >= 0)
        self.settings = settings
        random = RandomStream(seed: settings.seed)
        idBase = RandomStream.mix(settings.seed)
    }

    /// Appends the next event to `writer`; see `Workload`.
    public mutating func next(into writer: inout ByteWriter) -> GeneratedEvent? {
        guard made < settings.eventCount else { return nil }
        let span = Double(Int64(settings.dayCount) * dayMilliseconds)
        let elapsed = Int64(span * (Double(made) / Double(settings.eventCount)))
        let delivered = settings.start + elapsed
        made += 1
        let late = random.chance(settings.lateShare) ? random.whole(1...latenessMillisecondsMax) : 0
        let timestamp = delivered - late
        let root = random.unit()
        let number = Int(root * root * Double(settings.customerCount)) + 1
        let share = random.index(below: 100)
        let kind = kind(ofShare: share)
        let start = writer.count
        let customer = writer.putHead(kind, customer: number, timestamp: timestamp, event: eventID())
        putFields(of: kind, into: &writer)
        writer.append("}")
        return GeneratedEvent(
            timestamp: timestamp, deliveredAt: delivered, topic: kind.workloadTopic,
            value: start..<writer.count, customer: customer)
    }

    private func eventID() -> UInt64 { RandomStream.mix(idBase &+ UInt64(made)) }

    /// The kind that the hundredth `share`, 0 to 99, of all events belongs to.
    private mutating func kind(ofShare share: Int) -> EventKind {
        switch share {
        case 0..<64: .clickProduct
        case 64..<70: .clickPage
        case 70..<73: .clickAd
        case 73..<84: .cartAdd
        case 84..<86: .cartRemove
        case 86..<90: .orderPlaced
        default: emailKind()
        }
    }

    private mutating func emailKind() -> EventKind {
        switch random.index(below: 1_000) {
        case 0..<640: .emailDelivered
        case 640..<860: .emailOpened
        case 860..<950: .emailClicked
        case 950..<975: .emailBounced
        case 975..<988: .emailUnsubscribed
        case 988..<997: .emailSubscribed
        default: .emailComplained
        }
    }

    private mutating func putFields(of kind: EventKind, into writer: inout ByteWriter) {
        let product = random.index(below: Catalogue.productCount)
        switch kind {
        case .clickProduct:
            writer.append(",\"sku\":\"")
            Catalogue.putSKU(of: product, into: &writer)
            writer.append("\",\"category\":\"")
            writer.append(Catalogue.category(of: product))
            writer.put("\",\"price\":", cents: catalogue.cents(of: product))
            writer.append(",\"url\":\"https://www.shop.example/p/")
            Catalogue.putSKU(of: product, into: &writer)
            writer.put("\",\"session\":\"s-", 10_000_000 + random.index(below: 90_000_000))
            writer.append("\"")
        case .clickPage:
            writer.append(",\"url\":\"https://shop.example/c/")
            writer.append(Catalogue.category(of: product))
            writer.put("?page=", 1 + random.index(below: 9))
            writer.put("\",\"session\":\"s-", 10_000_000 + random.index(below: 90_000_000))
            writer.append("\"")
        case .clickAd:
            writer.putAd(network: random.index(below: 4), campaign: random.index(below: 40))
            writer.put(",\"cost\":", cents: 40 + random.index(below: 900))
            writer.append(",\"currency\":\"TRY\"")
        case .cartAdd:
            writer.putItem(of: product, quantity: quantity(), cents: catalogue.cents(of: product))
            writer.append(",\"currency\":\"TRY\"")
        case .cartRemove:
            writer.append(",\"sku\":\"")
            Catalogue.putSKU(of: product, into: &writer)
            writer.append("\"")
        case .orderPlaced:
            putOrder(firstProduct: product, into: &writer)
        default:
            if kind == .emailBounced {
                writer.append(random.chance(0.4) ? ",\"bounce\":\"hard\"" : ",\"bounce\":\"soft\"")
            }
            let day = Int((settings.start.milliseconds / dayMilliseconds)) + made % settings.dayCount
            writer.putMailing(campaignDay: day)
            if kind == .emailDelivered || kind == .emailOpened || kind == .emailClicked {
                writer.put(",\"message\":\"m-", 100_000_000 + made)
                writer.append("\"")
            }
        }
    }

    private mutating func quantity() -> Int { random.chance(0.85) ? 1 : 2 + random.index(below: 2) }

    private mutating func putOrder(firstProduct: Int, into writer: inout ByteWriter) {
        // Ids rise with the place in the stream, so no two orders share one.
        writer.put(",\"order\":\"o-", 100_000_000 + made)
        writer.append("\",\"items\":[{")
        let itemCount = 1 + random.index(below: 3)
        var product = firstProduct
        var total = 0
        for index in 0..<itemCount {
            let quantity = quantity()
            let cents = catalogue.cents(of: product)
            if index > 0 { writer.append("},{") }
            writer.putItem(of: product, quantity: quantity, cents: cents, separator: "")
            total += quantity * cents
            product = (product + 37) % Catalogue.productCount
        }
        writer.put("}],\"value\":", cents: total)
        writer.append(",\"currency\":\"TRY\"")
    }
}
