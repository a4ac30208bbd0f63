import Primitives
import Testing

struct SegmentedArrayTests {
    private static let segmentCount = 65_536

    @Test func `elements are found again by their index across many segments`() {
        var array = SegmentedArray<UInt32>()
        let count = 20 * Self.segmentCount + 3
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

    @Test func `growth moves no element`() {
        var array = SegmentedArray<UInt8>()
        array.append(7)
        let first = array.address(of: 0)
        for _ in 0..<18 * Self.segmentCount { array.append(1) }
        #expect(array.address(of: 0) == first)
        #expect(array[0] == 7)
    }

    @Test func `only one element changes when it is set`() {
        var array = SegmentedArray<Int64>()
        for index in 0..<Self.segmentCount + 2 { array.append(Int64(index)) }
        array[Self.segmentCount] = -1
        #expect(array[Self.segmentCount - 1] == Int64(Self.segmentCount - 1))
        #expect(array[Self.segmentCount] == -1)
        #expect(array[Self.segmentCount + 1] == Int64(Self.segmentCount + 1))
    }

    @Test func `memory is reserved by the segment and only when it is needed`() {
        var array = SegmentedArray<UInt32>()
        #expect(array.reservedByteCount == 0)
        array.append(1)
        #expect(array.reservedByteCount == 4 * Self.segmentCount)
        for _ in 1..<Self.segmentCount { array.append(1) }
        #expect(array.reservedByteCount == 4 * Self.segmentCount)
        array.append(1)
        #expect(array.reservedByteCount == 8 * Self.segmentCount)
    }

    @Test func `there is no address beyond the end`() {
        var array = SegmentedArray<UInt32>()
        #expect(array.address(of: 0) == nil)
        array.append(1)
        #expect(array.address(of: 0) != nil)
        #expect(array.address(of: 1) == nil)
        #expect(array.address(of: -1) == nil)
    }
}
