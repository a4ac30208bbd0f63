import Glibc

/// A failed call of the operating system, in words.
public struct SystemError: Error, CustomStringConvertible, Sendable {
    /// What was attempted, and on what: `open /tmp/x`.
    public var action: String
    /// The number that the system gave.
    public var code: Int32

    /// Makes an error of `errno`'s present value.
    public init(_ action: String, code: Int32 = errno) {
        self.action = action
        self.code = code
    }

    /// For example `open /tmp/x: No such file or directory`.
    public var description: String { "\(action): \(String(cString: strerror(code)))" }
}
