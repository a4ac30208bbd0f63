import Glibc

extension UnsafeRawBufferPointer {
    /// Whether both hold the same bytes.
    @inlinable
    public func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard count > 0, let left = baseAddress, let right = other.baseAddress else { return true }
        // Two words that may overlap: keys and skus are mostly shorter than a call of `memcmp` pays for.
        if count >= 8, count <= 16 {
            let last = count &- 8
            let start = left.loadUnaligned(as: UInt64.self) ^ right.loadUnaligned(as: UInt64.self)
            let end =
                (left + last).loadUnaligned(as: UInt64.self) ^ (right + last).loadUnaligned(as: UInt64.self)
            return start | end == 0
        }
        if count >= 4, count < 8 {
            let last = count &- 4
            let start = left.loadUnaligned(as: UInt32.self) ^ right.loadUnaligned(as: UInt32.self)
            let end =
                (left + last).loadUnaligned(as: UInt32.self) ^ (right + last).loadUnaligned(as: UInt32.self)
            return start | end == 0
        }
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
