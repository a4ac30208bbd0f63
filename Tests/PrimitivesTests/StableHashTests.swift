import Primitives
import Testing

/// Snapshots and the choice of workers depend on these values: they never change.
///
/// The expected ones come from an implementation of the same definition in another language.
struct StableHashTests {
    private func hash(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { StableHash.hash($0) } }

    @Test(
        arguments: [
            ("", 0x1ff5_c292_3a78_8d2c), ("a", 0x85ca_a253_3426_baad), ("c-1", 0x34be_4621_b115_5803),
            ("c-12", 0x97f7_e81c_cbd2_2fb8), ("customer", 0x2a64_706c_2213_c673),
            ("customer-42", 0x325f_7b43_7487_8380), ("0123456789abcdef", 0x87d2_1e07_cd94_a7ce),
            ("0123456789abcdefg", 0xf685_8ab5_8014_bc80),
        ] as [(String, UInt64)])
    func `a text has the hash it always had`(text: String, expected: UInt64) {
        #expect(hash(Array(text.utf8)) == expected)
    }

    @Test func `texts of every length up to 299 have the hashes they always had`() {
        var sum: UInt64 = 0
        for count in 0..<300 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + count) }
            sum = (sum &* 0x100_0000_01b3) ^ hash(bytes)
        }
        #expect(hash([UInt8](repeating: 0x78, count: 256)) == 0x3a67_5c33_6663_a698)
        #expect(sum == 0xb2b4_ac40_a3ed_b9b3)
    }

    @Test func `where the bytes lie makes no difference, and only they are read`() {
        let text = Array("customer-4711/zeta".utf8)
        for offset in 0..<16 {
            for filler in [UInt8(0), 0xFF] {
                let padded = [UInt8](repeating: filler, count: offset) + text + [filler, filler]
                padded.withUnsafeBytes { bytes in
                    let slice = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + text.count])
                    #expect(StableHash.hash(slice) == hash(text))
                }
            }
        }
    }

    @Test func `names that differ in one byte have different hashes in every part that is used`() {
        var whole: Set<UInt64> = []
        var buckets = [Int](repeating: 0, count: 256)
        for number in 0..<20_000 {
            let value = hash(Array("c-\(number)".utf8))
            whole.insert(value)
            buckets[Int(value & 255)] += 1
        }
        #expect(whole.count == 20_000)
        // 78 are expected in each of the table's 256 parts; 6 standard deviations are 53.
        #expect(buckets.allSatisfy { (25...131).contains($0) })
    }
}
