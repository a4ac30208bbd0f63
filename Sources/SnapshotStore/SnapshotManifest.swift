import Primitives

/// The list of a shard's published snapshots: a text file, so that people can read it, replaced in one step.
///
/// `tetik-snapshots 1`, `shard P`, a line `KIND seq=… chain=… bytes=… identity=…` for each file, oldest first,
/// and `checksum …`, XXH3-64 of all bytes before that line. Numbers are decimal, hashes 16 hexadecimal digits.
enum SnapshotManifest {
    static let name = "MANIFEST"
    /// BOUND: 1,000 full snapshots with 32 increments each have less.
    static let byteCountMax = 8 << 20
    private static let firstLine = "tetik-snapshots 1"

    static func text(_ files: [SnapshotFile], shard: UInt32) -> String {
        var text = "\(firstLine)\nshard \(shard)\n"
        for file in files {
            text += "\(file.kind.name) seq=\(file.sequence) chain=\(hexadecimal(file.chainHash))"
            text += " bytes=\(file.byteCount) identity=\(hexadecimal(file.identity))\n"
        }
        return text + "checksum \(hexadecimal(checksum(text)))\n"
    }

    /// Nil if the text is no list of that shard's, or damaged.
    static func files(_ bytes: [UInt8], shard: UInt32) -> [SnapshotFile]? {
        guard let text = String(validating: bytes, as: UTF8.self), text.hasSuffix("\n") else { return nil }
        let lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 3, lines[0] == firstLine, lines[1] == "shard \(shard)" else { return nil }
        let body = lines.dropLast().map { $0 + "\n" }.joined()
        guard lines[lines.count - 1] == "checksum \(hexadecimal(checksum(body)))" else { return nil }
        var files: [SnapshotFile] = []
        for line in lines[2..<(lines.count - 1)] {
            guard let file = file(line) else { return nil }
            files.append(file)
        }
        return files
    }

    private static func file(_ line: Substring) -> SnapshotFile? {
        let words = line.split(separator: " ")
        func value(_ index: Int, _ name: String) -> Substring? {
            words[index].hasPrefix(name + "=") ? words[index].dropFirst(name.count + 1) : nil
        }
        guard words.count == 5, let kind = SnapshotKind.allCases.first(where: { $0.name == words[0] }),
            let sequence = value(1, "seq").flatMap({ UInt64($0) }),
            let chainHash = value(2, "chain").flatMap({ UInt64($0, radix: 16) }),
            let byteCount = value(3, "bytes").flatMap({ Int($0) }),
            let identity = value(4, "identity").flatMap({ UInt64($0, radix: 16) })
        else { return nil }
        return SnapshotFile(
            kind: kind, sequence: sequence, chainHash: chainHash, byteCount: byteCount, identity: identity)
    }

    private static func checksum(_ text: String) -> UInt64 {
        var copy = text
        return copy.withUTF8 { XXH3.hash(UnsafeRawBufferPointer($0)) }
    }

    static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
