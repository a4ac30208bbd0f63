import Coordination
import KafkaTransport
import Runtime

/// One transaction as the simulated coordinator keeps it.
final class SimulatedTransaction {
    enum State: Equatable {
        case open
        /// Decided; markers are being written.
        case ending(isCommitted: Bool)
        case done(isCommitted: Bool)
    }

    let id: Int
    let producer: String
    let startedAt: Int64
    var state = State.open
    /// The partitions written to, in order.
    var logs: [SimulatedLog] = []
    /// The offsets that wait for the decision.
    var offsets: [PartitionOffset] = []
    /// What was written, for the checker.
    var outputs: [SteppedUnit.Output] = []
    var places: [SteppedUnit.Place] = []
    /// When the next marker is written.
    var markerAt: Int64 = 0

    init(id: Int, producer: String, startedAt: Int64) {
        self.id = id
        self.producer = producer
        self.startedAt = startedAt
    }
}

/// A transactional id.
struct SimulatedProducer {
    var epoch = 0
    var current: SimulatedTransaction?
    /// The last that ended, so that a repeated request is answered the same.
    var last: SimulatedTransaction?
}
