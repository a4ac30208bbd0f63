/// What a step of a transaction failed with, as far as it decides what to do next.
///
/// Source: librdkafka's transactional API, whose errors say which of these they are.
public enum TransactionTrouble: Error, Equatable, Sendable {
    /// The same step may be tried again.
    case retriable
    /// The transaction must be aborted, then begun again with the same content.
    case requiresAbort
    /// The producer can do nothing more, or nobody knows what became of the step.
    case broken
    /// It can never succeed, for the reason given: whoever runs us must act.
    case hopeless(String)
}

/// Whoever carries out transactions: librdkafka in the daemon, a model in simulation.
public protocol TransactionClient: AnyObject {
    /// What is committed at once: records, dead letters, journal records and offsets.
    associatedtype Unit

    /// Begins a transaction.
    func begin() throws(TransactionTrouble)
    /// Writes the unit's records into the open transaction; with `onlyRest` those it has gained since it was written
    /// ahead.
    func produce(_ unit: Unit, onlyRest: Bool) throws(TransactionTrouble)
    /// Adds the unit's offsets, which is what fences former owners: without it nothing is ever committed.
    func sendOffsets(_ unit: Unit) throws(TransactionTrouble)
    /// Commits.
    func commit(_ unit: Unit) throws(TransactionTrouble)
    /// Aborts.
    func abort() throws(TransactionTrouble)
    /// Destroys the producer and makes a new one of the same name, which settles what the old one left open.
    func renew() throws(TransactionTrouble)
    /// Whether the committed mark of the unit's shards is the unit's own; waits for open transactions.
    func isCommitted(_ unit: Unit) throws(TransactionTrouble) -> Bool
    /// Whether the shards of the unit are still ours under the same ownership.
    func isOwned(_ unit: Unit) -> Bool
    /// Waits a little before a step is tried again.
    func backOff()
    /// Whether there is no time left to go on trying.
    var mustGiveUp: Bool { get }
}

/// Commits one unit after another, each once, whatever goes wrong in between.
///
/// Pure control flow. A unit that fails is begun again with the same content until it is committed, or until its
/// shards are not ours any more. Isolation: the thread that owns the client.
public struct TransactionRunner {
    /// What became of a unit.
    public enum Outcome: Equatable, Sendable {
        /// Readers see it.
        case committed
        /// Its shards belong to somebody else now, who does the same work again.
        case dropped
        /// There was no time left; it may or may not be committed.
        case gaveUp
    }

    /// How one attempt went.
    private enum Attempt {
        case committed, aborted, broken
    }

    /// How often something went wrong; every count only grows.
    public struct Counters: Sendable, Equatable {
        /// Transactions that were aborted and begun again.
        public var abortCount: UInt64 = 0
        /// Producers that were replaced.
        public var renewalCount: UInt64 = 0
        /// Units that were found committed after their producer broke.
        public var foundCommittedCount: UInt64 = 0
    }

    /// What went wrong so far.
    public private(set) var counters = Counters()
    /// Whether a transaction is open that holds what a unit was begun with.
    private var isOpen = false

    /// Makes a runner.
    public init() {}

    /// Begins a transaction and writes what there is of a unit into it; `run` goes on with it once the unit is whole.
    ///
    /// What goes wrong is mended, and `run` writes the unit from its beginning then.
    /// - Throws: `.hopeless` only.
    public mutating func writeAhead<Client: TransactionClient>(
        _ unit: Client.Unit, with client: Client
    ) throws(TransactionTrouble) {
        precondition(!isOpen, "a transaction is open already")
        guard !client.mustGiveUp, client.isOwned(unit) else { return }
        do throws(TransactionTrouble) {
            try retry(client) { (client) throws(TransactionTrouble) in try client.begin() }
            try retry(client) { (client) throws(TransactionTrouble) in
                try client.produce(unit, onlyRest: false)
            }
            isOpen = true
        } catch {
            if case .hopeless = error { throw error }
            try mend(error, client)
        }
    }

