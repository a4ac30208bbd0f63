@testable import Engine
import Model
import Primitives
@testable import Runtime
import Settings
import Telemetry
import Testing

/// Records as if a batch had been acknowledged.
private func pending(_ customers: [String]) -> RecordBuffer {
    var records = RecordBuffer()
    for (number, customer) in customers.enumerated() {
        Array(customer.utf8).withUnsafeBytes { key in
            var record = records.begin(
                .churnRisk, customer: key, at: EventTime(milliseconds: 1_767_261_600_000 + Int64(number)))
            record.identify(decimal: Int64(number))
            records.finish(record)
        }
    }
    return records
}

struct TriggerFeedTests {
    @Test func `a reader goes on where it was`() {
        let feed = TriggerFeed()
        feed.publish(pending(["a", "b", "c"]))
        let first = feed.read(after: 0, .init(), countMax: 2)
        #expect(first.entries.map(\.number) == [1, 2])
        #expect(first.position == 2 && first.missedCount == 0)
        let rest = feed.read(after: first.position, .init(), countMax: 10)
        #expect(rest.entries.map(\.number) == [3])
        #expect(feed.read(after: 3, .init(), countMax: 10).entries.isEmpty)
    }

    @Test func `what does not match is passed over, not read again`() {
        let feed = TriggerFeed()
        feed.publish(pending(["a", "b", "a"]))
        var filter = TriggerFeed.Filter()
        filter.customer = Array("b".utf8)
        let reading = feed.read(after: 0, filter, countMax: 10)
        #expect(reading.entries.map(\.number) == [2] && reading.position == 3)
        filter.kinds = [.abandonedCart]
        #expect(feed.read(after: 0, filter, countMax: 10).entries.isEmpty)
    }

    @Test func `the ring forgets its oldest and says how many are gone`() {
        let feed = TriggerFeed()
        let batch = pending((0..<1_000).map { "c-\($0)" })
        for _ in 0..<40 { feed.publish(batch) }
        let reading = feed.read(after: 10, .init(), countMax: 1)
        let oldest = UInt64(40_000 - TriggerRing.entryCountMax + 1)
        #expect(reading.entries.map(\.number) == [oldest])
        #expect(reading.missedCount == oldest - 11)
        #expect(feed.newest(.init(), countMax: 2).map(\.number) == [40_000, 39_999])
        // A place from another process, ahead of ours: everything in memory is new.
        #expect(feed.read(after: 99_999, .init(), countMax: 1).entries.map(\.number) == [oldest])
    }
}

struct TriggerFeedWakerTests {
    /// A waker with this filter, and how often it was woken.
    private static func waker(
        _ feed: TriggerFeed, customer: String? = nil, kinds: Set<RecordKind> = []
    ) -> (number: UInt64, wakeCount: Monitor<Int>) {
        var filter = TriggerFeed.Filter()
        filter.customer = customer.map { Array($0.utf8) }
        filter.kinds = kinds
        let wakeCount = Monitor(0)
        return (feed.addWaker(filter) { wakeCount.change { $0 += 1 } }, wakeCount)
    }

    @Test func `only who wants one of the records is woken, once until he has asked`() {
        let feed = TriggerFeed()
        let everything = Self.waker(feed)
        let one = Self.waker(feed, customer: "b")
        let other = Self.waker(feed, customer: "nobody")
        let kind = Self.waker(feed, kinds: [.abandonedCart])
        feed.publish(pending(["a", "b", "b"]))
        feed.publish(pending(["b"]))
        #expect(everything.wakeCount.read { $0 } == 1 && one.wakeCount.read { $0 } == 1)
        #expect(other.wakeCount.read { $0 } == 0 && kind.wakeCount.read { $0 } == 0)
        #expect(feed.takeNews(everything.number) == 1 && feed.takeNews(one.number) == 2)
        #expect(feed.takeNews(one.number) == nil && feed.takeNews(other.number) == nil)
        feed.publish(pending(["a", "b"]))
        #expect(one.wakeCount.read { $0 } == 2 && feed.takeNews(one.number) == 6)
    }

    @Test func `who has gone is not woken, and others who want the same still are`() {
        let feed = TriggerFeed()
        let gone = Self.waker(feed, customer: "a")
        let here = Self.waker(feed, customer: "a")
        feed.removeWaker(gone.number)
        feed.publish(pending(["a"]))
        #expect(gone.wakeCount.read { $0 } == 0 && here.wakeCount.read { $0 } == 1)
        feed.removeWaker(here.number)
        #expect(feed.takeNews(here.number) == nil)
    }
}

struct CustomerDeskTests {
    @Test func `a question is over when every loop has answered`() {
        let desk = CustomerDesk()
        let reply = Monitor<CustomerDesk.Reply?>(nil)
        let wakeCount = Monitor(0)
        desk.open(loop: 0) { wakeCount.change { $0 += 1 } }
        desk.open(loop: 1) { wakeCount.change { $0 += 1 } }
        #expect(desk.ask(key: [1]) { given in reply.change { $0 = given } } != nil)
        #expect(wakeCount.read { $0 } == 2)
        desk.answer(loop: 0) { _ in [] }
        #expect(reply.read { $0 } == nil)
        desk.answer(loop: 1) { key in
            #expect(Array(key) == [1])
            return []
        }
        #expect(reply.read { $0 }?.isComplete == true)
    }

