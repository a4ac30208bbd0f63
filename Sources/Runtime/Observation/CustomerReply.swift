import Primitives

/// All that is known of one customer, from every shard that knows it.
public struct CustomerReply: Sendable, Codable, Equatable {
    /// The customer that was asked for.
    public var customer: String
    /// Whether all shards have answered; if not, one of them may know more.
    public var isComplete: Bool
    /// One report for each shard that knows the customer; nearly always one.
    public var reports: [CustomerReport]
    /// The last records of the customer that are still in memory, newest first; also of one who is forgotten.
    public var triggers: [CustomerReport.Trigger]

    /// Puts a reply together.
    public init(
        customer: String, _ reply: CustomerDesk.Reply, _ rules: RulesOfReport, _ entries: [TriggerFeed.Entry]
    ) {
        self.customer = customer
        isComplete = reply.isComplete
        reports = reply.answers.map { CustomerReport($0, rules) }
        triggers = entries.compactMap { CustomerReport.Trigger($0, rules) }
    }
}
