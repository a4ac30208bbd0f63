import Primitives
import SimulatedDisk
@testable import SnapshotStore
import Testing

/// The bytes of a snapshot file. They never change within a version.
struct SnapshotFormatTests {
    private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        String(
            decoding: bytes.flatMap { [ByteWriter.hexDigit($0 >> 4), ByteWriter.hexDigit($0 & 15)] },
            as: UTF8.self)
    }

    @Test func `every field has its place and width`() throws {
        let store = Snapshots()
        try store.directory.prepare(shard: 0x0102)
        var metadata = SnapshotMetadata()
        metadata.add("a", text: "bc")
        let previous = SnapshotFile(
            kind: .full, sequence: 0x21, chainHash: 0, byteCount: 1, identity: 0x2223_2425_2627_2829)
        let header = SnapshotHeader(
            shard: 0x0102, sequence: 0x0304, chainHash: 0x1112_1314_1516_1718,
            writtenAtMilliseconds: 0x0506, metadata: metadata, continuing: previous)
        let writer = try SnapshotWriter(header, in: store.directory)
        try Array("entries".utf8).withUnsafeBytes { try writer.append($0) }
        let file = try writer.finish().file
        var bytes: [UInt8] = []
        store.disk.damage("state/shard-258/\(file.name).tmp") { bytes = $0 }
        #expect(
            hexadecimal(bytes.prefix(79))
                == "544554494b534e50" + "01000000" + "57000000" + "02000000" + "02010000"  // 87 bytes
                + "0403000000000000" + "1817161514131211" + "2100000000000000" + "2928272625242322"
                + "0605000000000000" + "01000000" + "01000000" + "61" + "02000000" + "6263")
        let headerChecksum = bytes[..<79].withUnsafeBytes { XXH3.hash($0) }
        #expect(hexadecimal(bytes[79..<87]) == hexadecimal(littleEndian(headerChecksum)))
        #expect(hexadecimal(bytes[87..<95]) == "07000000" + "01000000")
        #expect(bytes[103..<110].elementsEqual("entries".utf8))
        #expect(hexadecimal(bytes[110..<118]) == "18000000" + "02000000")
        #expect(
            hexadecimal(bytes[126...])
                == "0100000000000000" + "0700000000000000" + hexadecimal(littleEndian(file.identity)))
        #expect(bytes.count == 150)
        #expect(hexadecimal(littleEndian(file.identity)) == "fbdefa699401f0b1")
    }

    private func littleEndian(_ number: UInt64) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    @Test func `metadata comes back as it was, whatever it holds`() {
        var metadata = SnapshotMetadata()
        metadata.add("", [])
        metadata.add("é", text: "ü\n")
        metadata.add("é", [0, 255])
        var writer = ByteWriter()
        metadata.append(to: &writer)
        #expect(SnapshotMetadata(writer.bytes) == metadata)
        #expect(metadata.text("é") == "ü\n")
        #expect(metadata["none"] == nil)
        let bytes = Array(writer.bytes)
        for count in 0..<bytes.count {
            #expect(bytes[..<count].withUnsafeBytes { SnapshotMetadata($0) } == nil)
        }
    }
}
