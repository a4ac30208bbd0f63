public import Engine

/// Where questions about customers wait until the shards' threads have a moment to answer them.
///
/// Anyone asks and never blocks; a shard loop answers between two steps and never waits. BOUND: `questionCountMax`
/// questions at a time.
public final class CustomerDesk: @unchecked Sendable {
    // SAFETY: everything is inside the monitor; completions and wakers are called outside of it.
    /// What one shard knows.
    public struct Answer: Sendable {
        /// The partition that the shard is.
        public var partition: Int32
        /// The customer.
        public var view: CustomerView

        /// Makes an answer.
        public init(partition: Int32, view: CustomerView) {
            self.partition = partition
            self.view = view
        }
    }

    /// All that came in.
    public struct Reply: Sendable {
        /// Answers of the shards that know the customer, by partition.
        public var answers: [Answer] = []
        /// Whether every loop has answered; if not, some shard may know more.
        public var isComplete = false
    }

    private struct Question {
        var key: [UInt8]
        var openLoops: Set<Int>
        var reply = Reply()
        var completion: @Sendable (Reply) -> Void
    }

    /// BOUND: more questions are refused.
    private static let questionCountMax = 64

    private struct State {
        var questions: [UInt64: Question] = [:]
        var lastNumber: UInt64 = 0
        var loops: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Monitor(State())

    /// Makes an empty desk.
    public init() {}

    /// A shard loop begins to answer. `wake` ends its sleep, from any thread.
    func open(loop: Int, wake: @escaping @Sendable () -> Void) { state.change { $0.loops[loop] = wake } }

    /// A shard loop ends; what it was asked is answered without it.
    func close(loop: Int) {
        let finished = state.change { state -> [Question] in
            state.loops[loop] = nil
            for number in state.questions.keys { state.questions[number]?.openLoops.remove(loop) }
            return Self.takeFinished(&state)
        }
        for question in finished { question.completion(question.reply) }
    }

    /// Asks what is known of a customer.
    ///
    /// - Parameter completion: called once, on any thread, by the last loop that answers or by `giveUp`.
    /// - Returns: the number of the question; nil if too many are open, and `completion` is never called then.
    public func ask(key: [UInt8], _ completion: @escaping @Sendable (Reply) -> Void) -> UInt64? {
        let outcome = state.change { state -> (number: UInt64, wakers: [@Sendable () -> Void])? in
            guard state.questions.count < Self.questionCountMax else { return nil }
            state.lastNumber += 1
            state.questions[state.lastNumber] = Question(
                key: key, openLoops: Set(state.loops.keys), completion: completion)
            return (state.lastNumber, Array(state.loops.values))
        }
        guard let outcome else { return nil }
        for wake in outcome.wakers { wake() }
        finish()
        return outcome.number
    }

    /// Ends a question with what has come in so far; one that is answered already is left alone.
    public func giveUp(_ number: UInt64) {
        let question = state.change { $0.questions.removeValue(forKey: number) }
        if let question { question.completion(question.reply) }
    }

    /// Answers what is asked of loop `loop`; to be called by its thread between two steps.
    func answer(loop: Int, _ describe: (UnsafeRawBufferPointer) -> [Answer]) {
        let open = state.read { state in
            state.questions.isEmpty
                ? []
                : state.questions.filter { $0.value.openLoops.contains(loop) }.map { ($0.key, $0.value.key) }
        }
        guard !open.isEmpty else { return }
        for (number, key) in open {
            let answers = key.withUnsafeBytes { describe($0) }
            state.change { state in
                state.questions[number]?.openLoops.remove(loop)
                state.questions[number]?.reply.answers += answers
            }
        }
        finish()
    }

    private func finish() {
        let finished = state.change { Self.takeFinished(&$0) }
        for question in finished { question.completion(question.reply) }
    }

    private static func takeFinished(_ state: inout State) -> [Question] {
        var finished: [Question] = []
        for (number, question) in state.questions where question.openLoops.isEmpty {
            var question = question
            question.reply.isComplete = true
            question.reply.answers.sort { $0.partition < $1.partition }
            finished.append(question)
            state.questions[number] = nil
        }
        return finished
    }
}
