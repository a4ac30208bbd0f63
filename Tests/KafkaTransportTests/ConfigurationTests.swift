import Testing

@testable import KafkaTransport

@Suite struct ConfigurationTests {
    @Test func `every error of the linked library is in the table`() {
        let missing = KafkaErrorTable.codesOfLibrary().filter { !KafkaErrorTable.contains($0) }
        #expect(missing.map(\.name) == [])
    }

    @Test func `an error that no table knows is other, and never retried`() {
        let error = KafkaError(code: KafkaErrorCode(rawValue: 12_345), operation: "test")
        #expect(error.kind == .other)
        #expect(!error.isRetriable)
    }

    @Test(arguments: [
        "enable.auto.commit", "enable.idempotence", "partition.assignment.strategy", "transactional.id",
        "group.id", "bootstrap.servers", "isolation.level",
    ])
    func `a property that guarantees rest on is refused with a reason`(name: String) throws {
        var configuration = ConsumerConfiguration(bootstrapServers: "localhost:1", groupID: "g")
        configuration.properties[name] = "false"
        let error = #expect(throws: KafkaError.self) { _ = try configuration.effectiveProperties() }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains(name) == true)
    }

    @Test func `users override defaults, and nobody overrides what is fixed`() throws {
        var configuration = ProducerConfiguration(bootstrapServers: "localhost:1", transactionalID: "tx")
        configuration.properties = ["linger.ms": "20", "compression.type": "lz4"]
        let properties = try configuration.effectiveProperties()
        #expect(properties["linger.ms"] == "20")
        #expect(properties["compression.type"] == "lz4")
        #expect(properties["retry.backoff.ms"] == "5")
        #expect(properties["transactional.id"] == "tx")
        #expect(properties["enable.idempotence"] == "true")
    }

    @Test func `a property that librdkafka does not take is named with its value and the reason`() throws {
        var configuration = ConsumerConfiguration(bootstrapServers: "localhost:1", groupID: "g")
        configuration.properties = ["fetch.wait.max.ms": "soon"]
        let error = #expect(throws: KafkaError.self) { _ = try KafkaConsumer(configuration) }
        #expect(error?.kind == .configuration)
        #expect(error?.message.hasPrefix("property fetch.wait.max.ms = soon: ") == true)
        configuration.properties = ["no.such.property": "1"]
        let unknown = #expect(throws: KafkaError.self) { _ = try KafkaConsumer(configuration) }
        #expect(unknown?.message.contains("no.such.property") == true)
    }

    @Test func `secrets are never shown`() throws {
        let properties: KafkaProperties = [
            "sasl.password": "hunter2", "ssl.key.password": "hunter2",
            "sasl.oauthbearer.client.secret": "hunter2",
            "client.rack": "a",
        ]
        #expect(!properties.description.contains("hunter2"))
        #expect(properties.description.contains("client.rack=a"))
    }

    @Test func `the linked library is accepted and an older one is not`() throws {
        #expect(throws: Never.self) { try LibraryVersion.requireAccepted() }
        let error = #expect(throws: KafkaError.self) {
            try LibraryVersion.requireAccepted(LibraryVersion(1, 9, 2))
        }
        #expect(error?.kind == .unsupported)
        #expect(LibraryVersion.notes(for: LibraryVersion(2, 0, 2)).count == LibraryVersion.notes.count)
        #expect(LibraryVersion.notes(for: LibraryVersion(2, 3, 0)).isEmpty)
    }

    @Test func `malformed statistics are nothing, and values of other kinds are skipped`() throws {
        #expect(KafkaStatistics(json: "") == nil)
        #expect(KafkaStatistics(json: #"{"tx":1"#) == nil)
        #expect(KafkaStatistics(json: #"{"tx":}"#) == nil)
        #expect(KafkaStatistics(json: String(repeating: "[", count: 100_000)) == nil)
        #expect(KafkaStatistics(json: #"{"x":"# + String(repeating: "[", count: 100_000)) == nil)
        let read = try #require(
            KafkaStatistics(
                json:
                    #"{ "name":"a\"b", "tx":3, "x":[1,{"y":null}], "rxmsgs":1.5e1, "brokers":{"b":{"nodeid":1,"#
                    + #""rtt":{"min":1,"p99":250}}}, "topics":{"t":{"partitions":{"0":{"consumer_lag":4},"-1":{}}}}}"#
            ))
        #expect(read.requestsSent == 3)
        #expect(read.messagesReceived == 15)
        #expect(read.brokers.map(\.roundTripP99Microseconds) == [250])
        #expect(read.partitions.map(\.partition) == [TopicPartition("t", 0)])
        #expect(read.partitions.map(\.consumerLag) == [4])
    }
}
