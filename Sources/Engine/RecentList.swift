import Primitives

/// The newest few of something, at most `capacity`, oldest first; held in place, without allocation.
struct RecentList<let capacity: Int, Element: BitwiseCopyable> {
    private var elements: InlineArray<capacity, Element>
    private(set) var count = 0

    init(filler: Element) { elements = InlineArray(repeating: filler) }

    subscript(index: Int) -> Element { elements[index] }

    mutating func removeAll() { count = 0 }

    /// Appends `element`; the oldest goes when there is no room.
    mutating func append(_ element: Element) {
        if count == capacity { remove(at: 0) }
        elements[count] = element
        count += 1
    }

    /// Puts `element` before the one at `index`; there must be room.
    mutating func insert(_ element: Element, at index: Int) {
        precondition(index <= count && count < capacity)
        var position = count
        while position > index {
            elements[position] = elements[position - 1]
            position -= 1
        }
        elements[index] = element
        count += 1
    }

    /// Takes out the element at `index`; those behind it move up.
    mutating func remove(at index: Int) {
        precondition(index < count)
        var position = index
        while position + 1 < count {
            elements[position] = elements[position + 1]
            position += 1
        }
        count -= 1
    }
}

extension RecentList where Element: Equatable {
    func contains(_ element: Element) -> Bool {
        var index = 0
        while index < count {
            if elements[index] == element { return true }
            index += 1
        }
        return false
    }
}
