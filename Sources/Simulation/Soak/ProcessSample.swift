import Glibc

/// What a process holds at one moment.
struct ProcessSample: Sendable {
    /// Resident memory in bytes.
    var residentByteCount: Int
    /// Open descriptors.
    var openFileCount: Int

    /// Looks at a process; nil if it is gone.
    init?(_ processID: pid_t) {
        guard let resident = Self.residentByteCount(processID), let files = Self.openFileCount(processID)
        else { return nil }
        residentByteCount = resident
        openFileCount = files
    }

    /// Field 2 of `statm`, in pages. Source: proc(5).
    private static func residentByteCount(_ processID: pid_t) -> Int? {
        guard let file = fopen("/proc/\(processID)/statm", "r") else { return nil }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = fread(&buffer, 1, buffer.count, file)
        let fields = String(decoding: buffer[..<count], as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pageCount = Int(fields[1]) else { return nil }
        return pageCount * sysconf(Int32(_SC_PAGESIZE))
    }

    private static func openFileCount(_ processID: pid_t) -> Int? {
        guard let folder = opendir("/proc/\(processID)/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        // BOUND: the descriptors of the process.
        while readdir(folder) != nil { count += 1 }
        // Without the folder itself and the one above it.
        return count - 2
    }
}
