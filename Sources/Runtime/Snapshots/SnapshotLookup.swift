public import Engine
public import SnapshotStore

/// Finds one customer in a snapshot without making an engine of it.
public enum SnapshotLookup {
    /// Reads a chain from front to back; memory: one chunk.
    ///
    /// - Parameter key: the customer's bytes.
    /// - Returns: nil if the snapshot has no such customer.
    public static func customer(
        _ key: [UInt8], in chain: SnapshotChain
    ) throws(SnapshotFault) -> StoredCustomer? {
        let reader = SnapshotReader(chain)
        var search = EngineImageSearch(key: key)
        while try reader.nextFile() != nil {
            while let chunk = try reader.nextChunk() { try add(chunk, to: &search, reader.filePath) }
        }
        return search.found
    }

    private static func add(
        _ chunk: UnsafeRawBufferPointer, to search: inout EngineImageSearch, _ path: String
    ) throws(SnapshotFault) {
        do {
            try search.add(chunk)
        } catch {
            throw SnapshotFault(path, .malformed(error.description))
        }
    }
}