    @Test func `without loops, or when one ends, nobody waits`() {
        let desk = CustomerDesk()
        let count = Monitor(0)
        _ = desk.ask(key: [1]) { _ in count.change { $0 += 1 } }
        #expect(count.read { $0 } == 1)
        desk.open(loop: 0) {}
        _ = desk.ask(key: [1]) { _ in count.change { $0 += 1 } }
        desk.close(loop: 0)
        #expect(count.read { $0 } == 2)
    }

    @Test func `who gives up gets what has come, once, and too many questions are refused`() throws {
        let desk = CustomerDesk()
        desk.open(loop: 0) {}
        let incompleteCount = Monitor(0)
        let number = try #require(
            desk.ask(key: [1]) { reply in
                if !reply.isComplete { incompleteCount.change { $0 += 1 } }
            })
        desk.giveUp(number)
        desk.giveUp(number)
        desk.answer(loop: 0) { _ in [] }
        #expect(incompleteCount.read { $0 } == 1)
        var acceptedCount = 0
        while desk.ask(key: [2], { _ in }) != nil { acceptedCount += 1 }
        #expect(acceptedCount == 64)
    }
}

struct DaemonStatusTests {
    private static let identity = DaemonObserver.Identity(Settings())

    private static func status(_ observer: DaemonObserver) -> DaemonStatus {
        observer.status(LiveCounters().totals, identity)
    }

    @Test func `ready is who is assigned, in contact, recovered and not behind`() {
        let observer = DaemonObserver()
        #expect(Self.status(observer).phase == .starting)
        #expect(!Self.status(observer).isReady && Self.status(observer).isLive)
        observer.noteAssigned(partitionCount: 3)
        #expect(Self.status(observer).phase == .running && Self.status(observer).isReady)
        observer.noteRecovery(0, loop: 0, doneCount: 1, totalCount: 9)
        #expect(Self.status(observer).phase == .recovering && !Self.status(observer).isReady)
        #expect(Self.status(observer).recovery.totalCount == 9)
        observer.noteRecovered(0)
        #expect(Self.status(observer).isReady)
        observer.noteKafka(isReachable: false)
        #expect(Self.status(observer).phase == .waitingForKafka && !Self.status(observer).isReady)
        observer.noteKafka(isReachable: true)
        observer.noteStep(0, .init(lagCount: 2_000_000))
        #expect(!Self.status(observer).isReady)
        #expect(Self.status(observer).problems.joined().contains("http.ready_lag_max"))
        observer.noteStep(0, .init(lagCount: 0))
        observer.noteStopping()
        #expect(Self.status(observer).phase == .stopping && !Self.status(observer).isReady)
    }

    @Test func `lag is unknown as long as that of one shard is`() {
        let observer = DaemonObserver()
        observer.noteStep(0, .init(lagCount: 5))
        #expect(Self.status(observer).totals.lagCount == 5)
        observer.noteStep(1, .init(lagCount: nil))
        #expect(Self.status(observer).totals.lagCount == nil)
        observer.noteEnd(shard: 1)
        #expect(Self.status(observer).totals.lagCount == 5)
    }

    @Test func `what is noted of records shows in counts and latency`() {
        let observer = DaemonObserver()
        observer.noteAcknowledged(pending(["a", "b"]), emittedAtMicroseconds: 0)
        let status = Self.status(observer)
        #expect(status.triggers.first { $0.type == "churn_risk" }?.count == 2)
        #expect(status.triggerLatency.count == 2)
        #expect(observer.feed.lastNumber == 2)
    }
}

struct TopScreenTests {
    @Test func `rates are what happened between two screens, and nothing is wider than the terminal`() {
        var screen = TopScreen()
        var status = DaemonStatus()
        status.uptimeSeconds = 10
        status.totals.eventCount = 100
        status.triggers = [.init(type: "abandoned_cart", count: 4)]
        status.shards = (0..<50).map { DaemonStatus.Shard(partition: $0) }
        status.consumerGroup = "tetik\u{1B}[31m"
        _ = screen.lines(status, columnCount: 80, rowCount: 24, isColoured: false)
        status.uptimeSeconds = 12
        status.totals.eventCount = 300
        let lines = screen.lines(status, columnCount: 80, rowCount: 24, isColoured: false)
        #expect(lines.count == 24)
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.last?.hasSuffix("more lines") == true)
        #expect(lines.contains { $0.hasPrefix("events") && $0.contains(" 100 ") && $0.hasSuffix("300") })
        #expect(!lines.joined().contains("\u{1B}"))
    }

    @Test func `a small screen shows the state, what is wrong and the lag, and colours take no columns`() {
        var screen = TopScreen()
        var status = DaemonStatus()
        status.problems = ["no Kafka broker has answered for 7 s, which is a long time"]
        status.shards = [.init(partition: 0)]
        let lines = screen.lines(status, columnCount: 30, rowCount: 5, isColoured: true)
        #expect(lines.count == 5)
        #expect(lines[0].hasPrefix("\u{1B}[33mnot ready\u{1B}[0m  starting for "))
        #expect(lines[0].count == 30 + "\u{1B}[33m\u{1B}[0m".count)
        #expect(lines[1] == "  ! no Kafka broker has answe…")
        #expect(lines[2].hasPrefix("lag unknown   customers 0"))
        #expect(screen.lines(status, columnCount: 5, rowCount: 5, isColoured: true)[0] == "not …")
    }
}

