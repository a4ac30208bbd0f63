/// The table of a soak.
enum SoakReport {
    static func text(_ result: SoakResult, _ options: SoakOptions) -> String {
        var rows: [(String, String)] = [
            ("broker", options.bootstrapServers.map { "Kafka at \($0)" } ?? "embedded, at least once"),
            (
                "members, partitions, seed",
                "\(options.memberCount), \(options.partitionCount), \(options.seed)"
            ),
            ("trouble", "\(Int(result.seconds.rounded())) s"),
            (
                "events",
                "\(result.eventCount)\(result.isLoadCut ? ", all that the embedded broker keeps" : "")"
            ),
            ("records", "\(result.recordCount)"),
            ("dead letters", "\(result.deadLetterCount)"),
            ("kills, stops, freezes", "\(result.kills), \(result.terminations), \(result.freezes)"),
            ("restarts", "\(result.restarts)"),
            ("odd endings", "\(result.oddEndings.count)"),
            ("events not processed", "\(result.missingInputCount)"),
            ("events processed twice", "\(result.repeatedInputCount)"),
            ("losses", "\(result.comparison.losses)"),
        ]
        let comparison = result.comparison
        if options.isEmbedded {
            rows.append(("wrong last versions", "\(comparison.unexpected)"))
            rows.append(
                ("repeats, taken for one", "\(comparison.aborted), since it was at least once on this broker")
            )
        } else {
            rows.append(("repeats", "\(comparison.repeats)"))
            rows.append(("unexpected", "\(comparison.unexpected)"))
        }
        rows.append(("customers out of order", "\(comparison.outOfOrder)"))
        rows.append(("recovery, median, worst", recovery(result.recoveries)))
        rows.append(
            ("memory at start, end", ends(result.samples.map(\.residentByteCount)) { "\($0 >> 20) MiB" }))
        rows.append(("open files at start, end", ends(result.samples.map(\.openFileCount)) { "\($0)" }))
        let width = rows.map(\.0.count).max() ?? 0
        var text = rows.map { "\($0)\(String(repeating: " ", count: width - $0.count))  \($1)\n" }.joined()
        for line in result.oddEndings + result.differences { text += "\(line)\n" }
        text += result.isGood ? "soak: nothing lost, nothing repeated\n" : "soak: FAILED\n"
        return text
    }

    private static func recovery(_ milliseconds: [Int64]) -> String {
        guard let worst = milliseconds.last else { return "none" }
        return "\(milliseconds[milliseconds.count / 2]) ms, \(worst) ms of \(milliseconds.count) starts"
    }

    /// The median of the first and of the last tenth.
    private static func ends(_ values: [Int], _ text: (Int) -> String) -> String {
        guard !values.isEmpty else { return "no samples" }
        let count = max(values.count / 10, 1)
        func median(_ part: ArraySlice<Int>) -> Int { part.sorted()[part.count / 2] }
        return "\(text(median(values.prefix(count)))), \(text(median(values.suffix(count))))"
    }
}
