import KafkaTransport
import Testing

@Suite(.serialized) struct RoundTripTests {
    @Test func `key, value, headers and timestamp come back as written, and null stays apart from empty`()
        throws
    {
        try withMockCluster { cluster in
            try withProducer(cluster) { producer in
                var headers = RecordHeaders()
                headers.append("reason", "not_json")
                headers.append("none", nil)
                headers.append("empty", "")
                headers.append("reason", "again")
                let topic = try producer.topic(named: "t")
                try withBytes("k") { key in
                    try withBytes("v") { value in
                        _ = try producer.produce(
                            to: topic, partition: 0, key: key, value: value, headers: headers,
                            timestampMilliseconds: 1_767_225_600_123, token: 7)
                    }
                }
                _ = try producer.send("t", partition: 0, key: nil, value: "", timestamp: 1)
                _ = try producer.send("t", partition: 0, key: "", value: nil, timestamp: 2)
                try producer.flush(timeoutMilliseconds: 10_000)
                let reports = producer.reports()
                #expect(reports.map(\.token) == [7, 0, 0])
                #expect(reports.map(\.offset) == [0, 1, 2])
                #expect(reports.allSatisfy { $0.error == nil && $0.partition == 0 })
                #expect(producer.queueLength == 0)
            }
            try withReader(cluster) { consumer in
                let queue = try consumer.openQueue(for: TopicPartition("t", 0), topicIndex: 3)
                try consumer.assign([PartitionOffset(TopicPartition("t", 0), .beginning)])
                let (records, end) = try readToEnd(queue, of: consumer)
                #expect(records.map(\.key) == ["k", nil, ""])
                #expect(records.map(\.value) == ["v", "", nil])
                #expect(records.map(\.timestamp) == [1_767_225_600_123, 1, 2])
                #expect(records.first?.headers == ["reason=not_json", "none=null", "empty=", "reason=again"])
                #expect(records.map(\.headers.count) == [4, 0, 0])
                #expect(end == 3)
                let position = try consumer.positions(of: [TopicPartition("t", 0)])
                #expect(position.map(\.offset) == [KafkaOffset(3)])
                #expect(consumer.cachedWatermarks(of: TopicPartition("t", 0)) == Watermarks(low: 0, high: 3))
                let asked = try consumer.queryWatermarks(
                    of: TopicPartition("t", 0), timeoutMilliseconds: 10_000)
                #expect(asked == Watermarks(low: 0, high: 3))
            }
        }
    }

    @Test func `a consumer begins at the explicit offset it is given`() throws {
        try withMockCluster { cluster in
            try withProducer(cluster) { producer in
                for value in 0..<10 { _ = try producer.send("t", partition: 0, value: "\(value)") }
                try producer.flush(timeoutMilliseconds: 10_000)
            }
            try withReader(cluster) { consumer in
                let queue = try consumer.openQueue(for: TopicPartition("t", 0), topicIndex: 0)
                try consumer.assign([PartitionOffset(TopicPartition("t", 0), KafkaOffset(7))])
                #expect(try readToEnd(queue, of: consumer).0.map(\.value) == ["7", "8", "9"])
            }
        }
    }

    @Test func `an offset that is not there is an error, not a new beginning`() throws {
        try withMockCluster { cluster in
            try withReader(cluster) { consumer in
                let queue = try consumer.openQueue(for: TopicPartition("t", 0), topicIndex: 0)
                try consumer.assign([PartitionOffset(TopicPartition("t", 0), KafkaOffset(1_000))])
                let error = #expect(throws: KafkaError.self) { try readToEnd(queue, of: consumer) }
                #expect(error?.kind == .offsetOutOfRange)
                #expect(error?.retryHint == .afterOperatorActs)
            }
        }
    }

    @Test func `one queue left unread does not hold up another`() throws {
        try withMockCluster(topics: ["t": 2]) { cluster in
            try withProducer(cluster) { producer in
                for partition in 0..<Int32(2) {
                    for value in 0..<100 {
                        _ = try producer.send("t", partition: partition, value: "\(value)")
                    }
                }
                try producer.flush(timeoutMilliseconds: 10_000)
            }
            try withReader(cluster) { consumer in
                let unread = try consumer.openQueue(for: TopicPartition("t", 0), topicIndex: 0)
                let read = try consumer.openQueue(for: TopicPartition("t", 1), topicIndex: 0)
                try consumer.assign((0..<2).map { PartitionOffset(TopicPartition("t", $0), .beginning) })
                #expect(try readToEnd(read, of: consumer).0.count == 100)
                try eventually("the unread queue fills") { unread.count >= 100 }
                #expect(try readToEnd(unread, of: consumer).0.count == 100)
            }
        }
    }

    @Test func `a signal tells of news in any queue and of being woken`() throws {
        try withMockCluster { cluster in
            try withReader(cluster) { consumer in
                let queue = try consumer.openQueue(for: TopicPartition("t", 0), topicIndex: 0)
                try consumer.assign([PartitionOffset(TopicPartition("t", 0), .beginning)])
                _ = try readToEnd(queue, of: consumer)
                try eventually("all is read") {
                    let event = try consumer.poll(timeoutMilliseconds: 0)
                    return event == nil && !consumer.signal.wait(timeoutMilliseconds: 0)
                }
                try withProducer(cluster) { producer in
                    _ = try producer.send("t", partition: 0, value: "news")
                    try producer.flush(timeoutMilliseconds: 10_000)
                }
                try eventually("the record wakes us") {
                    _ = consumer.signal.wait(timeoutMilliseconds: pollMilliseconds)
                    if case .record(let record) = queue.next() { return text(record.value) == "news" }
                    return false
                }
                consumer.waker.wake()
                #expect(consumer.signal.wait(timeoutMilliseconds: 30_000))
            }
        }
    }

    @Test func `a poll that waits is ended from another thread, and a closed consumer's waker does nothing`()
        throws
    {
        try withMockCluster { cluster in
            var waker: ConsumerWaker?
            try withReader(cluster) { consumer in
                let ours = consumer.waker
                waker = ours
                let thread = try Thread { ours.wake() }
                let start = ContinuousClock.now
                var event = try consumer.poll(timeoutMilliseconds: 30_000)
                while event != nil { event = try consumer.poll(timeoutMilliseconds: 30_000) }
                #expect(ContinuousClock.now - start < .seconds(25))
                thread.join()
            }
            waker?.wake()
        }
    }

    @Test func `offsets are found by time`() throws {
        try withMockCluster { cluster in
            try withReader(cluster) { consumer in
                let found = try consumer.offsets(
                    forTimes: [(TopicPartition("t", 0), 1_000)], timeoutMilliseconds: 10_000)
                #expect(found.count == 1)
                #expect(found.first?.partition == TopicPartition("t", 0))
            }
        }
    }

    @Test func `create, read and close twenty times`() throws {
        try withMockCluster { cluster in
            try withProducer(cluster) { producer in
                for value in 0..<50 { _ = try producer.send("t", partition: 0, value: "\(value)") }
                try producer.flush(timeoutMilliseconds: 10_000)
            }
            for _ in 0..<20 {
                try withReader(cluster, properties: ["fetch.wait.max.ms": "10"]) { consumer in
                    let queue = try consumer.openQueue(for: TopicPartition("t", 0), topicIndex: 0)
                    try consumer.assign([PartitionOffset(TopicPartition("t", 0), .beginning)])
                    try eventually("a record") {
                        if case .record = queue.next(timeoutMilliseconds: pollMilliseconds) { return true }
                        return false
                    }
                }
            }
        }
    }
}
