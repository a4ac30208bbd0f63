import Model
import Primitives

/// The line that `tetik record` writes of one record; for tests.
package enum RecordedText {
    /// The line of a record of partition 0, with its line feed; nil for null.
    package static func line(key: [UInt8]?, value: [UInt8]?, timestampMilliseconds: Int64?) -> [UInt8] {
        let keyStart = key?.count ?? 0
        var bytes = ByteWriter(capacity: keyStart + (value?.count ?? 0) + JSONScanner.paddingByteCount)
        (key ?? []).withUnsafeBytes { bytes.append($0) }
        (value ?? []).withUnsafeBytes { bytes.append($0) }
        let place = bytes.bytes
        let keyBytes = key.map { UnsafeRawBufferPointer(rebasing: place[..<$0.count]) }
        let valueBytes = value.map { UnsafeRawBufferPointer(rebasing: place[keyStart..<keyStart + $0.count]) }
        var reading = RecordReading(rules: Rules())
        let (_, form) = reading.read(
            key: keyBytes, value: valueBytes, timestampMilliseconds: timestampMilliseconds, partition: 0)
        var line = ByteWriter()
        RecordedLine.append(
            topic: "t", partition: 0, offset: 0, timestampMilliseconds: timestampMilliseconds, key: keyBytes,
            value: valueBytes, form: form, to: &line)
        return Array(line.bytes)
    }
}
