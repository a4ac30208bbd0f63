/// BOUNDs of everything that comes from outside.
enum AdminLimits {
    /// Connections at a time; more wait to be accepted.
    static let connectionCountMax = 512
    /// Readers of the trigger stream at a time; more get 503.
    static let streamCountMax: Int64 = 256
    /// One header, and all of them, in bytes; more get 431.
    static let headerByteCountMax = 8 << 10
    static let headersByteCountMax = 16 << 10
    static let headerCountMax = 64
    /// A connection without a request in so long is closed.
    static let idleSeconds: Int64 = 30
    /// How long a write to a reader of the stream may wait before the reader is dropped.
    static let writeSeconds = 10
    /// Between two looks at whether a reader reads.
    static let tickSeconds = 2
    /// Between two signs of life on a quiet stream; a multiple of `tickSeconds`.
    static let heartbeatSeconds = 10
    /// What the kernel may keep for a reader of the stream; left alone it goes up to some MiB.
    static let sendBufferByteCount = 256 << 10
    /// Records that are sent in one go.
    static let batchCountMax = 256
    /// How long a question about a customer waits for the shards.
    static let questionMilliseconds = 2_000
    /// Records of a customer that are explained.
    static let triggerCountMax = 20
    /// A customer's key. Source: contract, section 1.
    static let customerByteCountMax = 256
}
