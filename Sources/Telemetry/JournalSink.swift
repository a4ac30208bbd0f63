import Glibc
import Logging
import Primitives

/// Log lines as fields of systemd's journal. Source: systemd, "Native Journal Protocol".
enum JournalSink {
    private static let socketPath = "/run/systemd/journal/socket"

    /// Whether standard error goes to the journal. Source: systemd.exec(5), `$JOURNAL_STREAM`.
    static func isStandardError(journalStream: String?) -> Bool {
        var information = stat()
        guard let journalStream, fstat(STDERR_FILENO, &information) == 0 else { return false }
        return journalStream == "\(information.st_dev):\(information.st_ino)"
    }

    /// Sends one entry; false if the journal did not take it.
    static func write(
        _ message: String, label: String, level: Logger.Level, fields: [(name: String, value: String)]
    ) -> Bool {
        let entry = entry(message, label: label, level: level, fields: fields)
        return UnixDatagram.send(entry.bytes, to: socketPath)
    }

    /// The entry's bytes.
    static func entry(
        _ message: String, label: String, level: Logger.Level, fields: [(name: String, value: String)]
    ) -> ByteWriter {
        var entry = ByteWriter(capacity: 512)
        add("MESSAGE", message, to: &entry)
        add("PRIORITY", "\(priority(of: level))", to: &entry)
        add("SYSLOG_IDENTIFIER", "tetik", to: &entry)
        add("TETIK_PART", label, to: &entry)
        for (name, value) in fields { add("TETIK_\(fieldName(name))", value, to: &entry) }
        return entry
    }

    /// A value of several lines is preceded by its length, so that it cannot pass for another field.
    private static func add(_ name: String, _ value: String, to entry: inout ByteWriter) {
        entry.append(text: name)
        if value.utf8.contains(UInt8(ascii: "\n")) {
            entry.append(UInt8(ascii: "\n"))
            var count = UInt64(value.utf8.count)
            for _ in 0..<8 {
                entry.append(UInt8(truncatingIfNeeded: count))
                count >>= 8
            }
        } else {
            entry.append(UInt8(ascii: "="))
        }
        entry.append(text: value)
        entry.append(UInt8(ascii: "\n"))
    }

    /// Upper-case letters, digits and underscores; anything else becomes an underscore.
    private static func fieldName(_ name: String) -> String {
        String(
            decoding: name.uppercased().utf8.map { byte in
                let isPlain =
                    (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
                return isPlain ? byte : UInt8(ascii: "_")
            }, as: UTF8.self)
    }

    /// Source: syslog(3).
    private static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
