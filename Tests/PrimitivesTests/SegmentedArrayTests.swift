import Primitives
import Testing

struct SegmentedArrayTests {
    /// Elements of a segment of 2 MiB.
    private static func segmentCount(of byteCount: Int) -> Int { (2 << 20) / byteCount }

    @Test func `elements are found again by their index across many segments`() {
        var array = SegmentedArray<UInt32>()
        let count = 18 * Self.segmentCount(of: 4) + 3
        for index in 0..<count {
            if array.append(UInt32(truncatingIfNeeded: index &* 2_654_435_761)) != index {
                Issue.record("element \(index) got another index")
                return
            }
        }
        #expect(array.count == count)
        for index in stride(from: 0, to: count, by: 31) {
            if array[index] != UInt32(truncatingIfNeeded: index &* 2_654_435_761) {
                Issue.record("element \(index) changed")
                return
            }
        }
    }

    @Test func `only one element changes when it is set`() {
        var array = SegmentedArray<Int64>()
        let segmentCount = Self.segmentCount(of: 8)
        for index in 0..<segmentCount + 2 { array.append(Int64(index)) }
        array[segmentCount] = -1
        #expect(array[segmentCount - 1] == Int64(segmentCount - 1))
        #expect(array[segmentCount] == -1)
        #expect(array[segmentCount + 1] == Int64(segmentCount + 1))
    }

    @Test func `a small array takes what its elements take, a large one whole segments`() {
        var array = SegmentedArray<UInt32>()
        let segmentCount = Self.segmentCount(of: 4)
        #expect(array.reservedByteCount == 0)
        array.append(1)
        #expect(array.reservedByteCount == 4)
        for _ in 1..<segmentCount { array.append(1) }
        #expect(array.reservedByteCount == 2 << 20)
        array.append(1)
        #expect(array.reservedByteCount == 4 << 20)
    }
}
