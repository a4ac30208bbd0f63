import KafkaTransport
import Settings
import Testing

extension LiveTests {
    /// Each fault of the tables in `BrokerFault`, many at a time.
    @Suite(.serialized) struct BrokerFaultTests {
        @Test(arguments: [DeliveryGuarantee.exactlyOnce, .atLeastOnce])
        func `whatever a broker does, everything is delivered`(_ delivery: DeliveryGuarantee) {
            let outcomes = FaultRun.all(BrokerFault.all(delivery), delivery)
            for outcome in outcomes.sorted(by: { $0.name < $1.name }) {
                print(
                    "faults, \(delivery.rawValue): \(outcome.name): \(outcome.errorCount) errors, "
                        + "\(outcome.deliveredCount) delivered, \(outcome.repeatedCount) repeated, "
                        + "\(outcome.milliseconds) ms")
                if outcome.problems.isEmpty { continue }
                Issue.record("\(outcome.name): \(outcome.problems.joined(separator: "; "))")
                for line in outcome.log { print("    \(line)") }
            }
            #expect(outcomes.count == BrokerFault.all(delivery).count)
        }
    }
}
