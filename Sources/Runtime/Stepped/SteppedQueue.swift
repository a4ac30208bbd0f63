import KafkaTransport

/// A record in memory, as a model of a broker keeps it.
///
/// Isolation: one thread at a time.
package final class SteppedRecord: FetchedRecord {
    /// Which partition of its topic it is in.
    package let partition: Int32
    /// Its offset there.
    package let offset: Int64
    /// Milliseconds since 1970.
    package let timestampMilliseconds: Int64?
    private let storage: UnsafeMutableRawBufferPointer
    private let keyCount: Int?
    private let valueCount: Int?

    /// Copies key and value; nil is null.
    package init(
        partition: Int32, offset: Int64, timestampMilliseconds: Int64?, key: [UInt8]?, value: [UInt8]?
    ) {
        self.partition = partition
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        keyCount = key?.count
        valueCount = value?.count
        storage = .allocate(byteCount: max((key?.count ?? 0) + (value?.count ?? 0), 1), alignment: 16)
        storage.copyBytes(from: (key ?? []) + (value ?? []))
    }

    deinit { storage.deallocate() }

    /// The key.
    package var key: UnsafeRawBufferPointer? {
        keyCount.map { UnsafeRawBufferPointer(rebasing: storage[..<$0]) }
    }

    /// The value.
    package var value: UnsafeRawBufferPointer? {
        let start = keyCount ?? 0
        return valueCount.map { UnsafeRawBufferPointer(rebasing: storage[start..<start + $0]) }
    }

    /// There are none.
    package func forEachHeader(
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Void
    ) throws(KafkaError) {}
}

/// The queue of a topic partition that whoever turns the member fills.
///
/// Isolation: one thread at a time.
package final class SteppedQueue: RecordQueue {
    /// What can stand in it.
    package enum Entry {
        /// A record.
        case record(SteppedRecord)
        /// Everything before this offset was read.
        case endOfPartition(Int64)
        /// The partition cannot be read.
        case failed(KafkaError)
    }

    /// The partition.
    package let partition: TopicPartition
    /// Where the next fetch begins.
    package var fetchOffset: Int64
    /// What a fetch told last.
    package var watermarks: Watermarks?
    private var entries: [Entry] = []
    private var first = 0

    init(_ partition: TopicPartition, fetchOffset: Int64) {
        self.partition = partition
        self.fetchOffset = fetchOffset
    }

    /// What waits in it.
    package var count: Int { entries.count - first }

    /// Puts something behind the rest.
    package func append(_ entry: Entry) { entries.append(entry) }

    /// Gives what comes next.
    package func next<Sink: RecordSink>(into sink: Sink) -> QueueNews {
        guard first < entries.count else {
            entries.removeAll(keepingCapacity: true)
            first = 0
            return .empty
        }
        first += 1
        switch entries[first - 1] {
        case .record(let record):
            sink.add(record)
            return .record
        case .endOfPartition(let offset): return .endOfPartition(offset)
        case .failed(let error): return .failed(error)
        }
    }

    /// What the last fetch told.
    package func cachedWatermarks() -> Watermarks? { watermarks }
}
