import Foundation
import Telemetry
import Testing

struct MetricsTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func status() -> DaemonStatus {
        var status = DaemonStatus()
        status.version = "1.2\"3\\"
        status.triggers = ["abandoned_cart", "cart_recovered", "churn_risk", "ad_suppression"].map {
            DaemonStatus.TriggerCount(type: $0, count: 7)
        }
        status.totals.eventCount = 1_000_000
        var shard = DaemonStatus.Shard(partition: 2)
        shard.lagCount = 5
        shard.watermarkDelaySeconds = 1.5
        status.shards = [shard]
        status.commits.add(microseconds: 700)
        status.commits.add(microseconds: 20_000_000)
        return status
    }

    @Test func `every metric has HELP, TYPE and values, in this order`() {
        let lines = MetricsText.text(of: Self.status()).split(separator: "\n").map(String.init)
        for metric in Metric.catalogue {
            #expect(metric.name.hasPrefix("tetik_"))
            #expect(metric.help.hasSuffix("."), "\(metric.name): help is a sentence")
            let help = lines.firstIndex(of: "# HELP \(metric.name) \(metric.help)")
            #expect(help != nil, "\(metric.name)")
            #expect(help.map { lines[$0 + 1] } == "# TYPE \(metric.name) \(metric.kind.rawValue)")
        }
        let names = Metric.catalogue.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test func `names say the unit, as Prometheus wants it`() {
        for metric in Metric.catalogue {
            switch metric.unit {
            case .seconds: #expect(metric.name.hasSuffix("_seconds"), "\(metric.name)")
            case .bytes: #expect(metric.name.hasSuffix("_bytes"), "\(metric.name)")
            case .count, .ratio:
                #expect(
                    !metric.name.hasSuffix("_seconds") && !metric.name.hasSuffix("_bytes"), "\(metric.name)")
            }
            #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"), "\(metric.name)")
            #expect(metric.name.allSatisfy { $0.isLowercase || $0 == "_" || $0.isNumber }, "\(metric.name)")
        }
    }

    @Test func `values, labels and histograms are written as the format asks`() {
        let text = MetricsText.text(of: Self.status())
        #expect(text.contains("tetik_build_info{version=\"1.2\\\"3\\\\\",configuration=\"\"} 1\n"))
        #expect(text.contains("\ntetik_events_total 1000000\n"))
        #expect(text.contains("\ntetik_triggers_total{type=\"churn_risk\"} 7\n"))
        #expect(text.contains("\ntetik_shard_watermark_delay_seconds{shard=\"2\"} 1.5\n"))
        #expect(text.contains("\ntetik_commit_duration_seconds_bucket{le=\"0.0005\"} 0\n"))
        #expect(text.contains("\ntetik_commit_duration_seconds_bucket{le=\"0.001\"} 1\n"))
        #expect(text.contains("\ntetik_commit_duration_seconds_bucket{le=\"+Inf\"} 2\n"))
        #expect(text.contains("\ntetik_commit_duration_seconds_count 2\n"))
        // What is not known is left out, not written as 0.
        #expect(!text.contains("\ntetik_snapshot_age_seconds "))
    }

    @Test(arguments: ["deploy/prometheus/alerts.yml", "deploy/grafana/tetik.json", "deploy/RUNBOOK.md"])
    func `what is shipped names metrics that exist`(path: String) throws {
        let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
        var known = Set(Metric.catalogue.map(\.name))
        for metric in Metric.catalogue where metric.kind == .histogram {
            known.formUnion(["_bucket", "_sum", "_count"].map { metric.name + $0 })
        }
        let names = Set(text.matches(of: /\btetik_[a-z][a-z0-9_]+/).map { String($0.output) })
        #expect(names.count > 3)
        #expect(names.subtracting(known) == [])
    }

    @Test func `every alert has a section in the runbook`() throws {
        let alerts = try String(
            contentsOf: Self.root.appending(path: "deploy/prometheus/alerts.yml"), encoding: .utf8)
        let runbook = try String(contentsOf: Self.root.appending(path: "deploy/RUNBOOK.md"), encoding: .utf8)
        let names = alerts.matches(of: /- alert: (\w+)/).map { String($0.output.1) }
        #expect(names.count >= 6)
        for name in names { #expect(runbook.contains("\n### \(name)\n"), "\(name)") }
    }
}

struct LatencyHistogramTests {
    @Test func `quantiles lie in the bucket that holds them`() throws {
        var histogram = LatencyHistogram()
        #expect(histogram.quantileSeconds(0.5) == nil)
        histogram.add(microseconds: 1_500, times: 98)
        histogram.add(microseconds: 300_000, times: 2)
        let median = try #require(histogram.quantileSeconds(0.5))
        let slowest = try #require(histogram.quantileSeconds(0.99))
        #expect((0.001...0.002).contains(median))
        #expect((0.256...0.3).contains(slowest))
        #expect(histogram.count == 100 && histogram.sumMicroseconds == 747_000)
    }

    @Test func `what happened since an older copy is the difference`() {
        var histogram = LatencyHistogram()
        histogram.add(microseconds: 10)
        let before = histogram
        histogram.add(microseconds: .max, times: 3)
        let rest = histogram.since(before)
        #expect(rest.count == 3)
        #expect(rest.counts.allSatisfy { $0 == 0 })
    }
}

struct StatusHistoryTests {
    @Test func `samples are differences, and an hour of them is kept`() throws {
        var history = StatusHistory()
        var status = DaemonStatus()
        for step in 0..<(StatusHistory.sampleCountMax + 10) {
            let now = Int64(step) * StatusHistory.intervalMilliseconds
            #expect(history.isDue(monotonicMilliseconds: now))
            status.totals.eventCount += 50
            history.add(status, wallClockMilliseconds: 1_000_000 + now, monotonicMilliseconds: now)
            #expect(!history.isDue(monotonicMilliseconds: now + 1))
        }
        #expect(history.samples.count == StatusHistory.sampleCountMax)
        let last = try #require(history.samples.last)
        #expect(last.eventCount == 50 && last.seconds == 5)
        #expect(history.after(milliseconds: last.atMilliseconds).samples.isEmpty)
        #expect(history.after(milliseconds: last.atMilliseconds - 1).samples.count == 1)
    }
}
