import Model
import Primitives

/// Writes rejected lines as one JSON object each. Source: contract, section 7.
final class DeadLetterLog {
    private let output: FileOutput
    private var line = ByteWriter(capacity: 4_096)

    init(_ output: FileOutput) { self.output = output }

    /// Writes one line; `position` counts the lines of all logs from 1.
    func write(_ rejected: RejectedLine, of batch: borrowing EventBatch, position: Int64) throws(SystemError)
    {
        line.removeAll()
        line.append("{\"position\":")
        line.append(decimal: position)
        line.append(",\"reason\":\"")
        line.append(text: rejected.rejection.reason.rawValue)
        line.append("\",\"detail\":")
        line.append(quoted: rejected.rejection.detail)
        let value = batch.bytes(of: rejected.value)
        if UTF8Text.isValid(value) {
            line.append(",\"value\":")
            line.append(quoted: value)
        } else {
            line.append(",\"value_base64\":\"")
            line.append(base64: value)
            line.append("\"")
        }
        line.append("}\n")
        try output.write(line.bytes)
    }

    func flush() throws(SystemError) { try output.flush() }
}
