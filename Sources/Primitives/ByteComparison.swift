import Glibc

extension UnsafeRawBufferPointer {
    /// Whether both hold the same bytes.
    @inlinable
    public func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard count > 0, let left = baseAddress, let right = other.baseAddress else { return true }
        return memcmp(left, right, count) == 0
    }

    /// Whether these bytes come before the others', compared as unsigned numbers from the front.
    @inlinable
    public func precedes(_ other: UnsafeRawBufferPointer) -> Bool {
        if let left = baseAddress, let right = other.baseAddress {
            let order = memcmp(left, right, Swift.min(count, other.count))
            if order != 0 { return order < 0 }
        }
        return count < other.count
    }
}
