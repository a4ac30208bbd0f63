/// How many events ahead of the one being applied the parts of a customer are brought near, one after another.
///
/// Far enough for memory to answer, near enough that nothing is pushed out again before its turn. Measured with
/// `tetik-bench`.
public enum EngineLookahead {
    /// The event itself, where another thread has made it.
    public static var event: Int { 40 }
    /// The customer's place in the index.
    public static var index: Int { 24 }
    /// The slot that the index gives.
    public static var slot: Int { 16 }
    /// The customer and the timer.
    public static var customer: Int { 8 }
}
