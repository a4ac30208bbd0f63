import Coordination
import Testing

/// Follows a script of what fails, and notes what was asked of it.
private final class ScriptedClient: TransactionClient {
    enum Step: String, CaseIterable {
        case begin, produce, produceRest, sendOffsets, commit, abort, renew, isCommitted
    }

    var troubles: [(step: Step, trouble: TransactionTrouble)] = []
    var committed = [false]
    var ownedCount = Int.max
    var attemptsLeft = 100
    private(set) var calls: [Step] = []

    private func note(_ step: Step) throws(TransactionTrouble) {
        calls.append(step)
        attemptsLeft -= 1
        guard let index = troubles.firstIndex(where: { $0.step == step }) else { return }
        throw troubles.remove(at: index).trouble
    }

    func begin() throws(TransactionTrouble) { try note(.begin) }
    func produce(_ unit: Int, onlyRest: Bool) throws(TransactionTrouble) {
        try note(onlyRest ? .produceRest : .produce)
    }
    func sendOffsets(_ unit: Int) throws(TransactionTrouble) { try note(.sendOffsets) }
    func commit(_ unit: Int) throws(TransactionTrouble) { try note(.commit) }
    func abort() throws(TransactionTrouble) { try note(.abort) }
    func renew() throws(TransactionTrouble) { try note(.renew) }
    func isCommitted(_ unit: Int) throws(TransactionTrouble) -> Bool {
        try note(.isCommitted)
        return committed.count > 1 ? committed.removeFirst() : committed[0]
    }
    func isOwned(_ unit: Int) -> Bool {
        ownedCount -= 1
        return ownedCount >= 0
    }
    func backOff() {}
    var mustGiveUp: Bool { attemptsLeft <= 0 }
}

/// Commits one unit with a client that these things happen to; returns what became of it and what was called.
private func run(
    _ troubles: [(ScriptedClient.Step, TransactionTrouble)], isWrittenAhead: Bool = false,
    _ change: (ScriptedClient) -> Void = { _ in }
) throws -> (TransactionRunner.Outcome, [ScriptedClient.Step]) {
    let client = ScriptedClient()
    client.troubles = troubles.map { ($0.0, $0.1) }
    change(client)
    var runner = TransactionRunner()
    if isWrittenAhead { try runner.writeAhead(1, with: client) }
    return (try runner.run(1, with: client), client.calls)
}

@Suite struct TransactionRunnerTests {
    private let whole: [ScriptedClient.Step] = [.begin, .produce, .sendOffsets, .commit]

    @Test func `nothing wrong: once through`() throws {
        let (outcome, calls) = try run([])
        #expect(outcome == .committed)
        #expect(calls == whole)
    }

    @Test func `a retriable step is tried again, and nothing before it`() throws {
        let (outcome, calls) = try run([(.commit, .retriable), (.commit, .retriable)])
        #expect(outcome == .committed)
        #expect(calls == whole + [.commit, .commit])
    }

    @Test func `an abortable error aborts and begins again with everything`() throws {
        let (outcome, calls) = try run([(.sendOffsets, .requiresAbort), (.abort, .retriable)])
        #expect(outcome == .committed)
        #expect(calls == [.begin, .produce, .sendOffsets, .abort, .abort] + whole)
    }

    @Test func `it never commits unless the offsets were sent`() throws {
        for trouble in [TransactionTrouble.requiresAbort, .broken] {
            let (_, calls) = try run([(.sendOffsets, trouble), (.sendOffsets, trouble)])
            #expect(calls.last == .commit)
            #expect(calls.filter { $0 == .commit }.count == 1)
        }
    }

    @Test func `a broken producer is replaced, and what was committed is not sent again`() throws {
        let (outcome, calls) = try run([(.commit, .broken)]) { $0.committed = [true] }
        #expect(outcome == .committed)
        #expect(calls == whole + [.renew, .isCommitted])
    }

