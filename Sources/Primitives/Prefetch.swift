internal import CSupport

/// Asking the processor for memory before it is needed.
public enum Prefetch {
    /// Asks for the cache line of `address` to be brought near. Never faults, whatever the address.
    @inline(__always)
    public static func line(at address: UnsafeRawPointer) { tetik_prefetch(address) }

    /// Asks for two cache lines from `address` on to be brought near. Never faults, whatever the address.
    @inline(__always)
    public static func twoLines(from address: UnsafeRawPointer) {
        tetik_prefetch(address)
        tetik_prefetch(address + 64)
    }
}
