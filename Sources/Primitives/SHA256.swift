import CSupport

/// SHA-256 of short messages.
public enum SHA256 {
    /// Calls `body` with the 32 bytes of the digest of `message`. Allocates nothing.
    @inlinable
    public static func withDigest(
        of message: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 16) { digest in
            digestInto(message, digest)
            body(UnsafeRawBufferPointer(digest))
        }
    }

    @usableFromInline
    internal static func digestInto(
        _ message: UnsafeRawBufferPointer, _ digest: UnsafeMutableRawBufferPointer
    ) {
        tetik_sha256(
            message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count,
            digest.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
}
