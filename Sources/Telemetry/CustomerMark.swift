import Primitives

/// How a customer appears in log lines.
public enum CustomerMark {
    /// The id itself if that was asked for, else the first 12 hex digits of its SHA-256: it tells customers apart in
    /// the log without naming them, and `printf %s ID | sha256sum` finds it again.
    public static func text(_ customer: UnsafeRawBufferPointer, isPlain: Bool) -> String {
        if isPlain { return String(decoding: customer, as: UTF8.self) }
        var digits: [UInt8] = []
        SHA256.withDigest(of: customer) { digest in
            for byte in digest.prefix(6) {
                digits.append(ByteWriter.hexDigit(byte >> 4))
                digits.append(ByteWriter.hexDigit(byte & 15))
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
