import Engine
import Model
import Primitives
import SimulatedDisk
import SnapshotStore

/// Snapshots: files, what is in them, and the lists of them.
enum SnapshotFuzzing {
    private static let shard: UInt32 = 0
    private static let directoryPath = "state"
    private static let fileName = "00000000000000000007-full.snap"
    /// Of `SnapshotFormat`, whose checksums are made again here, so that the fuzzer gets behind them.
    private static let headByteCount = 64
    private static let chunkHeadByteCount = 16

    /// A file is refused with a fault, or read wholly; and what has been read becomes an engine or a fault.
    static func checkFile(_ bytes: [UInt8]) throws(FuzzFailure) {
        for content in [bytes, repaired(bytes)] {
            let disk = disk(with: [fileName: content])
            let directory = SnapshotDirectory(directoryPath, fileSystem: disk)
            // Without a list the file itself is looked at.
            var candidates = SnapshotCandidates(shard: shard, in: [directory])
            // BOUND: one file makes one chain.
            while let chain = candidates.next() {
                do throws(SnapshotFault) { try read(chain) } catch { candidates.reject(error) }
            }
        }
    }

    private static func read(_ chain: SnapshotChain) throws(SnapshotFault) {
        let reader = SnapshotReader(chain)
        var restored: EngineRestoration?
        while let header = try reader.nextFile() {
            restored = header.metadata[SnapshotMetadata.stateHeader].flatMap { bytes in
                restoration(bytes, byteCountMax: reader.fileByteCount)
            }
            // BOUND: the file.
            while let chunk = try reader.nextChunk() {
                do throws(EngineImageError) { try restored?.add(chunk) } catch { restored = nil }
            }
        }
        guard let whole = restored.take() else { return }
        do throws(EngineImageError) { _ = try whole.finish(rules: Rules()) } catch {}
    }

    private static func restoration(_ header: [UInt8], byteCountMax: Int) -> EngineRestoration? {
        do throws(EngineImageError) {
            return try EngineRestoration(try EngineImageHeader(header), byteCountMax: byteCountMax)
        } catch {
            return nil
        }
    }

    /// A state is refused, or becomes an engine whose own image is the same state.
    static func checkImage(_ bytes: [UInt8]) throws(FuzzFailure) {
        guard let engine = engine(bytes) else { return }
        var image = ByteWriter()
        engine.image(into: &image)
        guard let copy = self.engine(Array(image.bytes)) else {
            throw FuzzFailure("an engine whose own image is refused")
        }
        guard copy.stateDigest() == engine.stateDigest() else {
            throw FuzzFailure("an engine that comes back from its image as another one")
        }
    }

    private static func engine(_ bytes: [UInt8]) -> Engine? {
        guard bytes.count >= EngineImageHeader.byteCount else { return nil }
        var entries = ByteWriter(capacity: max(bytes.count, 64))
        bytes[EngineImageHeader.byteCount...].withUnsafeBytes { entries.append($0) }
        do throws(EngineImageError) {
            let header = try EngineImageHeader(Array(bytes[..<EngineImageHeader.byteCount]))
            var restoration = try EngineRestoration(header, byteCountMax: entries.count)
            try restoration.add(entries.bytes)
            return try restoration.finish(rules: Rules())
        } catch {
            return nil
        }
    }

    /// A list is taken or the files are looked at instead; either way each file that is listed has a place.
    static func checkManifest(_ bytes: [UInt8]) throws(FuzzFailure) {
        let hash = bytes.withUnsafeBytes { XXH3.hash($0) }
        let digits = String(hash, radix: 16)
        let line = "checksum \(String(repeating: "0", count: 16 - digits.utf8.count))\(digits)\n"
        for content in [bytes, bytes + Array(line.utf8)] {
            let directory = SnapshotDirectory(directoryPath, fileSystem: disk(with: ["MANIFEST": content]))
            guard let list = try? directory.list(shard: shard) else {
                throw FuzzFailure("a list that is there cannot be looked at")
            }
            var candidates = SnapshotCandidates(shard: shard, in: [directory])
            // BOUND: the lines of the list.
            while let chain = candidates.next() {
                guard chain.files.allSatisfy({ list.files.contains($0) }), chain.files[0].kind == .full else {
                    throw FuzzFailure("a chain of files that are not listed")
                }
                do throws(SnapshotFault) { try SnapshotReader(chain).verify() } catch {
                    candidates.reject(error)
                }
            }
        }
    }

    private static func disk(with files: [String: [UInt8]]) -> MemoryFileSystem {
        let disk = MemoryFileSystem()
        let folder = "\(directoryPath)/shard-\(shard)"
        do throws(FileError) {
            try disk.makeDirectory(directoryPath)
            try disk.makeDirectory(folder)
            for (name, bytes) in files {
                let file = try disk.create("\(folder)/\(name)")
                var content = ByteWriter(capacity: max(bytes.count, 64))
                bytes.withUnsafeBytes { content.append($0) }
                try file.append(content.bytes)
            }
        } catch {
            preconditionFailure("a disk in memory fails: \(error)")
        }
        return disk
    }

