import Backtesting

/// The result for programs.
extension BacktestReport {
    /// One object with a list of configurations.
    public var json: JSONNode {
        .object([("configurations", .array(results.map { json(of: $0.result, name: $0.name) }))])
    }

    private func json(of result: BacktestResult, name: String) -> JSONNode {
        .object([
            ("name", .string(name)), ("events", .integer(result.eventCount)),
            ("until", JSONNode(result.end?.description)),
            ("window_ms", .integer(result.options.windowMilliseconds)), ("seconds", JSONNode(result.seconds)),
            ("churn", .array(Self.levelNames.indices.map { churn(result, $0) })),
            ("calibration", .array((0..<BacktestMetric.classCount).map { calibration(result.tally, $0) })),
            ("carts", carts(result)),
            (
                "cart_orders_by_hour",
                .array(
                    (0..<BacktestMetric.hourCount).map {
                        JSONNode(result.tally.total(BacktestMetric.cartHours($0)))
                    })
            ),
            ("suppression", suppression(result)),
        ])
    }

    private func churn(_ result: BacktestResult, _ level: Int) -> JSONNode {
        let tally = result.tally
        let lapsed = BacktestMetric.alertsLapsed(level)
        let returned = BacktestMetric.alertsReturned(level)
        return .object([
            ("level", .string(Self.levelNames[level])),
            ("alerts", JSONNode(tally.total(BacktestMetric.alerts(level)))),
            ("never_ordered_again", JSONNode(tally.total(lapsed))),
            ("ordered_again", JSONNode(tally.total(returned))),
            ("precision", Self.json(of: tally.share(of: [lapsed], in: [lapsed, returned]))),
            ("recall", Self.json(of: recall(result, level))),
            ("median_days_since_order", result.quietDays[level].median.map { JSONNode($0) } ?? .null),
            ("median_days_until_lost", result.leadDays[level].median.map { JSONNode($0) } ?? .null),
        ])
    }

    private func calibration(_ tally: BacktestTally, _ place: Int) -> JSONNode {
        let customers = tally.total(BacktestMetric.classCustomers(place))
        let scale = BacktestMetric.probabilityScale * Double(customers)
        return .object([
            ("p_alive_from", JSONNode(Double(place) / 10)), ("customers", JSONNode(customers)),
            ("mean_p_alive", JSONNode(Double(tally.total(BacktestMetric.classAlive(place))) / scale)),
            ("chance_to_order", JSONNode(Double(tally.total(BacktestMetric.classChances(place))) / scale)),
            (
                "ordered",
                Self.json(
                    of: tally.share(
                        of: [BacktestMetric.classReturned(place)], in: [BacktestMetric.classCustomers(place)])
                )
            ),
        ])
    }

    private func carts(_ result: BacktestResult) -> JSONNode {
        let steps = result.options.rules.abandonedCart.stepMilliseconds.prefix(BacktestMetric.stepCountMax)
        return .array(
            steps.enumerated().map { step, delay in
                .object([
                    ("step", JSONNode(step + 1)), ("delay_ms", .integer(delay)),
                    ("records", JSONNode(result.tally.total(BacktestMetric.cartRecords(step)))),
                    (
                        "ordered",
                        Self.json(
                            of: result.tally.share(
                                of: [BacktestMetric.cartRecovered(step)],
                                in: [BacktestMetric.cartRecords(step)]))
                    ),
                    ("value", Self.money(result.tally.total(BacktestMetric.cartValue(step)))),
                ])
            })
    }

    private func suppression(_ result: BacktestResult) -> JSONNode {
        let tally = result.tally
        let reasons = BacktestMetric.reasonNames.enumerated().map { reason, name in
            JSONNode.object([
                ("reason", .string(name)),
                ("clicks", JSONNode(tally.total(BacktestMetric.reasonClicks(reason)))),
                ("cost", Self.money(tally.total(BacktestMetric.reasonCost(reason)))),
                ("cost_alone", Self.money(tally.total(BacktestMetric.reasonOnlyCost(reason)))),
            ])
        }
        return .object([
            ("clicks", JSONNode(tally.total(BacktestMetric.clicks))),
            ("saved_clicks", JSONNode(tally.total(BacktestMetric.savedClicks))),
            ("cost", Self.money(tally.total(BacktestMetric.cost))),
            ("saved_cost", Self.money(tally.total(BacktestMetric.savedCost))),
            (
                "saved_cost_share",
                Self.json(of: tally.share(of: [BacktestMetric.savedCost], in: [BacktestMetric.cost]))
            ),
            ("orders", JSONNode(tally.total(BacktestMetric.orders))),
            ("suppressed_orders", JSONNode(tally.total(BacktestMetric.suppressedOrders))),
            ("suppressed_orders_after_click", JSONNode(tally.total(BacktestMetric.clickedOrders))),
            ("reasons", .array(reasons)),
        ])
    }

    private static func money(_ tenThousandths: Int) -> JSONNode { JSONNode(Double(tenThousandths) / 10_000) }

    private static func json(of share: ShareEstimate) -> JSONNode {
        .object([
            ("share", JSONNode(share.value)), ("low", JSONNode(share.low)), ("high", JSONNode(share.high)),
            ("cases", JSONNode(share.cases)), ("few_cases", .bool(share.cases < fewCases)),
        ])
    }
}
