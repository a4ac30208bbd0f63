import KafkaTransport

/// The coordinator of the consumer group: members, generations, committed offsets.
///
/// Eager rebalancing, range assignment of whole shards, static members. Source: KIP-345, and what
/// Apache Kafka 3.8 did.
struct SimulatedGroup {
    struct Member {
        var id: String
        /// nil for dynamic membership.
        var instance: String?
        var heartbeatAt: Int64
        var hasJoined = true
        var partitions: [Int32] = []
    }

    enum Answer {
        case nothing
        /// A rebalance is under way: give everything up and join again.
        case rejoin
        case assigned([Int32], generation: Int32)
        /// Nobody knows this member any more.
        case unknown
    }

    static let sessionMilliseconds: Int64 = 10_000
    static let rebalanceMilliseconds: Int64 = 20_000

    let partitionCount: Int32
    private(set) var members: [Member] = []
    private(set) var generation: Int32 = 0
    private(set) var rebalanceCount = 0
    /// Until when members may join; nil: stable.
    private var joinsUntil: Int64?
    private var nextID = 0
    private var unread: Set<String> = []
    var offsets: [TopicPartition: PartitionOffset] = [:]

    init(partitionCount: Int32) { self.partitionCount = partitionCount }

    /// Joins; returns the member's id.
    mutating func join(instance: String?, now: Int64) -> String {
        nextID += 1
        let id = "member-\(nextID)"
        if let instance, let place = members.firstIndex(where: { $0.instance == instance }) {
            members[place].id = id
            members[place].heartbeatAt = now
            if joinsUntil == nil { unread.insert(id) } else { members[place].hasJoined = true }
            return id
        }
        members.append(Member(id: id, instance: instance, heartbeatAt: now))
        beginRebalance(now: now, except: id)
        return id
    }

    /// A member says that it has given everything up and takes part again.
    mutating func rejoin(_ id: String, now: Int64) {
        guard let place = members.firstIndex(where: { $0.id == id }) else { return }
        members[place].hasJoined = true
        members[place].heartbeatAt = now
    }

    mutating func leave(_ id: String, now: Int64) {
        guard let place = members.firstIndex(where: { $0.id == id }), members[place].instance == nil else {
            return
        }
        members.remove(at: place)
        beginRebalance(now: now, except: nil)
    }

    private mutating func beginRebalance(now: Int64, except id: String?) {
        if joinsUntil == nil {
            joinsUntil = now + Self.rebalanceMilliseconds
            for place in members.indices { members[place].hasJoined = members[place].id == id }
        }
        unread = []
    }

    mutating func heartbeat(_ id: String, now: Int64) {
        guard let place = members.firstIndex(where: { $0.id == id }) else { return }
        members[place].heartbeatAt = now
    }

    mutating func answer(_ id: String) -> Answer {
        guard let member = members.first(where: { $0.id == id }) else { return .unknown }
        if joinsUntil != nil { return member.hasJoined ? .nothing : .rejoin }
        guard unread.remove(id) != nil else { return .nothing }
        return .assigned(member.partitions, generation: generation)
    }

    /// Expires sessions and completes rebalances.
    mutating func keepHouse(now: Int64) {
        let before = members.count
        members.removeAll { now - $0.heartbeatAt > Self.sessionMilliseconds }
        if members.count < before { beginRebalance(now: now, except: nil) }
        guard let end = joinsUntil else { return }
        if now > end { members.removeAll { !$0.hasJoined } }
        guard members.allSatisfy(\.hasJoined) else { return }
        joinsUntil = nil
        generation += 1
        rebalanceCount += 1
        let order = members.indices.sorted { members[$0].id < members[$1].id }
        let (share, rest) =
            order.isEmpty ? (0, 0) : (Int(partitionCount) / order.count, Int(partitionCount) % order.count)
        var next: Int32 = 0
        for (rank, place) in order.enumerated() {
            let count = Int32(share + (rank < rest ? 1 : 0))
            members[place].partitions = Array(next..<next + count)
            next += count
        }
        unread = Set(members.map(\.id))
    }

    /// Whether offsets of this membership are accepted.
    func accepts(_ group: GroupMetadata) -> Bool {
        group.generation == generation && members.contains { $0.id == group.memberID }
    }
}
