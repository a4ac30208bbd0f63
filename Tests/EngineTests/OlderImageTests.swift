import Engine
import Foundation
import Model
import Primitives
import Testing

/// Images that earlier programs wrote, kept as files: an upgrade must go on with them.
struct OlderImageTests {
    /// Written by the last program of layout 1, after the first 700 of these events.
    @Test func `layout 1 is read, and goes on as if it had never been written`() throws {
        let events = RandomEvents(seed: 7, count: 1_200, customerCount: 40)
        let bytes = try image("layout-1.image")
        let header = try EngineImageHeader(Array(bytes.prefix(EngineImageHeader.byteCount)))
        var restoration = try EngineRestoration(header, byteCountMax: bytes.count)
        var entries = ByteWriter(capacity: bytes.count)
        bytes.dropFirst(EngineImageHeader.byteCount).withUnsafeBytes { entries.append($0) }
        try restoration.add(entries.bytes)
        var restored = try restoration.finish(rules: events.rules)

        var straight = Engine(rules: events.rules)
        var records = RecordBuffer()
        events.apply(0..<700, to: &straight, into: &records)
        #expect(restored.customerCount == straight.customerCount)
        #expect(restored.timerCount == straight.timerCount)
        // What it knew is laid out in another way, so the file is of layout 1 indeed.
        let isOfOlderLayout = imageBytes(of: restored).count > imageBytes(of: straight).count
        #expect(isOfOlderLayout)
        #expect(goOn(&restored, events) == goOn(&straight, events))
    }

    /// The records of the rest of the events, and of ten years in which nothing happens.
    private func goOn(_ engine: inout Engine, _ events: RandomEvents) -> String {
        var records = RecordBuffer()
        events.apply(700..<events.count, to: &engine, into: &records)
        engine.advance(to: engine.watermark + 10 * 366 * 86_400_000, into: &records)
        return text(of: records)
    }

    private func image(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        return Array(try Data(contentsOf: folder.appending(path: "images/\(name)")))
    }
}
