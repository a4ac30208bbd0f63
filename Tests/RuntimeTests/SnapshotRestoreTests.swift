import Engine
import Foundation
import Model
import Primitives
import Runtime
import SnapshotStore
import Testing

/// Engines that are made of snapshots on the host's disk.
final class SnapshotRestoreTests {
    private let directory: SnapshotDirectory
    private let rules = Rules()

    init() throws {
        directory = SnapshotDirectory(
            FileManager.default.temporaryDirectory.appending(path: "tetik-restore-\(UUID())").path())
        try directory.prepare(shard: 2)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory.path) }

    /// Applies a cart event of each customer, an hour after the one before.
    private func apply(_ customers: Range<Int>, to engine: inout Engine) {
        var lines = ByteWriter()
        for number in customers {
            let time = 1_767_225_600_000 + Int64(number) * 3_600_000
            lines.append(
                text: "{\"type\":\"cart.add\",\"ts\":\(time),\"customer\":\"c-\(number)\",\"sku\":\"A\"}\n")
        }
        let count = lines.count
        lines.append(byteCount: JSONScanner.paddingByteCount) {
            $0.initializeMemory(as: UInt8.self, repeating: 0)
        }
        guard let base = lines.bytes.baseAddress else { return }
        var batch = EventBatch(source: base)
        let decoder = EventDecoder(rules: rules)
        for line in lines.bytes[..<count].split(separator: 0x0A) {
            decoder.decodeLine(UnsafeRawBufferPointer(rebasing: line), number: 0, into: &batch)
        }
        var records = RecordBuffer()
        for event in batch.events {
            engine.apply(event, of: batch, watermark: event.timestamp, into: &records)
        }
    }

    private func write(
        _ engine: inout Engine, _ sequence: UInt64, continuing previous: SnapshotFile?
    ) throws -> SnapshotFile {
        var state = ByteWriter()
        engine.beginCapture(isFull: previous == nil).append(to: &state)
        var metadata = SnapshotMetadata()
        metadata.add(SnapshotMetadata.stateHeader, Array(state.bytes))
        metadata.add(SnapshotMetadata.cluster, text: "here")
        let writer = try SnapshotWriter(
            SnapshotHeader(
                shard: 2, sequence: sequence, chainHash: 0, writtenAtMilliseconds: 0, metadata: metadata,
                continuing: previous), in: directory)
        var isFinished = false
        while !isFinished {
            var chunk = ByteWriter()
            isFinished = engine.capture(upTo: 1_000, into: &chunk)
            try writer.append(chunk.bytes)
        }
        let pending = try writer.finish()
        #expect(try pending.publish(keeping: 1) == [])
        return pending.file
    }

    /// A full snapshot of 300 customers and an increment in which 20 have changed and 10 are new.
    private func writeChain() throws -> (chain: SnapshotChain, digest: UInt64) {
        var engine = Engine(rules: rules)
        engine.enableTracking()
        apply(0..<300, to: &engine)
        let full = try write(&engine, 1, continuing: nil)
        apply(280..<310, to: &engine)
        _ = try write(&engine, 2, continuing: full)
        var candidates = SnapshotCandidates(shard: 2, in: [directory])
        let chain = candidates.next()
        return (try #require(chain), engine.stateDigest())
    }

    @Test func `the engine of a chain is the one that was captured`() throws {
        let (chain, digest) = try writeChain()
        let state = try SnapshotRestore.read(chain) { _ in nil }
        #expect(state.header.sequence == 2)
        let engine = try state.makeEngine(rules: rules)
        #expect(engine.stateDigest() == digest)
        #expect(engine.customerCount == 310)
    }

    @Test func `a snapshot that is not wanted is refused by name before its content is read`() throws {
        let (chain, _) = try writeChain()
        let fault = SnapshotFault(chain.path(chain.files[0]), .foreign("it is of cluster here"))
        #expect(throws: fault) {
            _ = try SnapshotRestore.read(chain) { "it is of cluster \($0.metadata.text("cluster") ?? "")" }
        }
    }

    @Test func `state that makes no sense is a fault of its file`() throws {
        var metadata = SnapshotMetadata()
        metadata.add(SnapshotMetadata.stateHeader, [1, 2])
        for content in [metadata, SnapshotMetadata()] {
            let header = SnapshotHeader(
                shard: 2, sequence: 9, chainHash: 0, writtenAtMilliseconds: 0, metadata: content)
            _ = try SnapshotWriter(header, in: directory).finish().publish(keeping: 1)
            var candidates = SnapshotCandidates(shard: 2, in: [directory])
            let next = candidates.next()
            let chain = try #require(next)
            do {
                _ = try SnapshotRestore.read(chain) { _ in nil }
                Issue.record("it was taken")
            } catch {
                #expect(error.path == chain.path(chain.newest))
            }
        }
    }

    @Test func `one customer is found without an engine`() throws {
        let (chain, _) = try writeChain()
        for number in [0, 299, 305] {
            let found = try SnapshotLookup.customer(Array("c-\(number)".utf8), in: chain)
            #expect(found != nil, "c-\(number)")
            #expect(found?.packed.dropFirst(8).starts(with: Array("c-\(number)".utf8)) == true)
        }
        #expect(try SnapshotLookup.customer(Array("c-310".utf8), in: chain) == nil)
    }
}