    /// Aborts what was written ahead, if anything was: nobody will ever see it.
    /// - Throws: `.hopeless` only.
    public mutating func abandon<Client: TransactionClient>(
        with client: Client
    ) throws(TransactionTrouble) {
        guard isOpen else { return }
        isOpen = false
        try mend(.requiresAbort, client)
    }

    /// Ends a transaction in which no commit was attempted.
    private mutating func mend<Client: TransactionClient>(
        _ trouble: TransactionTrouble, _ client: Client
    ) throws(TransactionTrouble) {
        if trouble == .requiresAbort, try abort(client) == .aborted {
            counters.abortCount += 1
            return
        }
        counters.renewalCount += 1
        try persist(client) { (client) throws(TransactionTrouble) in try client.renew() }
    }

    /// Commits `unit`, part of which may be written ahead.
    /// - Throws: `.hopeless` only.
    public mutating func run<Client: TransactionClient>(
        _ unit: Client.Unit, with client: Client
    ) throws(TransactionTrouble) -> Outcome {
        // BOUND: until it is committed, not ours, or there is no time left.
        while !client.mustGiveUp {
            guard client.isOwned(unit) else {
                try abandon(with: client)
                return .dropped
            }
            let isContinued = isOpen
            isOpen = false
            switch try attempt(unit, isContinued: isContinued, client) {
            case .committed: return .committed
            case .aborted:
                counters.abortCount += 1
                client.backOff()
            case .broken:
                counters.renewalCount += 1
                try persist(client) { (client) throws(TransactionTrouble) in try client.renew() }
                var isCommitted = false
                try persist(client) { (client) throws(TransactionTrouble) in
                    isCommitted = try client.isCommitted(unit)
                }
                if isCommitted {
                    counters.foundCommittedCount += 1
                    return .committed
                }
            }
        }
        return .gaveUp
    }

    private func attempt<Client: TransactionClient>(
        _ unit: Client.Unit, isContinued: Bool, _ client: Client
    ) throws(TransactionTrouble) -> Attempt {
        do throws(TransactionTrouble) {
            if !isContinued {
                try retry(client) { (client) throws(TransactionTrouble) in try client.begin() }
            }
            try retry(client) { (client) throws(TransactionTrouble) in
                try client.produce(unit, onlyRest: isContinued)
            }
            try retry(client) { (client) throws(TransactionTrouble) in try client.sendOffsets(unit) }
            try retry(client) { (client) throws(TransactionTrouble) in try client.commit(unit) }
            return .committed
        } catch {
            if case .hopeless = error { throw error }
            guard error == .requiresAbort else { return .broken }
            return try abort(client)
        }
    }

    private func abort<Client: TransactionClient>(_ client: Client) throws(TransactionTrouble) -> Attempt {
        do throws(TransactionTrouble) {
            try retry(client) { (client) throws(TransactionTrouble) in try client.abort() }
            return .aborted
        } catch {
            if case .hopeless = error { throw error }
            return .broken
        }
    }

    /// Tries a step again while it may be; without time left it counts as broken.
    private func retry<Client: TransactionClient>(
        _ client: Client, _ step: (Client) throws(TransactionTrouble) -> Void
    ) throws(TransactionTrouble) {
        // BOUND: until something else happens, or there is no time left.
        while true {
            do throws(TransactionTrouble) {
                return try step(client)
            } catch {
                guard error == .retriable, !client.mustGiveUp else {
                    throw error == .retriable ? .broken : error
                }
                client.backOff()
            }
        }
    }

    /// Tries a step of the repair until it succeeds or there is no time left.
    private func persist<Client: TransactionClient>(
        _ client: Client, _ step: (Client) throws(TransactionTrouble) -> Void
    ) throws(TransactionTrouble) {
        // BOUND: until it succeeds, or there is no time left.
        while !client.mustGiveUp {
            do throws(TransactionTrouble) {
                return try step(client)
            } catch {
                if case .hopeless = error { throw error }
                client.backOff()
            }
        }
    }
}