    @Test func `a broken producer is replaced, and what was not committed is sent again`() throws {
        let (outcome, calls) = try run([(.commit, .broken), (.renew, .retriable), (.isCommitted, .retriable)])
        #expect(outcome == .committed)
        #expect(calls == whole + [.renew, .renew, .isCommitted, .isCommitted] + whole)
    }

    @Test func `a producer that cannot even abort is replaced`() throws {
        let (outcome, calls) = try run([(.produce, .requiresAbort), (.abort, .broken)])
        #expect(outcome == .committed)
        #expect(calls == [.begin, .produce, .abort, .renew, .isCommitted] + whole)
    }

    @Test func `what is not ours any more is dropped`() throws {
        let (outcome, calls) = try run([(.sendOffsets, .requiresAbort)]) { $0.ownedCount = 1 }
        #expect(outcome == .dropped)
        #expect(calls == [.begin, .produce, .sendOffsets, .abort])
    }

    @Test func `without time left it gives up`() throws {
        let (outcome, _) = try run([]) { $0.attemptsLeft = 0 }
        #expect(outcome == .gaveUp)
    }

    @Test func `what can never succeed is told`() {
        #expect(throws: TransactionTrouble.hopeless("too large")) {
            try run([(.produce, .hopeless("too large"))])
        }
    }
}

/// Units part of which is written before the rest is there.
@Suite struct WritingAheadTests {
    private let whole: [ScriptedClient.Step] = [.begin, .produce, .sendOffsets, .commit]
    private let rest: [ScriptedClient.Step] = [.produceRest, .sendOffsets, .commit]

    @Test func `only the rest is written then`() throws {
        let (outcome, calls) = try run([], isWrittenAhead: true)
        #expect(outcome == .committed)
        #expect(calls == [.begin, .produce] + rest)
    }

    @Test func `after an abort everything is written from its beginning`() throws {
        for step in [ScriptedClient.Step.produceRest, .sendOffsets, .commit] {
            let (outcome, calls) = try run([(step, .requiresAbort)], isWrittenAhead: true)
            #expect(outcome == .committed)
            #expect(Array(calls.suffix(5)) == [.abort] + whole)
        }
    }

    @Test func `trouble ahead is mended at once, and everything is written from its beginning`() throws {
        let (outcome, calls) = try run([(.produce, .requiresAbort)], isWrittenAhead: true)
        #expect(outcome == .committed)
        #expect(calls == [.begin, .produce, .abort] + whole)
        let (second, others) = try run([(.produce, .broken), (.renew, .retriable)], isWrittenAhead: true)
        #expect(second == .committed)
        #expect(others == [.begin, .produce, .renew, .renew] + whole)
    }

    @Test func `a producer that cannot even abort ahead is replaced`() throws {
        let (outcome, calls) = try run([(.begin, .requiresAbort), (.abort, .broken)], isWrittenAhead: true)
        #expect(outcome == .committed)
        #expect(calls == [.begin, .abort, .renew] + whole)
    }

    @Test func `a producer that breaks at the end is replaced, and what was committed is not sent again`()
        throws
    {
        let (outcome, calls) = try run([(.commit, .broken)], isWrittenAhead: true) { $0.committed = [true] }
        #expect(outcome == .committed)
        #expect(calls == [.begin, .produce] + rest + [.renew, .isCommitted])
    }

    @Test func `what is not ours any more is aborted, not committed`() throws {
        let (outcome, calls) = try run([], isWrittenAhead: true) { $0.ownedCount = 1 }
        #expect(outcome == .dropped)
        #expect(calls == [.begin, .produce, .abort])
        let (second, others) = try run([], isWrittenAhead: true) { $0.ownedCount = 0 }
        #expect(second == .dropped)
        #expect(others.isEmpty)
    }

    @Test func `what was abandoned leaves nothing open`() throws {
        let client = ScriptedClient()
        var runner = TransactionRunner()
        try runner.abandon(with: client)
        #expect(client.calls.isEmpty)
        try runner.writeAhead(1, with: client)
        try runner.abandon(with: client)
        #expect(try runner.run(2, with: client) == .committed)
        #expect(client.calls == [.begin, .produce, .abort] + whole)
    }
}
