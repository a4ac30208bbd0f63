internal import CSupport

/// XXH3-64, the checksum of what is stored: it finds damage, and is no protection against someone who wants to
/// forge bytes.
///
/// Source: xxHash specification, XXH3 64 bits with seed (0.8); the values never change.
public enum XXH3 {
    /// The hash of `bytes`; another `seed` gives an unrelated one. Some 10 GB/s.
    public static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        tetik_xxh3(bytes.baseAddress, bytes.count, seed)
    }
}
