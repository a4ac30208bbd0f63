public import Primitives

/// Some bytes of an `EventBatch`: of the source text, or of its unescaped strings.
public struct Slice: Sendable, BitwiseCopyable {
    /// Where the bytes begin; with `unescapedFlag` set, in the batch's unescaped area.
    public var location: UInt32
    /// How many bytes; 0 also means "none", since no field that is kept may be empty.
    public var count: UInt32

    /// Set in `location` when the bytes lie in the unescaped area.
    public static let unescapedFlag: UInt32 = 0x8000_0000

    /// Makes a slice; `location` carries the flag where it applies.
    @inlinable
    public init(location: UInt32, count: UInt32) {
        self.location = location
        self.count = count
    }

    /// No bytes.
    public static let none = Slice(location: 0, count: 0)

    /// Whether there are no bytes.
    @inlinable
    public var isEmpty: Bool { count == 0 }
}

/// One accepted event, decoded and checked: numbers by value, texts as slices of the batch that holds it.
public struct Event: Sendable, BitwiseCopyable {
    /// What happened.
    public var kind: EventKind
    /// Which consent a `consent.*` event is about; whether an `email.bounced` is hard.
    public var detail: EventDetail = .none
    /// The partition of a recorded or live record; `plainSequence` for a plain event of a log.
    public var partition: Int32 = Event.plainSequence
    /// Number of the line or record within the batch, from 0; rejected and blank ones count.
    public var line: UInt32 = 0
    /// How many, of `cart.add` (1 if absent) and `cart.remove` (0 if absent: all of it).
    public var quantity: Int32 = 0
    /// Event time.
    public var timestamp: EventTime
    /// The customer, 1 to 256 bytes; none for a tick.
    public var customer: Slice
    /// `StableHash` of the customer's bytes.
    public var customerHash: UInt64
    /// Identity for removing duplicates, 1 to 128 bytes, or none.
    public var id: Slice = .none
    /// The sku of a cart event or the order of an order event, 1 to 256 bytes, or none.
    public var subject: Slice = .none
    /// `price` of a cart event, `value` of an order event, `cost` of an ad click, or absent.
    public var amount: Money = .absent
    /// Currency of `amount` and of the items' prices; the configured one where the event has none.
    public var currency: Currency = .absent
    /// Index in the batch's items of the first of a `cart.set`.
    public var firstItem: UInt32 = 0
    /// How many items a `cart.set` has.
    public var itemCount: UInt32 = 0

    /// `partition` of plain events: all of them form one sequence.
    public static let plainSequence: Int32 = -1

    /// Makes an event with nothing but what every event has.
    @inlinable
    public init(kind: EventKind, timestamp: EventTime, customer: Slice, customerHash: UInt64) {
        self.kind = kind
        self.timestamp = timestamp
        self.customer = customer
        self.customerHash = customerHash
    }
}

/// The one-word details that some events have.
public enum EventDetail: UInt8, Sendable, BitwiseCopyable {
    case none
    /// `purpose` of a `consent.*` event.
    case email, ads
    /// `bounce` of an `email.bounced`.
    case hard, soft
}

/// One entry of the `items` of a `cart.set`.
public struct EventItem: Sendable, BitwiseCopyable {
    /// The sku, 1 to 256 bytes.
    public var sku: Slice
    /// How many, 1 to 1,000,000.
    public var quantity: Int32
    /// Price of one, or absent.
    public var price: Money

    /// Makes an item.
    @inlinable
    public init(sku: Slice, quantity: Int32, price: Money) {
        self.sku = sku
        self.quantity = quantity
        self.price = price
    }
}
