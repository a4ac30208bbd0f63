import Glibc

/// The target that `TETIK_FUZZ_TARGET` names.
private let named: FuzzTarget? = getenv("TETIK_FUZZ_TARGET").flatMap {
    FuzzTarget(rawValue: String(cString: $0))
}

private func say(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

/// libFuzzer's first call: writes the inputs to begin with into the directory `TETIK_FUZZ_SEEDS`, if there is one.
///
/// Source of both functions: LLVM, compiler-rt, FuzzerInterface.h.
@_cdecl("LLVMFuzzerInitialize")
public func initializeFuzzing(
    _ argumentCount: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutableRawPointer
) -> Int32 {
    guard let named else {
        say("TETIK_FUZZ_TARGET is none of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))\n")
        exit(64)
    }
    guard let directory = getenv("TETIK_FUZZ_SEEDS").map({ String(cString: $0) }) else { return 0 }
    for (index, seed) in named.seeds.enumerated() {
        guard let file = fopen("\(directory)/seed-\(index)", "w") else { continue }
        _ = seed.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
        fclose(file)
    }
    return 0
}

/// libFuzzer's call for each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func checkFuzzInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let named else { return 0 }
    do throws(FuzzFailure) {
        try named.check(Array(UnsafeBufferPointer(start: bytes, count: count)))
        return 0
    } catch {
        say("\(error)\n")
        abort()
    }
}
