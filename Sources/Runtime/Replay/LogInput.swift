import CCompression
import Glibc

/// Why a log cannot be read.
public enum LogError: Error, CustomStringConvertible, Sendable {
    /// The file cannot be opened or read.
    case system(SystemError)
    /// The file's name promises a compression that its bytes don't hold, or they end in the middle.
    case corrupt(path: String, detail: String)

    /// The file, and what is wrong with it.
    public var description: String {
        switch self {
        case .system(let error): error.description
        case .corrupt(let path, let detail): "cannot read \(path): \(detail)"
        }
    }
}

/// The bytes of one log, decompressed: a file, plain or `.gz` or `.zst` by its name, or standard input (`-`).
///
/// Memory is a fixed buffer and the decompressor's window. Isolation: one thread at a time.
final class LogInput {
    private enum Decompression {
        case none
        case gzip(UnsafeMutablePointer<z_stream>)
        case zstandard(OpaquePointer)
    }

    private static let bufferByteCount = 1 << 18

    let path: String
    /// Bytes of the file as it is stored; nil where nobody knows.
    let storedByteCount: Int64?
    /// Stored bytes that have been read.
    private(set) var readByteCount: Int64 = 0
    private let descriptor: Int32
    private var decompression = Decompression.none
    private let buffer = UnsafeMutableRawPointer.allocate(byteCount: LogInput.bufferByteCount, alignment: 64)
    private var next = 0
    private var end = 0
    private var isInsideFrame = false

    init(path: String) throws(LogError) {
        self.path = path == "-" ? "standard input" : path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            throw .system(SystemError("cannot open \(path)"))
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            throw .system(SystemError("cannot read \(path)", code: EISDIR))
        }
        storedByteCount = status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
        if path.hasSuffix(".gz") {
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            stream.initialize(to: z_stream())
            guard tetik_inflate_init(stream) == Z_OK else {
                stream.deallocate()
                throw .corrupt(path: path, detail: "zlib does not start")
            }
            decompression = .gzip(stream)
        } else if path.hasSuffix(".zst") {
            guard let stream = ZSTD_createDStream() else {
                throw .corrupt(path: path, detail: "zstd does not start")
            }
            decompression = .zstandard(stream)
        }
    }

    /// Whether `path` names a pipe, which can be read once.
    static func isPipe(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
    }

    deinit {
        switch decompression {
        case .none: break
        case .gzip(let stream):
            inflateEnd(stream)
            stream.deallocate()
        case .zstandard(let stream): ZSTD_freeDStream(stream)
        }
        if descriptor > STDIN_FILENO { close(descriptor) }
        buffer.deallocate()
    }

    /// Reads up to `target.count` bytes; 0 only at the end.
    func read(into target: UnsafeMutableRawBufferPointer) throws(LogError) -> Int {
        if case .none = decompression { return try readStored(target) }
        // BOUND: each round takes stored bytes or ends.
        while true {
            if next == end {
                next = 0
                end = try readStored(
                    UnsafeMutableRawBufferPointer(start: buffer, count: Self.bufferByteCount))
            }
            let isAtEnd = end == 0
            let written = isAtEnd && !isInsideFrame ? 0 : try decompress(into: target)
            if written > 0 { return written }
            if isAtEnd {
                if isInsideFrame { throw .corrupt(path: path, detail: "the compressed data end too early") }
                return 0
            }
        }
    }

    private func readStored(_ target: UnsafeMutableRawBufferPointer) throws(LogError) -> Int {
        // BOUND: until a read is not interrupted by a signal.
        while true {
            let count = Glibc.read(descriptor, target.baseAddress, target.count)
            if count >= 0 {
                readByteCount += Int64(count)
                return count
            }
            if errno != EINTR { throw .system(SystemError("cannot read \(path)")) }
        }
    }

    private func decompress(into target: UnsafeMutableRawBufferPointer) throws(LogError) -> Int {
        switch decompression {
        case .none: return 0
        case .gzip(let stream): return try inflate(stream, into: target)
        case .zstandard(let stream): return try decompress(stream, into: target)
        }
    }

    private func inflate(
        _ stream: UnsafeMutablePointer<z_stream>, into target: UnsafeMutableRawBufferPointer
    ) throws(LogError) -> Int {
        if !isInsideFrame {
            inflateReset(stream)
            isInsideFrame = true
        }
        stream.pointee.next_in = (buffer + next).assumingMemoryBound(to: Bytef.self)
        stream.pointee.avail_in = uInt(end - next)
        stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: Bytef.self)
        stream.pointee.avail_out = uInt(target.count)
        let code = CCompression.inflate(stream, Z_NO_FLUSH)
        next = end - Int(stream.pointee.avail_in)
        switch code {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: isInsideFrame = false
        default:
            let detail = stream.pointee.msg.map { String(cString: $0) } ?? "code \(code)"
            throw .corrupt(path: path, detail: "not valid gzip: \(detail)")
        }
        return target.count - Int(stream.pointee.avail_out)
    }

    private func decompress(
        _ stream: OpaquePointer, into target: UnsafeMutableRawBufferPointer
    ) throws(LogError) -> Int {
        var input = ZSTD_inBuffer(src: buffer, size: end, pos: next)
        var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
        let code = ZSTD_decompressStream(stream, &output, &input)
        next = input.pos
        if ZSTD_isError(code) != 0 {
            throw .corrupt(path: path, detail: "not valid zstd: \(String(cString: ZSTD_getErrorName(code)))")
        }
        isInsideFrame = code != 0
        return output.pos
    }
}
