import Primitives
import Testing

struct XXH3Tests {
    /// Source: the Python binding of xxHash 0.8 (package `xxhash`).
    @Test(arguments: [
        (0, UInt64(0), UInt64(0x2d06_8005_38d3_94c2)), (1, 0, 0xe6c6_32b6_1e96_4e1f),
        (3, 7, 0x48ff_56f5_69e3_9912),
    ])
    func `hashes of short texts are those of the specification`(count: Int, seed: UInt64, hash: UInt64) {
        #expect(Array("abc".utf8.prefix(count)).withUnsafeBytes { XXH3.hash($0, seed: seed) } == hash)
    }

    @Test func `hashes of long texts are those of the specification`() {
        let bytes = (0..<5_120).map { UInt8(truncatingIfNeeded: $0) }
        #expect(bytes.prefix(200).withUnsafeBytes { XXH3.hash($0) } == 0xf42a_8864_feaf_0703)
        #expect(bytes.withUnsafeBytes { XXH3.hash($0, seed: 1) } == 0xb1fd_7cc0_bc1c_1159)
    }
}
