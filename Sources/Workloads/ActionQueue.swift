import Primitives

/// What a customer of the shop is going to do, and when.
struct ShopAction: Sendable, BitwiseCopyable {
    enum Kind: UInt8, Sendable {
        case arrive, visit, purchase, fillBasket, sessionStep
        case mailing, reminder, openMail, clickMail, leaveMailing, complain
        case adClick, consentChange, refund, cancel, erase
    }

    var time: EventTime
    /// Index of the customer.
    var customer: UInt32
    /// The message, order or session that it is about, by number; ad clicks: how many follow in this burst.
    var subject: UInt32 = 0
    var kind: Kind
}

/// The actions to come, earliest first. A binary heap: adding and taking cost O(log n).
struct ActionQueue: Sendable {
    private var heap: [ShopAction] = []

    /// When the next action is due; nil if there is none.
    var nextTime: EventTime? { heap.first?.time }

    mutating func reserve(_ count: Int) { heap.reserveCapacity(count) }

    mutating func add(_ action: ShopAction) {
        var index = heap.count
        heap.append(action)
        while index > 0 {
            let parent = (index - 1) / 2
            guard Self.precedes(action, heap[parent]) else { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = action
    }

    /// Takes the earliest action out.
    mutating func take() -> ShopAction? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first }
        var index = 0
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, Self.precedes(heap[child + 1], heap[child]) { child += 1 }
            guard Self.precedes(heap[child], last) else { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = last
        return first
    }

    private static func precedes(_ left: ShopAction, _ right: ShopAction) -> Bool {
        left.time == right.time ? left.customer < right.customer : left.time < right.time
    }
}
