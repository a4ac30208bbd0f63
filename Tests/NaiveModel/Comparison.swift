/// Compares an implementation of the contract with the model, and makes what differs small.
public enum Comparison {
    /// Anything that replays a case: the engine in this process, or a program.
    public typealias Subject = (RandomCase) throws -> NaiveResult

    /// The first difference in words, or nil. An error of the subject is a difference.
    public static func difference(in randomCase: RandomCase, _ subject: Subject) throws -> String? {
        let want = try randomCase.expected()
        do {
            return difference(want: want, got: try subject(randomCase))
        } catch {
            return "error: \(error)"
        }
    }

    /// The first difference between two results in words, or nil.
    public static func difference(want: NaiveResult, got: NaiveResult) -> String? {
        if let index = firstDifference(want.triggers, got.triggers) {
            return """
                record \(index + 1) of \(want.triggers.count) (got \(got.triggers.count))
                  want \(want.triggers.element(index) ?? "none")
                  got  \(got.triggers.element(index) ?? "none")
                """
        }
        if let index = firstDifference(want.deadLetters, got.deadLetters) {
            let describe = { (letter: NaiveDeadLetter?) in
                letter.map { "line \($0.position) \($0.reason)" } ?? "none"
            }
            return """
                dead letter \(index + 1) of \(want.deadLetters.count) (got \(got.deadLetters.count))
                  want \(describe(want.deadLetters.element(index)))
                  got  \(describe(got.deadLetters.element(index)))
                """
        }
        guard want.summary != got.summary else { return nil }
        return "summary\n  want \(want.summary)\n  got  \(got.summary)"
    }

    /// The same case with as few lines as still give a difference, of whatever kind.
    ///
    /// Delta debugging (Zeller and Hildebrandt 2002): takes out runs of lines, halving their length.
    public static func shrunk(_ randomCase: RandomCase, _ subject: Subject) throws -> RandomCase {
        var smallest = randomCase
        if smallest.until != nil {
            var candidate = smallest
            candidate.until = nil
            if try difference(in: candidate, subject) != nil { smallest = candidate }
        }
        var runLength = max(1, smallest.lines.count / 2)
        while true {
            var removedAny = false
            var start = 0
            while start < smallest.lines.count {
                var candidate = smallest
                candidate.lines.removeSubrange(start..<min(start + runLength, candidate.lines.count))
                if try difference(in: candidate, subject) != nil {
                    smallest = candidate
                    removedAny = true
                } else {
                    start += runLength
                }
            }
            if runLength == 1 && !removedAny { return smallest }
            if !removedAny || runLength > 1 { runLength = max(1, runLength / 2) }
        }
    }

    /// A case and what differs in it, to be read by people.
    public static func report(_ randomCase: RandomCase, difference: String) -> String {
        let lines = randomCase.lines.map { line in
            line.count <= 2_000
                ? String(decoding: line, as: UTF8.self)
                : String(decoding: line.prefix(300), as: UTF8.self) + "… (\(line.count) bytes)"
        }
        let until = randomCase.until.map { "until \($0)\n" } ?? ""
        return "\(randomCase.config)\(until)\(lines.joined(separator: "\n"))\n\(difference)"
    }

    private static func firstDifference<T: Equatable>(_ want: [T], _ got: [T]) -> Int? {
        if want == got { return nil }
        return zip(want, got).enumerated().first { $1.0 != $1.1 }?.offset ?? min(want.count, got.count)
    }
}

extension Array {
    /// The element at `index`, or nil past the end.
    fileprivate func element(_ index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
