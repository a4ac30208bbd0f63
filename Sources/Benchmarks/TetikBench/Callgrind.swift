/// What valgrind's callgrind counts of one replay, which does not depend on what else the machine does.
struct Callgrind {
    /// Instructions of the whole process.
    let instructionCount: Double
    /// Calls of the Swift runtime's functions that retain and release objects.
    let referenceCount: Double

    /// Counts in the file's format: `fn=(1) name` names a function once, `cfn=(1)` and the `calls=` after it are calls
    /// of it.
    /// Source: valgrind manual, "Callgrind Format Specification".
    private static let countCalls = """
        awk -F'[()]' '/^c?fn=/ { if ($3 != "") name[$2] = substr($3, 2); callee = $2 } \
        /^calls=/ { split($0, call, /[= ]/); \
        if (name[callee] ~ /^swift_(retain|release)(_n)?$|^swift_bridgeObject(Retain|Release)(_n)?$/) \
        count += call[2] } END { print count + 0 }'
        """

    /// Replays `log` on one thread with `tetik`, which must have no debugging symbols: valgrind 3.19 cannot read
    /// those of Swift.
    init(_ tetik: String, log: String, directory: String) throws {
        let counts = "\(directory)/tetik-bench-callgrind"
        let text = Child.output(
            of: "valgrind --tool=callgrind --callgrind-out-file=\(counts) \(tetik) replay \(log) "
                + "--threads 1 --triggers /dev/null 2>&1 | grep Collected | cut -d: -f2")
        guard let instructionCount = Double(text.filter(\.isNumber)),
            let referenceCount = Double(Child.output(of: "\(Self.countCalls) \(counts)"))
        else { throw Child.Failure(description: "callgrind counted nothing") }
        self.instructionCount = instructionCount
        self.referenceCount = referenceCount
    }
}