struct CustomerTextTests {
    private static func report() -> CustomerReply {
        var settings = Settings()
        settings.rules.abandonedCart.stepMilliseconds = [3_600_000, 86_400_000]
        var view = CustomerView(
            key: "c\u{1B}[2J", watermark: EventTime(milliseconds: 1_767_261_600_000),
            consent: .init(canBeMailed: false, hasWithdrawnAds: false), storedByteCount: 64)
        view.consent.mailWithdrawn = EventTime(milliseconds: 1_767_261_000_000)
        view.cart = CustomerView.CartState(
            items: [
                .init(
                    sku: "A", quantity: 2, price: Money(tenThousandths: 15_000),
                    currency: settings.rules.currency,
                    touched: EventTime(milliseconds: 1_767_261_600_000))
            ], valueTenThousandths: 30_000, currency: settings.rules.currency,
            activity: EventTime(milliseconds: 1_767_261_600_000),
            start: EventTime(milliseconds: 1_767_261_600_000), nextStep: 1,
            nextStepDue: EventTime(milliseconds: 1_767_265_200_000), isTruncated: false)
        view.timers = [.init(timer: .cartStep, due: EventTime(milliseconds: 1_767_265_200_000))]
        let reply = CustomerDesk.Reply(answers: [.init(partition: 1, view: view)], isComplete: true)
        return CustomerReply(customer: "c\u{1B}[2J", reply, RulesOfReport(settings), [])
    }

    @Test func `facts, what fires next and why are sentences, and no control character gets through`() {
        let lines = CustomerText.lines(Self.report(), columnCount: 80, isColoured: false)
        // Lines are broken between words.
        let text = lines.map { $0.drop { $0 == " " } }.joined(separator: " ")
        #expect(
            text.contains("The cart holds 1 item worth 3 TRY; it was last touched at 2026-01-01 10:00 UTC."))
        #expect(text.contains("No mail: withdrawn at 2026-01-01 09:50 UTC."))
        #expect(text.contains("2 x A at 1.5 TRY"))
        #expect(text.contains("At 2026-01-01 11:00 UTC the cart counts as abandoned, step 1 of 2"))
        #expect(!text.contains("\u{1B}"))
        #expect(lines.allSatisfy { $0.count <= 80 })
    }

    @Test(arguments: [
        (
            #"""
            {"type":"abandoned_cart","at":"2026-01-01T11:00:00.000Z","step":1,"steps":3,\#
            "since":"2026-01-01T10:00:00.000Z","items":[{"sku":"A","qty":2}],"value":39.98,"currency":"TRY",\#
            "channel":"email","last_event":"e-7","cause":"timer"}
            """#,
            RecordKind.abandonedCart,
            """
            A cart of 1 item worth 39.98 TRY was last touched at 2026-01-01 10:00 UTC (event e-7), and neither it \
            nor an order has come since: step 1 of 3, after 1h (rules.abandoned_cart.steps). Mail is the channel: \
            nothing speaks against it.
            """
        ),
        (
            #"{"order":"o-1","value":5,"currency":"TRY","step":2,"trigger":"x","after_ms":1800000,"cause":"e-9"}"#,
            .cartRecovered,
            """
            Order o-1 of 5 TRY came 30m after the reminder of step 2, within \
            rules.abandoned_cart.recovery_window (5d).
            """
        ),
        (
            #"""
            {"level":"at_risk","previous":"watch","p_alive":0.3000,"orders":1,\#
            "first_order":"2026-01-01T10:00:00.000Z","last_order":"2026-01-01T10:00:00.000Z"}
            """#,
            .churnRisk,
            """
            The probability of still being a customer is 30 % after 1 order at 2026-01-01 10:00 UTC; \
            level at_risk begins at 30 % (rules.churn_risk.levels).
            """
        ),
        (
            #"{"suppressed":true,"reasons":["opted_out","recent_purchase"],"until":null}"#, .adSuppression,
            "No ads, with no known end: complained, or withdrew consent to ads; ordered within 14d."
        ),
    ])
    func `a record is explained with its facts and its rule`(json: String, kind: RecordKind, sentence: String)
    {
        let text = Array(json.utf8).withPadding { bytes in
            TriggerFields(bytes).map { TriggerSentence.text(of: $0, kind: kind, rules: Rules()) }
        }
        #expect(text == sentence)
    }
}
