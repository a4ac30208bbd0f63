import Foundation
import Primitives
import Testing
import Workloads

@Suite struct RecordFramingTests {
    /// The recorded records that a spoiled shop gives, with the values that went in.
    private static func records() -> [(object: [String: Any], value: [UInt8], event: GeneratedEvent)] {
        var settings = ShopSettings()
        settings.customerCount = 200
        settings.badShare = 0.02
        var workload = ShopWorkload(settings)
        var framing = RecordFraming(partitionCount: 4)
        var value = ByteWriter()
        var record = ByteWriter()
        var records: [(object: [String: Any], value: [UInt8], event: GeneratedEvent)] = []
        while let event = workload.next(into: &value) {
            framing.append(event, from: value, to: &record)
            let object = try? JSONSerialization.jsonObject(with: Data(record.bytes)) as? [String: Any]
            records.append((object ?? [:], Array(value.bytes[event.value]), event))
            value.removeAll()
            record.removeAll()
        }
        return records
    }

    @Test func `offsets count up from 0 in every partition of every topic`() {
        var next: [String: Int] = [:]
        for record in Self.records() {
            let topic = record.object["topic"] as? String ?? ""
            let partition = record.object["partition"] as? Int ?? -1
            #expect(["clicks", "carts", "emails"].contains(topic))
            #expect((0..<4).contains(partition))
            let place = "\(topic)/\(partition)"
            #expect(record.object["offset"] as? Int == next[place, default: 0])
            next[place, default: 0] += 1
        }
        #expect(next.count == 12)
    }

    @Test func `a customer stays in the partition of the Java client`() {
        for record in Self.records() {
            let key = Array((record.object["key"] as? String ?? "").utf8)
            let partition = key.withUnsafeBytes { Murmur2.partition(of: $0, partitionCount: 4) }
            #expect(record.object["partition"] as? Int == Int(partition))
            let timestamp = record.object["timestamp"] as? Int64
            #expect(timestamp == record.event.deliveredAt.milliseconds)
        }
    }

    @Test func `a value that is no JSON is written as base64`() {
        var base64Count = 0
        for record in Self.records() {
            if let text = record.object["value_base64"] as? String {
                #expect(Data(base64Encoded: text) == Data(record.value))
                base64Count += 1
            } else {
                #expect(record.object["value"] != nil)
            }
        }
        #expect(base64Count > 0)
    }
}
