import Glibc
import Primitives

/// Whole lines of the logs, in order, in one piece of memory.
final class LogChunk: @unchecked Sendable {
    // SAFETY: passed from thread to thread through a Monitor; one of them has it at a time.
    /// Bytes that may be read past the last line, whatever they hold: what the decoder asks for.
    static let paddingByteCount = 128

    private(set) var memory: UnsafeMutableRawPointer
    private(set) var capacity: Int
    /// Bytes of the lines; the last line of a file may lack its line feed.
    var byteCount = 0

    init(capacity: Int) {
        self.capacity = capacity
        memory = .allocate(byteCount: capacity + Self.paddingByteCount, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: capacity + Self.paddingByteCount)
    }

    deinit { memory.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: byteCount) }

    /// Makes room for `capacity` bytes, keeping the first `count`.
    func grow(to capacity: Int, keeping count: Int) {
        let moved = UnsafeMutableRawPointer.allocate(
            byteCount: capacity + Self.paddingByteCount, alignment: 64)
        moved.copyMemory(from: memory, byteCount: count)
        (moved + count).initializeMemory(
            as: UInt8.self, repeating: 0, count: capacity + Self.paddingByteCount - count)
        memory.deallocate()
        memory = moved
        self.capacity = capacity
    }
}

/// Reads logs one after another on a thread of its own, a few chunks ahead of whoever takes them.
final class LogReader: @unchecked Sendable {
    // SAFETY: everything is either constant, inside the monitor, or touched by the reading thread alone.
    private struct State {
        var empty: [LogChunk]
        var filled: [LogChunk] = []
        var failure: LogError?
        var isAtEnd = false
        var isCancelled = false
        var readByteCount: Int64 = 0
    }

    /// BOUND: a longer line is cut here and its rest skipped; it is rejected as too large either way. 64 MiB is
    /// many times the longest recorded record with a value of 1 MiB.
    private static let lineByteCountMax = 64 << 20
    /// Chunks in flight: one being filled, one waiting, one being worked on.
    private static let chunkCount = 3

    private let paths: [String]
    private let chunkByteCount: Int
    private let state: Monitor<State>
    private var thread: SystemThread?
    /// Bytes of all logs as they are stored; nil if one of them is a pipe.
    let storedByteCount: Int64?

    /// Opens nothing yet but looks whether every file can be opened, so that a wrong name is said at once.
    init(paths: [String], chunkByteCount: Int) throws(LogError) {
        self.paths = paths
        self.chunkByteCount = chunkByteCount
        var sum: Int64? = 0
        for path in paths where path != "-" {
            // Opened and closed again, a pipe would lose its writer.
            if LogInput.isPipe(path) {
                sum = nil
                continue
            }
            let input = try LogInput(path: path)
            sum = input.storedByteCount.flatMap { count in sum.map { $0 + count } }
        }
        storedByteCount = paths.contains("-") ? nil : sum
        state = Monitor(State(empty: (0..<Self.chunkCount).map { _ in LogChunk(capacity: chunkByteCount) }))
    }

    /// Starts reading.
    func start() { thread = SystemThread(name: "tetik-reader") { [self] in readAll() } }

    /// Stored bytes that have been read so far.
    var readByteCount: Int64 { state.read { $0.readByteCount } }

    /// Waits for the next chunk; nil at the end. The one before must have been given back.
    func next() throws(LogError) -> LogChunk? {
        let result: Result<LogChunk?, LogError> = state.wait { state in
            if !state.filled.isEmpty { return .success(state.filled.removeFirst()) }
            if let failure = state.failure { return .failure(failure) }
            return state.isAtEnd ? .success(nil) : nil
        }
        return try result.get()
    }

    /// Lets the reader use the chunk again.
    func giveBack(_ chunk: LogChunk) { state.change { $0.empty.append(chunk) } }

    /// Ends the thread, at the end or before it.
    func finish() {
        state.change { $0.isCancelled = true }
        thread?.join()
        thread = nil
    }

    private func readAll() {
        var readBefore: Int64 = 0
        do throws(LogError) {
            for path in paths {
                let input = try LogInput(path: path)
                guard try readLines(of: input, readBefore: readBefore) else { return }
                readBefore += input.readByteCount
            }
            state.change { $0.isAtEnd = true }
        } catch {
            state.change { $0.failure = error }
        }
    }

    /// Cuts one log into chunks that end with a line. Returns false if cancelled.
    private func readLines(of input: LogInput, readBefore: Int64) throws(LogError) -> Bool {
        guard var chunk = takeEmpty() else { return false }
        var count = 0
        var isSkipping = false
        // BOUND: until the end of the log.
        while true {
            let room = UnsafeMutableRawBufferPointer(
                start: chunk.memory + count, count: chunk.capacity - count)
            let added: Int
            do throws(LogError) {
                added = try input.read(into: room)
            } catch {
                // What was read before the fault counts.
                put(chunk, byteCount: Self.wholeLinesByteCount(chunk, count: count))
                throw error
            }
            state.change { $0.readByteCount = readBefore + input.readByteCount }
            if added == 0 { break }
            var fresh = UnsafeRawBufferPointer(start: chunk.memory + count, count: added)
            if isSkipping {
                guard let feed = fresh.firstIndex(of: 0x0A) else { continue }
                let rest = UnsafeRawBufferPointer(rebasing: fresh[feed...])
                if let source = rest.baseAddress { memmove(chunk.memory + count, source, rest.count) }
                fresh = UnsafeRawBufferPointer(start: chunk.memory + count, count: rest.count)
                isSkipping = false
            }
            count += fresh.count
            // A pipe's lines are passed on as they come; a file's when the chunk is full.
            if count < chunk.capacity, input.storedByteCount != nil { continue }
            let lines = Self.wholeLinesByteCount(chunk, count: count)
            if lines == 0 {
                if count < chunk.capacity { continue }
                if chunk.capacity < Self.lineByteCountMax {
                    chunk.grow(to: chunk.capacity * 2, keeping: count)
                } else {
                    isSkipping = true
                    chunk.grow(to: chunk.capacity + chunkByteCount, keeping: count)
                }
                continue
            }
            guard let next = takeEmpty() else { return false }
            if next.capacity < count - lines + chunkByteCount {
                next.grow(to: count - lines + chunkByteCount, keeping: 0)
            }
            next.memory.copyMemory(from: chunk.memory + lines, byteCount: count - lines)
            put(chunk, byteCount: lines)
            chunk = next
            count -= lines
        }
        put(chunk, byteCount: count)
        return true
    }

    private static func wholeLinesByteCount(_ chunk: LogChunk, count: Int) -> Int {
        let bytes = UnsafeRawBufferPointer(start: chunk.memory, count: count)
        return bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    }

    /// Waits for a chunk to fill; nil if cancelled.
    private func takeEmpty() -> LogChunk? {
        let taken: Taken = state.wait { state in
            if state.isCancelled { return .cancelled }
            guard let chunk = state.empty.popLast() else { return nil }
            return .chunk(chunk)
        }
        guard case .chunk(let chunk) = taken else { return nil }
        return chunk
    }

    private enum Taken {
        case chunk(LogChunk)
        case cancelled
    }

    private func put(_ chunk: LogChunk, byteCount: Int) {
        chunk.byteCount = byteCount
        state.change { state in
            if byteCount > 0 { state.filled.append(chunk) } else { state.empty.append(chunk) }
        }
    }
}
