public import Engine
public import Model
public import SnapshotStore

/// Makes engines of snapshots.
public enum SnapshotRestore {
    /// Reads a chain wholly; every byte of it has been checked when this returns.
    ///
    /// - Parameter refusal: is asked for each file before its content is read: why it must not be used, such as another
    ///   cluster; nil if it may.
    public static func read(
        _ chain: SnapshotChain, refusal: (SnapshotHeader) -> String?
    ) throws(SnapshotFault) -> RestoredState {
        let reader = SnapshotReader(chain)
        var header = try nextFile(reader, refusal)
        var restoration = try begin(header, reader)
        try addChunks(reader, to: &restoration)
        for _ in chain.files.dropFirst() {
            header = try nextFile(reader, refusal)
            try beginIncrement(header, reader, of: &restoration)
            try addChunks(reader, to: &restoration)
        }
        return RestoredState(header: header, restoration: restoration, path: reader.filePath)
    }

    private static func nextFile(
        _ reader: SnapshotReader, _ refusal: (SnapshotHeader) -> String?
    ) throws(SnapshotFault) -> SnapshotHeader {
        guard let header = try reader.nextFile() else { throw SnapshotFault(reader.filePath, .missing) }
        if let words = refusal(header) { throw SnapshotFault(reader.filePath, .foreign(words)) }
        return header
    }

    private static func begin(
        _ header: SnapshotHeader, _ reader: SnapshotReader
    ) throws(SnapshotFault) -> EngineRestoration {
        let state = try header.engineHeader(of: reader.filePath)
        do {
            return try EngineRestoration(state, byteCountMax: reader.fileByteCount)
        } catch {
            throw SnapshotFault(reader.filePath, .malformed(error.description))
        }
    }

    private static func beginIncrement(
        _ header: SnapshotHeader, _ reader: SnapshotReader, of restoration: inout EngineRestoration
    ) throws(SnapshotFault) {
        let state = try header.engineHeader(of: reader.filePath)
        do {
            try restoration.beginIncrement(state, byteCountMax: reader.fileByteCount)
        } catch {
            throw SnapshotFault(reader.filePath, .malformed(error.description))
        }
    }

    private static func addChunks(
        _ reader: SnapshotReader, to restoration: inout EngineRestoration
    ) throws(SnapshotFault) {
        while let chunk = try reader.nextChunk() {
            do {
                try restoration.add(chunk)
            } catch {
                throw SnapshotFault(reader.filePath, .malformed(error.description))
            }
        }
    }
}

/// A state that has been read, before its engine is made.
public struct RestoredState: ~Copyable {
    /// The newest file's header: sequence number, chain hash and metadata, such as the rules' text.
    public let header: SnapshotHeader
    private let restoration: EngineRestoration
    private let path: String

    init(header: SnapshotHeader, restoration: consuming EngineRestoration, path: String) {
        self.header = header
        self.restoration = restoration
        self.path = path
    }

    /// Makes the engine, under the rules that the snapshot was made under.
    public consuming func makeEngine(rules: Rules) throws(SnapshotFault) -> Engine {
        do {
            return try restoration.finish(rules: rules)
        } catch {
            throw SnapshotFault(path, .malformed(error.description))
        }
    }
}

extension SnapshotHeader {
    /// What a snapshot says of its engine.
    public func engineHeader(of path: String) throws(SnapshotFault) -> EngineImageHeader {
        guard let bytes = metadata[SnapshotMetadata.stateHeader] else {
            throw SnapshotFault(path, .malformed("it says nothing of its state"))
        }
        do {
            return try EngineImageHeader(bytes)
        } catch {
            throw SnapshotFault(path, .malformed(error.description))
        }
    }
}
