@testable import SnapshotStore
import Testing

/// The list of a shard's snapshots, as text.
struct SnapshotManifestTests {
    private let files = [
        SnapshotFile(kind: .full, sequence: 123, chainHash: 0x1234, byteCount: 4_096, identity: .max),
        SnapshotFile(kind: .increment, sequence: 140, chainHash: 1, byteCount: 200, identity: 7),
    ]

    @Test func `the form of the list never changes within a version`() {
        let expected = """
            tetik-snapshots 1
            shard 3
            full seq=123 chain=0000000000001234 bytes=4096 identity=ffffffffffffffff
            increment seq=140 chain=0000000000000001 bytes=200 identity=0000000000000007

            """
        let text = SnapshotManifest.text(files, shard: 3)
        #expect(text.hasPrefix(expected))
        #expect(text.count == expected.count + "checksum 0123456789abcdef\n".count)
    }

    @Test func `a list is read as it was written`() {
        #expect(SnapshotManifest.files(Array(SnapshotManifest.text(files, shard: 3).utf8), shard: 3) == files)
        #expect(SnapshotManifest.files(Array(SnapshotManifest.text([], shard: 0).utf8), shard: 0) == [])
        #expect(SnapshotManifest.files(Array(SnapshotManifest.text(files, shard: 3).utf8), shard: 2) == nil)
    }

    @Test func `no damage goes unnoticed`() {
        let bytes = Array(SnapshotManifest.text(files, shard: 3).utf8)
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << UInt8(bit)
                // Digits of the checksum may be upper or lower case in a number, but not here.
                #expect(SnapshotManifest.files(damaged, shard: 3) == nil, "byte \(index), bit \(bit)")
            }
            #expect(SnapshotManifest.files(Array(bytes[..<index]), shard: 3) == nil, "cut at \(index)")
        }
    }

    @Test func `names of files sort by number`() {
        #expect(files[0].name == "00000000000000000123-full.snap")
        #expect(SnapshotFile.parse(name: files[1].name).map { $0 == (.increment, 140) } == true)
        for name in ["123-full.snap", "00000000000000000123-full.snap.tmp", "MANIFEST", "x-full.snap"] {
            #expect(SnapshotFile.parse(name: name) == nil)
        }
    }
}
