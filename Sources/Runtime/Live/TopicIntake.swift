import Coordination
import Engine
import KafkaTransport
import Model
import Primitives

/// Rules by which the records of a topic partition are decoded from an offset on.
struct DecodingRules {
    var from: Int64
    var rules: Rules
}

/// The records at hand of one topic partition, decoded and waiting for their turn in the shard's sequence.
///
/// A bounded buffer over librdkafka's own queue: what is not taken stays there, and librdkafka stops fetching.
/// Isolation: the shard's thread.
final class TopicIntake<Queue: RecordQueue>: RecordSink, @unchecked Sendable {
    // SAFETY: made by the poll thread, then handed to the shard's thread, which alone uses it.
    /// What stands at one place of the topic.
    struct Entry {
        /// What the merge goes by: the event's time, or the record's timestamp.
        var time: EventTime
        var offset: Int64
        /// Of the record as it came.
        var digest: UInt64
        var content: Content
    }

    enum Content {
        /// Index of the event in the batch.
        case event(Int)
        /// Index of the dead letter.
        case rejected(Int)
        case ignored
    }

    /// BOUND: records and bytes that are decoded at once.
    private static var entryCountMax: Int { 1_024 }
    private static var byteCountMax: Int { 256 << 10 }

    let topic: String
    private let queue: Queue
    private var decoder: EventDecoder
    /// Rules that take over at an offset, the first of them last.
    private var laterRules: [DecodingRules]
    private(set) var batch: EventBatch
    private(set) var deadLetters: [DeadLetter] = []
    private var entries: [Entry] = []
    private var cursor = 0
    private var memory: UnsafeMutableRawPointer
    private var memoryByteCount: Int
    private var used = 0
    /// The next offset to read; Kafka's number for the beginning (-2) before anything of the topic is known.
    private(set) var position: Int64
    /// Offset before which everything was read, by the broker's word.
    private var endOffset: Int64?
    /// Whether the broker told anything since the partition was assigned. Before that the high mark is that of an
    /// earlier assignment, if there was one.
    private var hasNews = false
    /// The offset after the last record fetched: from there on records will be decoded.
    private(set) var fetchedOffset: Int64
    private var deadLetterByteCount = 0
    private let counters: LiveCounters
    private let events: KafkaEventLog

    /// - Parameter rules: by which rules records are decoded, in the order of offsets; the first from `position`.
    init(
        topic: String, queue: Queue, position: Int64, rules: [DecodingRules],
        counters: LiveCounters, events: KafkaEventLog
    ) {
        precondition(!rules.isEmpty, "nothing says how to decode")
        self.topic = topic
        self.queue = queue
        self.position = position
        self.counters = counters
        self.events = events
        fetchedOffset = position
        laterRules = rules.reversed()
        decoder = EventDecoder(rules: laterRules.removeLast().rules)
        memoryByteCount = Self.byteCountMax
        memory = .allocate(byteCount: memoryByteCount + LogChunk.paddingByteCount, alignment: 64)
        batch = EventBatch(source: UnsafeRawPointer(memory))
    }

    deinit { memory.deallocate() }

    /// The record whose turn it would be, if one is at hand.
    var head: Entry? { cursor < entries.count ? entries[cursor] : nil }

    var partition: TopicPartition { queue.partition }

    /// Records that wait behind those taken, by the broker's last word; nil while nobody knows.
    ///
    /// Markers of transactions count too, until they are passed over.
    var lagCount: Int64? {
        guard position >= 0, let high = queue.cachedWatermarks()?.high else { return nil }
        return max(high - position, 0)
    }

    /// Passes over the head.
    func take() {
        position = entries[cursor].offset + 1
        cursor += 1
    }

    /// The event `distance` records behind the head, if there is one.
    @inline(__always)
    private func event(ahead distance: Int) -> Int? {
        let place = cursor &+ distance
        guard place < entries.count, case .event(let index) = entries[place].content else { return nil }
        return index
    }

    /// Brings near what the next few events of this topic will need of `engine`, a step each.
    @inline(__always)
    func prefetch(from engine: borrowing Engine) {
        if let index = event(ahead: EngineLookahead.index) {
            engine.prefetchIndex(hash: batch.events[index].customerHash)
        }
        if let index = event(ahead: EngineLookahead.slot) {
            engine.prefetchSlot(hash: batch.events[index].customerHash)
        }
        if let index = event(ahead: EngineLookahead.customer) {
            engine.prefetchCustomer(
                hash: batch.events[index].customerHash, kind: batch.events[index].kind)
        }
    }

    /// Passes over offsets that hold no more records for us.
    func passOver(to offset: Int64) { position = max(position, offset) }

    /// Has all records that are not decoded yet decoded by other rules.
    func change(rules: Rules) {
        decoder = EventDecoder(rules: rules)
        laterRules = []
    }

