import Foundation
import Runtime
import Testing

/// The same lines give the same bytes, however they are stored, cut up and shared among threads.
struct LogFormTests {
    /// Cuts after the first line feed behind each third.
    private func inThree(_ log: [UInt8]) -> [ArraySlice<UInt8>] {
        let cuts = [1, 2].map { third in
            (log[(log.count * third / 3)...].firstIndex(of: 0x0A) ?? log.count - 1) + 1
        }
        return [log[..<cuts[0]], log[cuts[0]..<cuts[1]], log[cuts[1]...]]
    }

    @Test(arguments: [1, 2])
    func `plain, compressed, in one file or three, and from a pipe the records are the same`(
        threadCount: Int
    ) throws {
        let folder = try TemporaryFolder()
        let log = shopLog(eventCount: 4_000)
        let until: Int64 = 1_775_000_000_000
        func output(_ logs: [String]) throws -> ReplayOutput {
            try replay(logs, rules: livelyRules(), threadCount: threadCount, until: until, in: folder)
        }
        let plain = try output([try folder.write(log, as: "log.jsonl")])
        #expect(plain.summary.triggerCounts.allSatisfy { $0 > 0 })
        #expect(plain.summary.rejectedCount > 0)
        #expect(try output([try folder.writeGzip(log, as: "log.jsonl.gz")]) == plain)
        #expect(try output([try folder.writeZstandard(log, as: "log.jsonl.zst")]) == plain)
        let pieces = inThree(log)
        #expect(try output(try pieces.enumerated().map { try folder.write($1, as: "\($0)") }) == plain)
        let mixed = [
            try folder.writeGzip(Array(pieces[0]), as: "0.gz"), try folder.write(pieces[1], as: "1"),
            try folder.writeZstandard(Array(pieces[2]), as: "2.zst"),
        ]
        #expect(try output(mixed) == plain)
        let unended = try pieces.enumerated().map { try folder.write($1.dropLast(), as: "\($0)") }
        #expect(try output(unended) == plain)
        // Several members of gzip and frames of zstd one behind the other are one log.
        let members = try pieces.map {
            try Data(contentsOf: URL(filePath: folder.writeGzip(Array($0), as: "m")))
        }
        #expect(try output([try folder.write(members.reduce(Data(), +), as: "members.gz")]) == plain)
        let frames = try pieces.map {
            try Data(contentsOf: URL(filePath: folder.writeZstandard(Array($0), as: "f")))
        }
        #expect(try output([try folder.write(frames.reduce(Data(), +), as: "frames.zst")]) == plain)
        let piped = try throughPipe(log) { try output([$0]) }
        #expect(piped == plain)
    }

    /// Calls `body` with the name of a pipe that `bytes` come out of in odd pieces.
    private func throughPipe<R>(_ bytes: [UInt8], _ body: (String) throws -> R) throws -> R {
        let pipe = Pipe()
        let writer = SystemThread(name: "pipe") {
            var start = 0
            while start < bytes.count {
                let end = min(start + 1 + start % 9_973, bytes.count)
                try? pipe.fileHandleForWriting.write(contentsOf: bytes[start..<end])
                start = end
            }
            try? pipe.fileHandleForWriting.close()
        }
        defer { writer.join() }
        return try body("/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)")
    }

    @Test func `a named pipe is read once, from its first byte on`() throws {
        let folder = try TemporaryFolder()
        let log = shopLog(eventCount: 500)
        let plain = try replay([try folder.write(log, as: "log")], in: folder)
        let path = folder.path("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        let writer = SystemThread(name: "pipe") {
            guard let handle = FileHandle(forWritingAtPath: path) else { return }
            try? handle.write(contentsOf: log)
            try? handle.close()
        }
        defer { writer.join() }
        #expect(try replay([path], in: folder) == plain)
    }

    @Test func `a shop's log is the same on one, two and four threads`() throws {
        let folder = try TemporaryFolder()
        for partitionCount in [nil, 5] as [Int32?] {
            let log = shopLog(eventCount: 12_000, seed: 7, partitionCount: partitionCount)
            let file = try folder.write(log, as: "log")
            let until: Int64 = 1_780_000_000_000
            let first = try replay([file], rules: livelyRules(), until: until, in: folder)
            #expect(first.summary.triggerCounts.allSatisfy { $0 > 0 })
            for threadCount in [2, 4] {
                let other = try replay(
                    [file], rules: livelyRules(), threadCount: threadCount, until: until, in: folder)
                #expect(other == first, "\(threadCount) threads, partitions: \(partitionCount ?? 0)")
            }
        }
    }
}
