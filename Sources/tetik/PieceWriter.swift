import Glibc
import Primitives

/// Collects lines and writes them to a file descriptor in pieces of 1 MiB. One owner.
struct PieceWriter: ~Copyable {
    /// What became of the bytes.
    enum Failure: Error, Equatable {
        /// The reader has gone; nobody wants more.
        case readerGone
        /// The error number of `write`.
        case refused(Int32)
    }

    private static let pieceByteCount = 1 << 20

    private let descriptor: Int32
    /// What is not yet written; append to it and call `flushFullPieces`.
    var bytes = ByteWriter(capacity: pieceByteCount + 65_536)
    /// Bytes handed to the kernel so far.
    private(set) var writtenByteCount = 0

    /// Writes to `descriptor`, which stays the caller's. A broken pipe then is an error, no signal.
    init(descriptor: Int32) {
        self.descriptor = descriptor
        signal(SIGPIPE, SIG_IGN)
    }

    /// Writes once a whole piece has gathered.
    mutating func flushFullPieces() throws(Failure) {
        if bytes.count >= Self.pieceByteCount { try flush() }
    }

    /// Writes everything that has gathered.
    mutating func flush() throws(Failure) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes.bytes[done...])
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                done += count
            } else if errno == EPIPE {
                throw .readerGone
            } else if errno != EINTR {
                throw .refused(errno)
            }
        }
        writtenByteCount += done
        bytes.removeAll()
    }
}
