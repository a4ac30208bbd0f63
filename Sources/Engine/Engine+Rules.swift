public import Model
import Primitives

/// A change of rules while customers are there.
extension Engine {
    /// Takes over other rules. What that does to customers who are known already:
    ///
    /// - Nothing is emitted for the change itself. Each customer's next timer is worked out again: cart steps from
    ///   the start of the cart, crossings from the orders and the level held, ends of suppression from the orders.
    /// - A timer that the new rules make overdue (due at or before the watermark) fires now, in order of (due time,
    ///   customer bytes), with the due time it would have had; an overdue crossing with that of the watermark.
    /// - A level held, the end of an ad fatigue that has begun, and a cart's start stay as they are; reasons and
    ///   `until` are put right at the customer's next event or timer. Without churn risk nobody holds a level.
    ///
    /// Complexity: every customer is looked at once.
    public mutating func adopt(_ newRules: Rules, into records: inout RecordBuffer) {
        rules = newRules
        churn = ChurnModelFormula(newRules.churnRisk)
        var overdue = TimerQueue()
        for slot in table.slotsInUse() {
            load(slot)
            renewCrossing()
            let due = nextDue()
            if due <= watermark { overdue.set(slot, due: due) }
            store(slot, due: due <= watermark ? .never : due)
        }
        fireOverdue(&overdue, into: &records)
    }

    private mutating func fireOverdue(_ overdue: inout TimerQueue, into records: inout RecordBuffer) {
        records.isTimer = true
        defer { records.isTimer = false }
        var slots = PlainList<UInt32>()
        // BOUND: a customer has a timer for each cart step, level and reason, each later than the one before.
        while let due = overdue.popDue(by: watermark, into: &slots) {
            table.sortByKey(&slots)
            for index in slots.indices {
                let slot = slots[index]
                load(slot)
                fire(at: due, cause: .timer, into: &records)
                let next = nextDue()
                if next <= watermark { overdue.set(slot, due: next) }
                store(slot, due: next <= watermark ? .never : next)
            }
        }
    }
}
