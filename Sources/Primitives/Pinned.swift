import Synchronization

/// A field that keeps the compiler from moving the struct around that has it.
///
/// Swift passes a struct to methods that do not change it by value, if its fields allow that: it copies a large one
/// onto the stack for every such call, though nobody asked for a copy. An atomic has to stay where it is, so a
/// struct with one is passed by address. Measured on 2026-11-22: the engine's 1,152 bytes were copied 8 times an
/// event.
public struct Pinned: ~Copyable {
    private let marker = Atomic<UInt8>(0)

    /// Makes the marker, which holds nothing.
    public init() {}
}
