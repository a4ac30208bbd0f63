import Glibc

/// What commands say on standard error.
enum Console {
    /// Whether standard error is a terminal.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes `text` as it is; a closed standard error loses it, since there is nowhere left to say so.
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(STDERR_FILENO, rest.baseAddress, rest.count)
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }

    /// Writes `tetik: message` and a line feed.
    static func complain(_ message: String) { write("tetik: \(message)\n") }
}

/// Exit codes. Source: contract, section 8 (sysexits.h).
enum ExitStatus {
    static let badInput: Int32 = 65
    static let kafkaUnreachable: Int32 = 69
    static let ownFault: Int32 = 70
    static let badConfiguration: Int32 = 78
}
