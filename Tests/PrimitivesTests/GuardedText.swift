import Glibc
import Primitives

/// Memory in which a text and its declared padding end exactly where readable memory ends.
///
/// Reading further than the declared padding crashes the test.
struct GuardedText: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    private let readable: Int
    private static let page = 4_096

    init(byteCountMax: Int) {
        let pages = (byteCountMax + JSONScanner.paddingByteCount + Self.page - 1) / Self.page
        readable = pages * Self.page
        let mapped = mmap(
            nil, readable + Self.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED, mprotect(mapped + readable, Self.page, PROT_NONE) == 0 else {
            preconditionFailure("no guarded memory")
        }
        memory = mapped
    }

    deinit { munmap(memory, readable + Self.page) }

    /// Puts `bytes` at the end of the memory, with `padding` readable bytes of `filler` after them.
    func with<R>(
        _ bytes: [UInt8], padding: Int = JSONScanner.paddingByteCount, filler: UInt8 = 0x22,
        _ body: (UnsafeRawBufferPointer) -> R
    ) -> R {
        let start = memory + (readable - bytes.count - padding)
        bytes.withUnsafeBytes { if let base = $0.baseAddress { memcpy(start, base, bytes.count) } }
        memset(start + bytes.count, Int32(filler), padding)
        return body(UnsafeRawBufferPointer(start: start, count: bytes.count))
    }
}

/// A repeatable source of random numbers. Source: Sebastiano Vigna, splitmix64 (public domain, 2015).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

/// Whether the UTF-8 check and the scanner together take `text` for one JSON value.
func scannerAccepts(_ text: UnsafeRawBufferPointer, depthMax: Int = 64) -> Bool {
    guard let start = text.baseAddress, UTF8Text.isValid(text) else { return false }
    var scanner = JSONScanner(start: start, count: text.count)
    scanner.skipWhitespace()
    return scanner.scanValue(depthLeft: depthMax) != nil && scanner.isAtEnd()
}