    /// The file with right checksums, of the header and of as many chunks as there are.
    private static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= headByteCount + 8 else { return bytes }
        var bytes = bytes
        let headerEnd = Int(number(bytes, at: 12, byteCount: 4))
        guard headerEnd >= headByteCount + 8, headerEnd <= bytes.count else { return bytes }
        let header = bytes[..<(headerEnd - 8)].withUnsafeBytes { XXH3.hash($0) }
        put(header, into: &bytes, at: headerEnd - 8)
        var (start, index, identity, payload) = (headerEnd, UInt64(0), header, UInt64(0))
        while start + chunkHeadByteCount <= bytes.count {
            let byteCount = Int(number(bytes, at: start, byteCount: 4))
            let kind = number(bytes, at: start + 4, byteCount: 4)
            let content = start + chunkHeadByteCount
            guard content + byteCount <= bytes.count else { break }
            if kind == 2, byteCount == 24 {
                for (place, value) in [index, payload, identity].enumerated() {
                    put(value, into: &bytes, at: content + place * 8)
                }
            }
            let place = index &* 0x9e37_79b9_7f4a_7c15
            let seed = header &+ place ^ (kind << 32 | UInt64(byteCount))
            let hash = bytes[content..<content + byteCount].withUnsafeBytes { XXH3.hash($0, seed: seed) }
            put(hash, into: &bytes, at: start + 8)
            identity = withUnsafeBytes(of: hash.littleEndian) { XXH3.hash($0, seed: identity) }
            index += 1
            payload += UInt64(byteCount)
            start = content + byteCount
        }
        return bytes
    }

    private static func number(_ bytes: [UInt8], at start: Int, byteCount: Int) -> UInt64 {
        bytes[start..<start + byteCount].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func put(_ number: UInt64, into bytes: inout [UInt8], at start: Int) {
        withUnsafeBytes(of: number.littleEndian) { bytes.replaceSubrange(start..<start + 8, with: $0) }
    }
}

extension SnapshotFuzzing {
    /// States of small shops: nobody, a few customers, one of them erased.
    static let imageSeeds: [[UInt8]] = [0, 1, 6].map { count in
        var image = ByteWriter()
        engine(afterLines: count).image(into: &image)
        return Array(image.bytes)
    }

    private static func engine(afterLines count: Int) -> Engine {
        var engine = Engine(rules: Rules())
        var records = RecordBuffer()
        let lines = [
            #"{"type":"cart.add","customer":"a","ts":1764547200000,"sku":"s","price":2.5,"id":"e1"}"#,
            #"{"type":"order.placed","customer":"b","ts":1764547300000,"order":"o1","value":9}"#,
            #"{"type":"click.ad","customer":"a","ts":1764547400000,"channel":"c"}"#,
            #"{"type":"consent.withdrawn","customer":"c","ts":1764547500000,"purpose":"ads"}"#,
            #"{"type":"customer.erased","customer":"b","ts":1764547600000}"#,
            #"{"type":"cart.set","customer":"d","ts":1764547700000,"items":[{"sku":"A"},{"sku":"B","qty":3}]}"#,
        ]
        for line in lines.prefix(count) {
            var text = ByteWriter(capacity: 1_024)
            text.append(text: line)
            // What lies behind the text is looked at and not used.
            text.append(text: String(repeating: " ", count: JSONScanner.paddingByteCount))
            let source = text.bytes
            guard let start = source.baseAddress else { continue }
            var batch = EventBatch(source: start)
            EventDecoder(rules: Rules()).decodeLine(
                UnsafeRawBufferPointer(rebasing: source[..<line.utf8.count]), number: 0, into: &batch)
            for event in batch.events {
                engine.apply(event, of: batch, watermark: event.timestamp, into: &records)
            }
        }
        return engine
    }

    /// Files of those states.
    static let fileSeeds: [[UInt8]] = imageSeeds.map { image in
        let disk = disk(with: [:])
        var metadata = SnapshotMetadata()
        metadata.add(SnapshotMetadata.cluster, text: "c")
        metadata.add(SnapshotMetadata.stateHeader, Array(image[..<EngineImageHeader.byteCount]))
        let header = SnapshotHeader(
            shard: shard, sequence: 7, chainHash: 9, writtenAtMilliseconds: 1_000, metadata: metadata)
        let directory = SnapshotDirectory(directoryPath, fileSystem: disk)
        do {
            let writer = try SnapshotWriter(header, in: directory)
            try image[EngineImageHeader.byteCount...].withUnsafeBytes { try writer.append($0) }
            _ = try writer.finish().publish(keeping: 1)
        } catch {
            preconditionFailure("a disk in memory fails: \(error)")
        }
        return disk.nodes["\(directory.path(shard: shard))/\(header.fileName)"]?.bytes ?? []
    }

    static let manifestSeeds = [
        "tetik-snapshots 1\nshard 0\n",
        "tetik-snapshots 1\nshard 0\nfull seq=7 chain=0000000000000009 bytes=200 identity=00000000000000ff\n"
            + "increment seq=8 chain=000000000000000a bytes=90 identity=0000000000000001\n",
        "tetik-snapshots 2\nshard 0\n", "",
    ]
}
