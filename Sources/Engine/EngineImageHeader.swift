public import Primitives

extension Engine {
    /// What the engine does with a sequence: raised whenever the same sequence and rules would give other records or
    /// another state. A journal is only ever recovered by the version that wrote it.
    public static var semanticsVersion: UInt32 { 1 }

    /// How an image is laid out: raised whenever entries or packed customers are laid out in another way.
    public static var imageVersion: UInt32 { 2 }

    /// Layouts that are read, so that a new program goes on with what the one before left. A customer of layout 1
    /// leaves out nothing for being the same, which is a customer of layout 2, too; it is packed anew when it changes.
    public static var readableImageVersions: ClosedRange<UInt32> { 1...imageVersion }
}

/// What an image says before its entries: everything of an engine that is not a customer's.
public struct EngineImageHeader: Sendable, Equatable {
    /// Bytes of the stored form: two versions (4 each), first free slot (4), 0 (4), watermark (8), customers (8),
    /// slots (8), little-endian.
    public static let byteCount = 40

    /// `Engine.semanticsVersion` of the engine that was captured.
    public var semanticsVersion = Engine.semanticsVersion
    /// The watermark; `distantPast` before the first event.
    public var watermark = EventTime.distantPast
    /// Customers who are known.
    public var customerCount = 0
    /// Slots that have ever been handed out.
    public var slotCount = 0
    /// The slot that is given out next, plus one; 0 if none is free.
    public var firstFreeSlotPlusOne: UInt32 = 0

    /// The header of an engine that knows nobody.
    public init() {}

    /// Reads the stored form.
    public init(_ bytes: UnsafeRawBufferPointer) throws(EngineImageError) {
        guard bytes.count >= 4 else { throw .headerMalformed }
        let version = bytes.loadUnaligned(as: UInt32.self)
        guard Engine.readableImageVersions.contains(version) else { throw .otherVersion(version) }
        guard bytes.count == Self.byteCount else { throw .headerMalformed }
        semanticsVersion = bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
        firstFreeSlotPlusOne = bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
        watermark = EventTime(milliseconds: bytes.loadUnaligned(fromByteOffset: 16, as: Int64.self))
        let customerCount = bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
        let slotCount = bytes.loadUnaligned(fromByteOffset: 32, as: UInt64.self)
        guard slotCount <= UInt64(CustomerTable.slotCountMax), customerCount <= slotCount,
            firstFreeSlotPlusOne <= slotCount, (firstFreeSlotPlusOne == 0) == (customerCount == slotCount)
        else { throw .headerMalformed }
        self.customerCount = Int(customerCount)
        self.slotCount = Int(slotCount)
    }

    /// Reads the stored form.
    public init(_ bytes: [UInt8]) throws(EngineImageError) {
        var copy = ByteWriter(capacity: bytes.count)
        bytes.withUnsafeBytes { copy.append($0) }
        try self.init(copy.bytes)
    }

    /// Appends the stored form.
    public func append(to writer: inout ByteWriter) {
        writer.append(byteCount: Self.byteCount) { buffer in
            buffer.storeBytes(of: Engine.imageVersion, as: UInt32.self)
            buffer.storeBytes(of: semanticsVersion, toByteOffset: 4, as: UInt32.self)
            buffer.storeBytes(of: firstFreeSlotPlusOne, toByteOffset: 8, as: UInt32.self)
            buffer.storeBytes(of: 0, toByteOffset: 12, as: UInt32.self)
            buffer.storeBytes(of: watermark.milliseconds, toByteOffset: 16, as: Int64.self)
            buffer.storeBytes(of: UInt64(customerCount), toByteOffset: 24, as: UInt64.self)
            buffer.storeBytes(of: UInt64(slotCount), toByteOffset: 32, as: UInt64.self)
        }
    }
}

/// Why bytes are not the image of an engine.
public enum EngineImageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The header's bytes make no sense.
    case headerMalformed
    /// The image is laid out in a way that this program does not know.
    case otherVersion(UInt32)
    /// An entry ends in the middle, or its fields make no sense.
    case entryMalformed(offset: Int)
    /// A slot beyond those that the header counts.
    case slotOutOfRange(UInt32)
    /// A slot that comes twice in one full image or increment.
    case slotRepeated(UInt32)
    /// The header counts more slots than there can be entries in the file, or than there were.
    case slotsMissing
    /// Two slots with the same customer.
    case customerRepeated(UInt32)
    /// A timer that is due before the watermark, or in a distant future.
    case dueOutOfRange(UInt32)
    /// The list of free slots does not lead through all of them, once each.
    case freeListBroken
    /// Other counts of customers than the header's.
    case countsDiffer

    /// What is wrong, in words.
    public var description: String {
        switch self {
        case .headerMalformed: "the header of the state makes no sense"
        case .otherVersion(let version):
            "the state has layout \(version); this program reads layouts \(Engine.readableImageVersions.lowerBound) to "
                + "\(Engine.readableImageVersions.upperBound)"
        case .entryMalformed(let offset): "the entry at byte \(offset) of a chunk makes no sense"
        case .slotOutOfRange(let slot): "slot \(slot) is beyond the number of slots"
        case .slotRepeated(let slot): "slot \(slot) comes twice"
        case .slotsMissing: "entries are missing"
        case .customerRepeated(let slot): "the customer of slot \(slot) is there twice"
        case .dueOutOfRange(let slot): "the timer of slot \(slot) is due at an impossible time"
        case .freeListBroken: "the list of free slots is broken"
        case .countsDiffer: "there are more or fewer customers than the header says"
        }
    }
}