    /// Fetches what librdkafka has at hand, if everything before was taken.
    ///
    /// - Returns: what stands at the head then.
    func refill() throws(KafkaError) -> Head {
        if let head { return .entry(head) }
        reset()
        // BOUND: entryCountMax records, or none at hand.
        while entries.count < Self.entryCountMax, max(used, deadLetterByteCount) < Self.byteCountMax {
            switch queue.next(into: self) {
            case .record: break
            case .endOfPartition(let offset):
                endOffset = offset
                hasNews = true
            case .failed(let error): try note(error)
            case .empty:
                guard let head else { return isAtEnd() ? .end : .unknown }
                return .entry(head)
            }
        }
        return head.map { .entry($0) } ?? .unknown
    }

    /// What librdkafka does not try again itself, or what it would pass over, ends the reading.
    private func note(_ error: KafkaError) throws(KafkaError) {
        switch error.kind {
        case .offsetOutOfRange, .noOffset, .corruptData: throw error
        default:
            if error.isFatal { throw error }
            events.logRepeatable("\(partition)", "waiting for \(partition): \(error.message)", .warning)
        }
    }

    enum Head {
        case entry(Entry)
        case unknown
        case end
    }

    /// Everything fetched was taken: is there nothing left on the broker either?
    ///
    /// The end that was told may lie behind the high mark of a later fetch: then records are on their way, or a
    /// transaction is open, and both are waited for. Control records and aborted ones leave gaps, so the end that
    /// was told may be ahead of our position.
    private func isAtEnd() -> Bool {
        if let endOffset { position = max(position, endOffset) }
        guard hasNews else { return false }
        guard let high = queue.cachedWatermarks()?.high else { return endOffset != nil }
        return position >= high
    }

    private func reset() {
        entries.removeAll(keepingCapacity: true)
        deadLetters.removeAll(keepingCapacity: true)
        deadLetterByteCount = 0
        cursor = 0
        used = 0
        batch.reset(source: UnsafeRawPointer(memory))
    }

    /// Decodes a record and puts it behind the others.
    func add<Record: FetchedRecord & ~Copyable>(_ record: borrowing Record) {
        // What was taken once is never taken again, whatever a client hands out after its partition was away.
        guard record.offset >= fetchedOffset else { return }
        // A record moves the end: the broker's last word does not hold any more.
        endOffset = nil
        hasNews = true
        noteOffset(record.offset)
        // BOUND: each of the rules takes over once.
        while let next = laterRules.last, next.from <= record.offset {
            decoder = EventDecoder(rules: next.rules)
            laterRules.removeLast()
        }
        let timestamp = record.timestampMilliseconds.map { EventTime(milliseconds: $0) }
        let line = UInt32(entries.count)
        let eventCount = batch.events.count
        let rejectedCount = batch.rejected.count
        if let value = record.value {
            let text = keep(value)
            decoder.decodeValue(
                text, key: record.key, recordTimestamp: timestamp, partition: record.partition, line: line,
                into: &batch)
        }
        // A broker keeps any timestamp; for the merge those outside of event time stand at its ends.
        let place = min(max(timestamp ?? .earliest, .earliest), .latest)
        let digest = InputDigest.of(
            offset: record.offset, timestamp: record.timestampMilliseconds, key: record.key,
            value: record.value)
        var entry = Entry(time: place, offset: record.offset, digest: digest, content: .ignored)
        if batch.events.count > eventCount {
            entry.time = batch.events[eventCount].timestamp
            entry.content = .event(eventCount)
        } else if batch.rejected.count > rejectedCount {
            entry.content = .rejected(deadLetters.count)
            let letter = DeadLetter(
                record, topic: topic, rejection: batch.rejected[rejectedCount].rejection)
            deadLetterByteCount += letter.byteCount
            deadLetters.append(letter)
        }
        entries.append(entry)
    }

    /// Counts what retention removed between the record before and this one.
    ///
    /// Only where that was accepted does reading go on at all. Markers of transactions leave gaps too, but no later
    /// begin of the partition.
    private func noteOffset(_ offset: Int64) {
        defer { fetchedOffset = offset + 1 }
        let expected = fetchedOffset
        guard expected >= 0, offset > expected, let low = queue.cachedWatermarks()?.low, low > expected else {
            return
        }
        let lostCount = min(low, offset) - expected
        counters.addLost(lostCount)
        events.logRepeatable(
            "lost \(partition)",
            "data loss accepted: \(partition): up to \(lostCount) records from offset \(expected) on were removed "
                + "before they were read", .error)
    }

    /// Copies a value to where the batch's slices count from, and where the decoder may read past its end.
    private func keep(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        if used + value.count > memoryByteCount {
            // Events that point into the memory so far stay right: the new memory has the same content.
            let wanted = used + value.count + Self.byteCountMax
            let moved = UnsafeMutableRawPointer.allocate(
                byteCount: wanted + LogChunk.paddingByteCount, alignment: 64)
            moved.copyMemory(from: memory, byteCount: used)
            memory.deallocate()
            memory = moved
            memoryByteCount = wanted
            batch.source = UnsafeRawPointer(memory)
        }
        let target = UnsafeMutableRawBufferPointer(start: memory + used, count: value.count)
        target.copyMemory(from: value)
        used += value.count
        return UnsafeRawBufferPointer(target)
    }
}
