/// What was found against what was expected.
struct Comparison {
    private static let differenceCountMax = 20

    private(set) var losses = 0
    private(set) var repeats = 0
    /// Records that nothing in the sequence explains.
    private(set) var unexpected = 0
    /// Customers and topics whose records are all there, in another order.
    private(set) var outOfOrder = 0
    /// Records that the embedded broker shows, though their transactions were aborted.
    private(set) var aborted = 0
    private(set) var differences: [String] = []

    /// The records of one customer on one topic; of all dead letters of one origin.
    private struct Group: Hashable {
        var topicIndex: Int
        var key: String
    }

    /// - Parameter showsAborted: of several records with one identity the last one counts, and records that nothing
    ///   explains are taken for those of aborted transactions.
    init(
        _ expected: [ExpectedRecords.Entry], _ found: [FoundRecord], topics: [String], showsAborted: Bool
    ) {
        var wanted: [Group: [ExpectedRecords.Entry]] = [:]
        for entry in expected {
            wanted[Self.group(entry.topicIndex, entry.key, entry.identity), default: []].append(entry)
        }
        var given: [Group: [FoundRecord]] = [:]
        for record in found {
            given[Self.group(record.topicIndex, record.key, record.identity), default: []].append(record)
        }
        for group in Set(wanted.keys).union(given.keys).sorted(by: {
            ($0.topicIndex, $0.key) < ($1.topicIndex, $1.key)
        }) {
            var records = given[group] ?? []
            let entries = wanted[group] ?? []
            if showsAborted { removeAborted(from: &records, entries) }
            compare(entries, records, "\(topics[group.topicIndex]) \(group.key)")
        }
    }

    /// Dead letters need not have a key of the customer's: they stand for themselves.
    private static func group(_ topicIndex: Int, _ key: String, _ identity: String) -> Group {
        Group(topicIndex: topicIndex, key: topicIndex == ExpectedRecords.deadLetterIndex ? identity : key)
    }

    private mutating func removeAborted(from records: inout [FoundRecord], _ entries: [ExpectedRecords.Entry])
    {
        let identities = Set(entries.map(\.identity))
        var seen: Set<String> = []
        var kept: [FoundRecord] = []
        for record in records.reversed()
        where identities.contains(record.identity) && seen.insert(record.identity).inserted {
            kept.append(record)
        }
        aborted += records.count - kept.count
        records = kept.reversed()
    }

    private mutating func compare(
        _ entries: [ExpectedRecords.Entry], _ records: [FoundRecord], _ place: String
    ) {
        if entries.count == records.count,
            zip(entries, records).allSatisfy({ $0.identity == $1.identity && $0.value == $1.value })
        {
            return
        }
        var counts: [[UInt8]: (wanted: Int, found: Int)] = [:]
        for entry in entries { counts[entry.value, default: (0, 0)].wanted += 1 }
        for record in records { counts[record.value, default: (0, 0)].found += 1 }
        var isSameSet = true
        for (value, count) in counts where count.wanted != count.found {
            isSameSet = false
            let text = String(decoding: value, as: UTF8.self)
            if count.found < count.wanted {
                losses += count.wanted - count.found
                note("LOST \(place): \(text)")
            } else if count.wanted > 0 {
                repeats += count.found - count.wanted
                note("REPEATED \(count.found - count.wanted) times, \(place): \(text)")
            } else {
                unexpected += count.found
                note("UNEXPECTED \(place): \(text)")
            }
        }
        if isSameSet {
            outOfOrder += 1
            note("OUT OF ORDER \(place): \(records.map(\.identity)), not \(entries.map(\.identity))")
        }
    }

    private mutating func note(_ text: String) {
        if differences.count < Self.differenceCountMax { differences.append(text) }
    }
}
