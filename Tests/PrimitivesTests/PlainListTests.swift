import Primitives
import Testing

struct PlainListTests {
    @Test(arguments: UInt64(1)...20)
    func `it holds what an array holds, whatever is done to both`(seed: UInt64) {
        var random = RandomStream(seed: seed)
        var list = PlainList<Int>(capacity: random.index(below: 20))
        var array: [Int] = []
        var countMax = 0
        for step in 0..<2_000 {
            switch random.index(below: 8) {
            case 0...3:
                let value = random.index(below: 10)
                list.append(value)
                array.append(value)
            case 4 where !array.isEmpty:
                let index = random.index(below: array.count)
                list.remove(at: index)
                array.remove(at: index)
            case 5 where !array.isEmpty:
                let index = random.index(below: array.count)
                list[index] += 7
                array[index] += 7
            case 6:
                let count = array.count - random.index(below: min(array.count, 3) + 1)
                list.truncate(to: count)
                array.removeLast(array.count - count)
                list.reserve(random.index(below: 100))
            case 7 where random.chance(0.05):
                list.removeAll()
                array.removeAll()
            case 7 where random.chance(0.2):
                let unwanted = random.index(below: 10)
                list.removeAll { $0 == unwanted }
                array.removeAll { $0 == unwanted }
            default: break
            }
            countMax = max(countMax, array.count)
            let isSame = list.elements.elementsEqual(array) && list.count == array.count
            guard isSame, list.isEmpty == array.isEmpty, list.indices == array.indices else {
                Issue.record("seed \(seed), step \(step): \(Array(list.elements)), not \(array)")
                return
            }
        }
        #expect(countMax > 20)
    }

    @Test func `an index beyond the end stops the program`() async {
        await #expect(processExitsWith: .failure) {
            var list = PlainList<Int>()
            list.append(1)
            list.append(list[1])
        }
        await #expect(processExitsWith: .failure) {
            var list = PlainList<Int>()
            list[0] = 1
        }
    }
}
