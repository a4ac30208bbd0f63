import KafkaTransport
import Model
import Primitives
import Settings
import Testing

@testable import Runtime

@Suite(.serialized) struct TailTests {
    private static let topics = [
        "triggers.abandoned-cart": 4, "triggers.churn-risk": 4, "triggers.ad-suppression": 4,
        "triggers.outcomes": 4,
    ]

    private func trigger(_ type: String, _ topic: String, _ customer: String, _ time: Int64) -> TestRecord {
        TestRecord(
            topic: topic, key: customer,
            value: #"{"id":"\#(time)","type":"\#(type)","customer":"\#(customer)"}"#,
            timestamp: time)
    }

    private var someTriggers: [TestRecord] {
        [
            trigger("abandoned_cart", "triggers.abandoned-cart", "a", 1_767_000_000_001),
            trigger("abandoned_cart", "triggers.abandoned-cart", "b", 1_767_000_000_003),
            trigger("cart_recovered", "triggers.outcomes", "a", 1_767_000_000_004),
            trigger("churn_risk", "triggers.churn-risk", "b", 1_767_000_000_002),
            trigger("ad_suppression", "triggers.ad-suppression", "a", 1_767_000_000_005),
        ]
    }

    /// Tails until `count` lines came, or for as long as it takes to see that no more do.
    private func tail(
        _ cluster: MockCluster, until count: Int, change: (inout Tail.Options) -> Void = { _ in },
        onWait: () throws -> Void = {}, note: @escaping (String) -> Void = { _ in }
    ) throws -> [String] {
        let file = TemporaryFile()
        defer { file.remove() }
        var options = Tail.Options(settings: settings(for: cluster), output: try file.output())
        options.start = .earliest
        change(&options)
        let start = ContinuousClock.now
        var lines: [String] = []
        var failure: (any Error)?
        try Tail(options, note: note).run {
            do {
                try onWait()
                lines = try file.lines()
            } catch { failure = error }
            return lines.count >= count || failure != nil || ContinuousClock.now - start > patience
        }
        if let failure { throw failure }
        return lines
    }

    private func ids(_ lines: [String]) -> [Int64] {
        lines.compactMap { $0.split(separator: "\"").dropFirst(3).first.flatMap { Int64($0) } }
    }

    @Test func `records of all topics come by their time, as they are`() throws {
        try withMockCluster(Self.topics) { cluster in
            try produce(someTriggers, to: cluster)
            let lines = try tail(cluster, until: 5)
            let sorted = someTriggers.sorted { ($0.timestamp ?? 0) < ($1.timestamp ?? 0) }
            #expect(lines == sorted.map { $0.value ?? "" })
        }
    }

    @Test func `types and customers are picked out`() throws {
        try withMockCluster(Self.topics) { cluster in
            try produce(someTriggers, to: cluster)
            let carts = try tail(cluster, until: 3, change: { $0.kinds = [.abandonedCart, .cartRecovered] })
            #expect(ids(carts).map { $0 % 10 } == [1, 3, 4])
            let customer = try tail(cluster, until: 2, change: { $0.customer = "b" })
            #expect(ids(customer).map { $0 % 10 } == [2, 3])
            let both = try tail(
                cluster, until: 1,
                change: {
                    $0.customer = "a"
                    $0.kinds = [.adSuppression]
                })
            #expect(ids(both).map { $0 % 10 } == [5])
        }
    }

    @Test func `from latest on only what is written afterwards is shown`() throws {
        try withMockCluster(Self.topics) { cluster in
            try produce(someTriggers, to: cluster)
            let late = trigger("churn_risk", "triggers.churn-risk", "c", 1_767_000_000_009)
            var questionCount = 0
            let lines = try tail(
                cluster, until: 1, change: { $0.start = .latest },
                onWait: {
                    questionCount += 1
                    // The first question comes before the ends are known, later ones after.
                    if questionCount == 3 { try produce([late], to: cluster) }
                })
            #expect(lines == [late.value ?? ""])
        }
    }

    @Test func `a topic that does not exist yet is waited for, and then read from its beginning`() throws {
        var topics = Self.topics
        topics["triggers.outcomes"] = nil
        try withMockCluster(topics) { cluster in
            try produce(Array(someTriggers.prefix(2)), to: cluster)
            var notes: [String] = []
            var isCreated = false
            let lines = try tail(
                cluster, until: 3,
                onWait: {
                    guard !notes.isEmpty, !isCreated else { return }
                    isCreated = true
                    try cluster.createTopic("triggers.outcomes", partitions: 4)
                    try produce([someTriggers[2]], to: cluster)
                }, note: { notes.append($0) })
            #expect(Set(ids(lines).map { $0 % 10 }) == [1, 3, 4])
            #expect(
                notes == [
                    "topic triggers.outcomes does not exist yet; waiting for it",
                    "topic triggers.outcomes exists now",
                ])
        }
    }

    @Test func `on a terminal each record is a line of columns`() throws {
        try withMockCluster(Self.topics) { cluster in
            try produce([someTriggers[0]], to: cluster)
            let lines = try tail(
                cluster, until: 1,
                change: { $0.format = .columns(isColoured: false, columnCountMax: { 60 }) })
            #expect(lines == ["12-29 09:20:00  abandoned_cart  a         cart abandoned  n…"])
        }
    }

    @Test func `a value over several lines stays one line`() throws {
        try withMockCluster(Self.topics) { cluster in
            try produce(
                [
                    TestRecord(
                        topic: "triggers.outcomes", partition: 0, key: nil, value: "{\n\"a\":\r\n1}",
                        timestamp: 1),
                    TestRecord(topic: "triggers.outcomes", partition: 0, key: "k", value: nil, timestamp: 2),
                ], to: cluster)
            #expect(try tail(cluster, until: 2) == ["{ \"a\":  1}", "null"])
        }
    }
}
