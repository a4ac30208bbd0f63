import Glibc
public import Logging
import Primitives

/// How log lines look.
public enum LogFormat: Sendable {
    /// For people: time, level, message, then `key=value`.
    case text
    /// For machines: one JSON object a line.
    case json
    /// For systemd's journal: each field a field of its own; JSON where the journal does not take it.
    case journal

    /// What suits where standard error goes.
    ///
    /// - Parameter journalStream: `JOURNAL_STREAM` of the environment.
    public static func suiting(isTerminal: Bool, journalStream: String?) -> LogFormat {
        if isTerminal { return .text }
        return JournalSink.isStandardError(journalStream: journalStream) ? .journal : .json
    }
}

/// Writes log lines to standard error, each with one write, so that lines of several threads never mix.
///
/// Any thread. Life cycle is logged at info, batches at debug at most, nothing per event.
public struct StandardErrorLogHandler: LogHandler {
    private let label: String
    private let format: LogFormat
    private let sharedLevel: LogLevelSwitch
    private var ownLevel: Logger.Level?
    /// The least severe level that is written: that of the switch, unless this logger was given its own.
    public var logLevel: Logger.Level {
        get { ownLevel ?? sharedLevel.level }
        set { ownLevel = newValue }
    }
    /// Fields of every line.
    public var metadata: Logger.Metadata = [:]

    /// Makes a handler for `label`, the part of the program that speaks.
    public init(label: String, format: LogFormat, level: LogLevelSwitch) {
        self.label = label
        self.format = format
        sharedLevel = level
    }

    /// One field of every line.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        var line = ByteWriter(capacity: 512)
        let merged = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let fields = merged.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        let now = Self.wallClock()
        if format == .journal,
            JournalSink.write(
                event.message.description, label: label, level: event.level, fields: fields)
        {
            return
        }
        switch format {
        case .text:
            line.append(text: "\(now) \(Self.padded(event.level)) \(event.message)")
            for (key, value) in fields { line.append(text: " \(key)=\(value)") }
        case .json, .journal:
            line.append("{\"time\":")
            line.append(quoted: now.description)
            line.append(",\"level\":")
            line.append(quoted: event.level.rawValue)
            line.append(",\"part\":")
            line.append(quoted: label)
            line.append(",\"message\":")
            line.append(quoted: event.message.description)
            for (key, value) in fields {
                line.append(",")
                line.append(quoted: key)
                line.append(":")
                line.append(quoted: value)
            }
            line.append("}")
        }
        line.append("\n")
        // A closed standard error loses the line; there is nowhere left to say so.
        _ = Glibc.write(STDERR_FILENO, line.bytes.baseAddress, line.count)
    }

    private static func padded(_ level: Logger.Level) -> String {
        let name = level.rawValue.uppercased()
        return name + String(repeating: " ", count: max(0, 8 - name.utf8.count))
    }

    private static func wallClock() -> EventTime {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return EventTime(milliseconds: Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000)
    }
}
