import Settings
import Testing

extension LiveTests {
    @Suite(.serialized) struct PoisonTests {
        @Test func `a poison record goes to the dead letters as it came, and the next one is processed`()
            throws
        {
            try withCluster { cluster in
                let settings = try cluster.settings()
                let good = "{\"type\":\"cart.add\",\"sku\":\"A\"}"
                let huge =
                    "{\"type\":\"cart.add\",\"sku\":\"\(String(repeating: "x", count: 2 << 20))\"}"
                var sequence = [
                    TestRecord(settings.carts, key: "c-1", "not json", at: testDay),
                    TestRecord(settings.carts, key: "c-1", huge, at: testDay + 1),
                    TestRecord(settings.carts, key: "c-1", nil, at: testDay + 2),
                    TestRecord(settings.carts, key: nil, good, at: testDay + 3),
                    TestRecord(
                        topic: settings.carts, key: [0xFF, 0xC0], value: Array(good.utf8),
                        timestamp: testDay + 4),
                    TestRecord(settings.carts, key: "", "", at: testDay + 5),
                    TestRecord(settings.carts, key: "c-1", "{\"type\":\"cart.teleport\"}", at: testDay + 6),
                    settings.order("c-1", at: testDay + 7),
                ]
                for index in sequence.indices {
                    sequence[index].headers = [
                        .init("trace", "t-\(index)"), .init("none", nil), .init("trace", ""),
                    ]
                }
                let expectation = try Expectation(sequence, settings)
                try writeRecords(sequence, to: cluster)
                try withReader(cluster, settings.outputTopics) { reader in
                    try withDaemon(settings) { running in
                        try reader.read(until: expectation)
                        #expect(running.totals.rejectedCount == 5)
                        #expect(running.totals.ignoredCount == 2)
                    }
                    try reader.compare(with: expectation)
                    let letters = reader.records[settings.topics.deadLetters] ?? []
                    let reasons = letters.map { $0.headers.first { $0.name == "tetik.reason" }?.value ?? [] }
                    #expect(
                        reasons.map { String(decoding: $0, as: UTF8.self) }
                            == ["not_json", "too_large", "missing_field", "invalid_utf8", "not_json"])
                    #expect(reader.customers(settings.topics.adSuppression) == ["c-1"])
                }
                #expect(try committed(settings, cluster) == [0, 8, 0])
            }
        }

        @Test func `records with impossible timestamps hold nothing up`() throws {
            try withCluster { cluster in
                let settings = try cluster.settings()
                try writeRecords(
                    [
                        TestRecord(settings.clicks, key: "a", "no", at: .max),
                        TestRecord(settings.emails, key: "a", "no", at: .min + 1),
                        settings.click("a", at: testDay), settings.order("a", at: testDay),
                    ], to: cluster)
                try withReader(cluster, settings.outputTopics) { reader in
                    try withDaemon(settings) { running in
                        try reader.read(until: "two dead letters and a trigger") { $0.count >= 3 }
                        try eventually("all is read") { running.totals.eventCount == 4 }
                    }
                    #expect(reader.records[settings.topics.deadLetters]?.count == 2)
                }
                #expect(try committed(settings, cluster) == [2, 1, 1])
            }
        }
    }
}
