import Glibc
import KafkaTransport
import Runtime

/// Produces events to a daemon's input topics: clicks, and an order in 25 that makes a record at once. On a thread of
/// its own.
final class AdminFeeder: Sendable {
    /// How much is sent.
    enum Pace: Sendable {
        /// So many events a second.
        case rate(Int)
        /// As many as the daemon takes: at most `outstandingCountMax` that it has not read.
        case full
    }

    private static let outstandingCountMax = 150_000

    private struct State {
        var pace: Pace
        var doneCount = 0
        var isOver = false
        var failure: String?
    }

    private let state: Monitor<State>
    private let thread = Monitor<SystemThread?>(nil)

    /// Begins to produce.
    init(_ daemon: AdminDaemon, _ pace: Pace) throws {
        state = Monitor(State(pace: pace))
        let (servers, inputs) = (daemon.bootstrapServers, daemon.inputs)
        thread.change {
            $0 = SystemThread(name: "bench-feeder") { [self] in
                do {
                    try feed(servers, inputs)
                } catch {
                    state.change { $0.failure = "\(error)" }
                }
            }
        }
    }

    /// Goes on at another pace.
    func setPace(_ pace: Pace) { state.change { $0.pace = pace } }

    /// What the daemon has read so far; needed for `.full`.
    func note(doneCount: Int) { state.change { $0.doneCount = doneCount } }

    /// Ends it.
    func finish() throws {
        state.change { $0.isOver = true }
        thread.read { $0 }?.join()
        if let failure = state.read({ $0.failure }) { throw Child.Failure(description: failure) }
    }

    private func feed(_ servers: String, _ inputs: [String]) throws {
        var configuration = ProducerConfiguration(bootstrapServers: servers)
        configuration.properties = ["linger.ms": "5", "queue.buffering.max.messages": "200000"]
        let producer = try KafkaProducer(configuration)
        defer { producer.close() }
        let topics = try inputs.map { try producer.topic(named: $0) }
        var events = SteadyEvents()
        var reports: [DeliveryReport] = []
        var last = Child.seconds()
        var credit = 0.0
        // BOUND: until `finish`.
        while case let state = state.read({ $0 }), !state.isOver {
            let now = Child.seconds()
            var room: Int
            switch state.pace {
            case .rate(let eventsPerSecond):
                credit += (now - last) * Double(eventsPerSecond)
                room = Int(credit)
                credit -= Double(room)
            case .full: room = min(state.doneCount + Self.outstandingCountMax - events.count, 5_000)
            }
            last = now
            while room > 0 {
                try events.produceNext(to: topics, producer)
                room -= 1
            }
            producer.poll(timeoutMilliseconds: 0)
            producer.takeReports(into: &reports)
            reports.removeAll(keepingCapacity: true)
            usleep(500)
        }
        try producer.flush(timeoutMilliseconds: 10_000)
    }
}
