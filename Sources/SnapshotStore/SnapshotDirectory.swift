import Primitives

/// The snapshots below one directory: `shard-P/SEQ-full.snap`, `shard-P/SEQ-increment.snap` and a `MANIFEST` each.
///
/// A file is there for restoring only if the manifest lists it, and the manifest is replaced last. Everything here
/// may take as long as the disk does. Isolation: any thread; one at a time for a shard's changes.
public struct SnapshotDirectory: Sendable {
    /// The directory.
    public let path: String
    /// What is below it.
    public let fileSystem: any FileSystem

    /// Names a directory; nothing is touched.
    public init(_ path: String, fileSystem: any FileSystem = DiskFileSystem()) {
        self.path = path
        self.fileSystem = fileSystem
    }

    private static let shardPrefix = "shard-"

    /// The directory of a shard.
    public func path(shard: UInt32) -> String { "\(path)/\(Self.shardPrefix)\(shard)" }

    func temporaryPath(_ header: SnapshotHeader) -> String {
        "\(path(shard: header.shard))/\(header.fileName)\(SnapshotFile.temporarySuffix)"
    }

    /// The shards that have a directory, rising; none if the directory is not there.
    public func shards() throws(FileError) -> [UInt32] {
        try names(in: path).compactMap { name in
            guard name.hasPrefix(Self.shardPrefix) else { return nil }
            let number = UInt32(name.dropFirst(Self.shardPrefix.count))
            return number.flatMap { "\(Self.shardPrefix)\($0)" == name ? $0 : nil }
        }.sorted()
    }

    private func names(in directory: String) throws(FileError) -> [String] {
        do throws(FileError) {
            return try fileSystem.names(in: directory)
        } catch {
            if error.isMissing { return [] }
            throw error
        }
    }

    /// Makes a shard's directory, and removes what an earlier process left: temporary files, and snapshots that are
    /// not listed although there is a good list. To be called before the shard's first `SnapshotWriter`.
    public func prepare(shard: UInt32) throws(FileError) {
        let folder = path(shard: shard)
        try fileSystem.makeDirectory(path)
        try fileSystem.makeDirectory(folder)
        try fileSystem.synchronize(directory: path)
        let list = try self.list(shard: shard)
        let listed = Set(list.files.map(\.name))
        for name in try names(in: folder) {
            let isUnlisted = SnapshotFile.parse(name: name) != nil && !listed.contains(name)
            if name.hasSuffix(SnapshotFile.temporarySuffix) || (isUnlisted && list.faults.isEmpty) {
                try fileSystem.remove("\(folder)/\(name)")
            }
        }
    }

    /// A shard's published snapshots, oldest first.
    ///
    /// If the manifest is not there or damaged, the files are looked at instead, and the faults say so.
    public func list(shard: UInt32) throws(FileError) -> SnapshotList {
        let folder = path(shard: shard)
        let manifest = "\(folder)/\(SnapshotManifest.name)"
        let names = try names(in: folder)
        guard names.contains(SnapshotManifest.name) else {
            let found = scan(names, shard: shard)
            let isEmpty = found.files.isEmpty && found.faults.isEmpty
            let fault = SnapshotFault(manifest, .manifestMissing)
            return SnapshotList(files: found.files, faults: isEmpty ? [] : [fault] + found.faults)
        }
        if let bytes = try read(manifest), let files = SnapshotManifest.files(bytes, shard: shard) {
            return SnapshotList(files: files, faults: [])
        }
        let found = scan(names, shard: shard)
        return SnapshotList(
            files: found.files, faults: [SnapshotFault(manifest, .manifestBroken)] + found.faults)
    }

    /// The content of a small file; nil if it is too large to be a list.
    private func read(_ path: String) throws(FileError) -> [UInt8]? {
        let file = try fileSystem.open(path)
        guard file.byteCount <= SnapshotManifest.byteCountMax else { return nil }
        var bytes = ByteWriter(capacity: file.byteCount)
        try bytes.append(upTo: file.byteCount) { buffer throws(FileError) in
            try file.read(at: 0, into: buffer)
        }
        return Array(bytes.bytes)
    }

    /// What the files themselves say, oldest first; a full snapshot comes after the increment of its number.
    private func scan(_ names: [String], shard: UInt32) -> SnapshotList {
        var list = SnapshotList(files: [], faults: [])
        for name in names where SnapshotFile.parse(name: name) != nil {
            do throws(SnapshotFault) {
                let reader = try SnapshotFileReader(
                    "\(path(shard: shard))/\(name)", shard: shard, fileSystem: fileSystem)
                list.files.append(try reader.listing())
            } catch {
                list.faults.append(error)
            }
        }
        list.files.sort { left, right in
            left.sequence != right.sequence
                ? left.sequence < right.sequence : left.kind == .increment && right.kind == .full
        }
        return list
    }

    /// Replaces the manifest.
    func write(list: [SnapshotFile], shard: UInt32) throws(FileError) {
        let folder = path(shard: shard)
        let manifest = "\(folder)/\(SnapshotManifest.name)"
        let temporary = manifest + SnapshotFile.temporarySuffix
        let file = try fileSystem.create(temporary)
        var bytes = ByteWriter()
        bytes.append(text: SnapshotManifest.text(list, shard: shard))
        try file.append(bytes.bytes)
        try file.synchronize()
        file.close()
        try fileSystem.rename(temporary, to: manifest)
        try fileSystem.synchronize(directory: folder)
    }

    /// Removes files; those that cannot be are named.
    func remove(_ files: [SnapshotFile], shard: UInt32) -> [SnapshotFault] {
        var faults: [SnapshotFault] = []
        for file in files {
            let path = "\(path(shard: shard))/\(file.name)"
            do throws(FileError) {
                try fileSystem.remove(path)
            } catch {
                if !error.isMissing { faults.append(SnapshotFault(path, .unreadable(error))) }
            }
        }
        return faults
    }
}

/// A shard's snapshots, and what was wrong with the list of them.
public struct SnapshotList: Equatable, Sendable {
    /// Published snapshots, oldest first.
    public var files: [SnapshotFile]
    /// What was found wrong on the way.
    public var faults: [SnapshotFault]
}
