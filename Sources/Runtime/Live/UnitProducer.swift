import Coordination
import KafkaTransport
import Settings

/// What both ways of committing units have in common: a producer that can be replaced, and who owns what.
///
/// Isolation: the output thread.
final class UnitProducer {
    private static let backOffMilliseconds: Int64 = 30

    let settings: Settings
    let events: KafkaEventLog
    let isOver: () -> Bool
    private let board: ShardBoard
    /// The producer; nil until there is one, and after it was destroyed.
    private(set) var records: RecordProducer?

    /// - Parameter isOver: whether what is not committed is to be given up.
    init(settings: Settings, board: ShardBoard, events: KafkaEventLog, isOver: @escaping () -> Bool) {
        self.settings = settings
        self.board = board
        self.events = events
        self.isOver = isOver
    }

    /// Destroys the producer, if there is one, and makes another.
    func renew(_ configuration: ProducerConfiguration) throws(TransactionTrouble) {
        close()
        do throws(KafkaError) {
            records = try RecordProducer(configuration, settings, events)
        } catch {
            throw .hopeless("\(error)")
        }
    }

    func close() {
        records?.close()
        records = nil
    }

    func isOwned(_ unit: CommitUnit) -> Bool {
        unit.parts.allSatisfy { board.isOwned($0.partition, epoch: $0.epoch) }
    }

    func backOff() { SystemClock.sleep(milliseconds: Self.backOffMilliseconds) }
}

/// A client that writes by a `UnitProducer`.
protocol ProducingClient: UnitClient {
    var output: UnitProducer { get }
}

extension ProducingClient {
    var mustGiveUp: Bool { output.isOver() }

    func journalOffset(of part: CommitUnit.Part) -> Int64? {
        output.records?.journalOffsets[part.journalToken]
    }
    func close() { output.close() }
    func idle() { output.records?.settle(waitMilliseconds: 0) }
    func isOwned(_ unit: CommitUnit) -> Bool { output.isOwned(unit) }
    func backOff() { output.backOff() }
}
