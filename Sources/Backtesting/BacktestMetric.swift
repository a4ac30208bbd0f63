/// What a backtest counts, each with a place in a tally.
///
/// Every count is a whole number, so that the order in which threads add up changes nothing: money is in
/// ten-thousandths, probabilities in billionths.
public enum BacktestMetric {
    /// Levels of churn risk: watch, at risk, lost.
    public static let levelCount = 3
    /// Classes of P(alive), a tenth each.
    public static let classCount = 10
    /// Steps of an abandoned cart at most. Source: contract, section 9, `steps`.
    public static let stepCountMax = 16
    /// Hours since the last cart activity that are told apart; the last place holds all later ones.
    public static let hourCount = 169
    /// Reasons for suppression, in the alphabetical order of their names.
    public static let reasonNames = ["ad_fatigue", "churn_risk", "erased", "opted_out", "recent_purchase"]
    /// One, for probabilities.
    public static let probabilityScale = 1e9

    /// Alerts of a level, all of them.
    public static func alerts(_ level: Int) -> Int { level }
    /// Alerts after which no order came within the window.
    public static func alertsLapsed(_ level: Int) -> Int { 3 + level }
    /// Alerts after which an order came within the window.
    public static func alertsReturned(_ level: Int) -> Int { 6 + level }
    /// Customers looked at on the first day of a window whose P(alive) was in this class.
    public static func classCustomers(_ index: Int) -> Int { 9 + index }
    /// Those of them who ordered within the window.
    public static func classReturned(_ index: Int) -> Int { 19 + index }
    /// The sum of the chances to do so that the model gave them, in billionths.
    public static func classChances(_ index: Int) -> Int { 29 + index }
    /// The sum of their P(alive), in billionths.
    public static func classAlive(_ index: Int) -> Int { 39 + index }
    /// Customers looked at who were at a level or deeper.
    public static func flagged(_ level: Int) -> Int { 49 + level }
    /// Those of them who did not order within the window.
    public static func flaggedLapsed(_ level: Int) -> Int { 52 + level }
    /// Cart records of a step, with a decided outcome.
    public static func cartRecords(_ step: Int) -> Int { 55 + step }
    /// Those of them that an order followed within the recovery window.
    public static func cartRecovered(_ step: Int) -> Int { 71 + step }
    /// The value of those orders, in the configured currency.
    public static func cartValue(_ step: Int) -> Int { 87 + step }
    /// Recovered carts of the first step, by hours from the last activity to the order.
    public static func cartHours(_ hour: Int) -> Int { 103 + hour }
    /// Ad clicks that a suppression for this reason would have saved.
    public static func reasonClicks(_ reason: Int) -> Int { 272 + reason }
    /// Their cost.
    public static func reasonCost(_ reason: Int) -> Int { 277 + reason }
    /// The part of the cost that only this reason would have saved.
    public static func reasonOnlyCost(_ reason: Int) -> Int { 282 + reason }

    /// Ad clicks.
    public static let clicks = 287
    /// Ad clicks of suppressed customers.
    public static let savedClicks = 288
    /// Cost of all ad clicks in the configured currency.
    public static let cost = 289
    /// Cost of the ad clicks of suppressed customers.
    public static let savedCost = 290
    /// Orders.
    public static let orders = 291
    /// Orders of suppressed customers.
    public static let suppressedOrders = 292
    /// Value of those orders.
    public static let suppressedValue = 293
    /// Orders of suppressed customers soon after an ad click that would have been saved.
    public static let clickedOrders = 294
    /// Value of those orders.
    public static let clickedValue = 295
    /// Ad clicks whose cost is in another currency and is not added up.
    public static let otherCurrencyClicks = 296

    /// Number of metrics.
    static let count = 297
}
