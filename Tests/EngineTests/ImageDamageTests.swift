@testable import Engine
import Model
import Primitives
import Testing

/// Bytes that are no image: an error, never a crash, and never an engine that is not whole.
struct ImageDamageTests {
    private let header: EngineImageHeader
    private let bytes: [UInt8]
    private let rules: Rules

    init() {
        let events = RandomEvents(seed: 1, count: 1_500, customerCount: 50, erasureShare: 4)
        var engine = Engine(rules: events.rules)
        var records = RecordBuffer()
        events.apply(0..<1_500, to: &engine, into: &records)
        header = engine.imageHeader
        bytes = Array(imageBytes(of: engine).dropFirst(EngineImageHeader.byteCount))
        rules = events.rules
    }

    /// The error that restoring ends with; nil if there is none.
    private func fault(_ header: EngineImageHeader, _ chunks: [[UInt8]]) -> EngineImageError? {
        do throws(EngineImageError) {
            var restoration = try EngineRestoration(header, byteCountMax: bytes.count)
            for chunk in chunks {
                var copy = ByteWriter(capacity: max(chunk.count, 64))
                chunk.withUnsafeBytes { copy.append($0) }
                try restoration.add(copy.bytes)
            }
            _ = try restoration.finish(rules: rules)
            return nil
        } catch {
            return error
        }
    }

    @Test func `an image that nothing happened to is taken`() {
        #expect(header.firstFreeSlotPlusOne != 0)
        #expect(fault(header, [bytes]) == nil)
    }

    @Test func `entries that are cut off, repeated or missing are refused`() {
        for count in stride(from: 0, to: bytes.count, by: 37) {
            #expect(fault(header, [Array(bytes[..<count])]) != nil, "\(count) bytes")
        }
        guard case .slotRepeated = fault(header, [bytes, bytes]) else {
            Issue.record("a slot came twice")
            return
        }
    }

    @Test func `random damage never crashes`() {
        var random = RandomStream(seed: 3)
        var refusedCount = 0
        for _ in 0..<400 {
            var damaged = bytes
            for _ in 0...random.index(below: 4) {
                let index = random.index(below: damaged.count)
                damaged[index] =
                    random.chance(0.5) ? UInt8(truncatingIfNeeded: random.next()) : damaged[index] ^ 0x80
            }
            if fault(header, [damaged]) != nil { refusedCount += 1 }
        }
        // What is refused is what does not hold together; times and amounts are believed.
        #expect(refusedCount > 100)
    }

    @Test func `a due time is taken up to the last that 48 bits hold, and refused beyond`() throws {
        let first = try offsetOfFirstDue()
        let offset = try #require(first)
        for (due, isTaken) in [
            (TimerQueue.dueEnd - 1, true), (TimerQueue.dueEnd, false), (1 << 62, false), (.max, false),
        ] {
            var changed = bytes
            changed.withUnsafeMutableBytes {
                $0.storeBytes(of: due.littleEndian, toByteOffset: offset, as: Int64.self)
            }
            let fault = fault(header, [changed])
            if isTaken {
                #expect(fault == nil, "\(due)")
            } else if case .dueOutOfRange? = fault {
                continue
            } else {
                Issue.record("a timer due at \(due): \(String(describing: fault))")
            }
        }
    }

    /// Where the due time of the first slot with a timer stands in `bytes`.
    private func offsetOfFirstDue() throws -> Int? {
        try bytes.withUnsafeBytes { bytes in
            var reader = EngineImageEntryReader(bytes)
            var offset = 0
            while let entry = try reader.next() {
                if entry.due > 0 { return offset + MemoryLayout<UInt32>.size }
                offset = reader.offset
            }
            return nil
        }
    }

    @Test func `a header that does not fit its entries is refused`() {
        func changed(_ change: (inout EngineImageHeader) -> Void) -> EngineImageError? {
            var other = header
            change(&other)
            return fault(other, [bytes])
        }
        #expect(changed { $0.slotCount += 1 } == .slotsMissing)
        #expect(changed { $0.slotCount = 1 << 30 } == .slotsMissing)
        #expect(changed { $0.customerCount -= 1 } == .freeListBroken)
        #expect(changed { $0.firstFreeSlotPlusOne = 1 } == .freeListBroken)
        #expect(changed { $0.firstFreeSlotPlusOne = 0 } == .freeListBroken)
        guard case .dueOutOfRange = changed({ $0.watermark = $0.watermark + 400 * 86_400_000 }) else {
            Issue.record("a timer was due before the watermark")
            return
        }
        guard case .slotOutOfRange = changed({ $0.slotCount -= 1 }) else {
            Issue.record("a slot was beyond the last")
            return
        }
    }

    @Test func `the stored header never changes within a version`() throws {
        var header = EngineImageHeader()
        header.watermark = EventTime(milliseconds: 0x0102_0304_0506)
        (header.customerCount, header.slotCount, header.firstFreeSlotPlusOne) = (2, 3, 1)
        var writer = ByteWriter()
        header.append(to: &writer)
        let stored = Array(writer.bytes)
        let expected: [UInt8] = [
            2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 6, 5, 4, 3, 2, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
            3, 0, 0, 0, 0, 0, 0, 0,
        ]
        #expect(stored == expected)
        #expect(try EngineImageHeader(stored) == header)
        #expect(try EngineImageHeader([1] + stored.dropFirst()) == header)
        for version in [UInt8(0), 3] {
            #expect(throws: EngineImageError.otherVersion(UInt32(version))) {
                try EngineImageHeader([version] + stored.dropFirst())
            }
        }
        for count in 0..<stored.count {
            #expect(throws: EngineImageError.headerMalformed) {
                try EngineImageHeader(Array(stored[..<count]))
            }
        }
        #expect(throws: EngineImageError.headerMalformed) {
            try EngineImageHeader(stored.prefix(4) + stored.dropFirst(4).map { _ in 1 })
        }
    }

    @Test func `the stored entries never change within a version`() throws {
        var writer = ByteWriter()
        EngineImageEntry.append(free: 5, nextFreeSlotPlusOne: 3, to: &writer)
        let packed: [UInt8] = [9, 0, 0, 0, 0, 0, 0, 0, 0x63]
        packed.withUnsafeBytes { EngineImageEntry.append(4, due: 0x0102, packed: $0, to: &writer) }
        let expected: [UInt8] =
            [5, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 3, 0, 0, 0]
            + [4, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0] + packed
        #expect(Array(writer.bytes) == expected)
        var reader = EngineImageEntryReader(writer.bytes)
        #expect(try reader.next()?.nextFreeSlotPlusOne == 3)
        #expect(try reader.next()?.packed.elementsEqual(packed) == true)
        #expect(try reader.next().map(\.slot) == nil)
    }

    @Test func `a customer is found in an image and its increments`() throws {
        var search = EngineImageSearch(key: Array("c-7".utf8))
        try add(bytes, to: &search)
        let found = try #require(search.found)
        #expect(found.packed.dropFirst(8).starts(with: Array("c-7".utf8)))
        var nobody = EngineImageSearch(key: Array("c-".utf8))
        try add(bytes, to: &nobody)
        #expect(nobody.found == nil)
        var writer = ByteWriter()
        EngineImageEntry.append(free: found.slot, nextFreeSlotPlusOne: 0, to: &writer)
        try search.add(writer.bytes)
        #expect(search.found == nil)
    }

    private func add(_ bytes: [UInt8], to search: inout EngineImageSearch) throws {
        var copy = ByteWriter(capacity: bytes.count)
        bytes.withUnsafeBytes { copy.append($0) }
        try search.add(copy.bytes)
    }
}
