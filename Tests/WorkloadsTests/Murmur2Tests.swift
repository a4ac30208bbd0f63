import Primitives
import Testing

@Suite struct Murmur2Tests {
    /// Source: Apache Kafka 3.8, `UtilsTest.testMurmur2`.
    @Test(arguments: [
        ("21", Int32(-973_932_308)), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
    ])
    func `the hash is the Java client's`(text: String, expected: Int32) {
        #expect(Array(text.utf8).withUnsafeBytes { Murmur2.hash($0) } == expected)
    }

    @Test func `a negative hash gives a partition too`() {
        let partition = Array("21".utf8).withUnsafeBytes { Murmur2.partition(of: $0, partitionCount: 12) }
        #expect(partition == (Int32(-973_932_308) & 0x7fff_ffff) % 12)
    }

    @Test func `a hash does not depend on alignment`() {
        let bytes = Array("xfoobar".utf8)
        let hash = bytes.withUnsafeBytes { Murmur2.hash(UnsafeRawBufferPointer(rebasing: $0[1...])) }
        #expect(hash == -790_332_482)
    }
}
