import Bus
import MetricsCollector
import ServiceSupport
import Testing
import Timing

struct CollectorTests {
    private let own = MetricsSnapshot(service: "metrics", instance: "0", metrics: [])
    private let start = Instant.zero

    private func event(_ snapshot: MetricsSnapshot) throws -> Incoming {
        let header = Header(publisher: "\(snapshot.service)/\(snapshot.instance)", sequence: 0, timeMs: 0)
        return .event(Envelope(topic: MetricsSnapshot.topic, header: header, body: try BusJSON.encode(snapshot)))
    }

    private func collector(
        _ metrics: [Metric], service: String = "controller", instance: String = "1", limits: SnapshotStore.Limits = .init()
    ) throws -> MetricsCollector {
        let collector = MetricsCollector(limits: limits)
        collector.receive(try event(MetricsSnapshot(service: service, instance: instance, metrics: metrics)), at: start)
        return collector
    }

    private func lines(_ collector: MetricsCollector, at now: Instant = .zero) -> [String] {
        collector.text(own: own, at: now).split(separator: "\n").map(String.init)
    }

    /// What the collector counted as refused for `reason`.
    private func refused(_ reason: String, by collector: MetricsCollector) -> MetricValue? {
        let registry = MetricsRegistry(service: "metrics", instance: "0")
        registry.addSampler(collector.sample)
        return registry.snapshot().metrics.first { $0.name == "sharp_metrics_refused_total" && $0.labels == ["reason": reason] }?.value
    }

    @Test func countersAndGaugesAreWrittenWithHelpTypeAndOrigin() throws {
        let collector = try collector([
            Metric(name: "sharp_handovers_total", labels: ["outcome": "completed"], value: .counter(3)),
            Metric(name: "sharp_handovers_total", labels: ["outcome": "aborted"], value: .counter(0)),
            Metric(name: "level", help: "How high.", value: .gauge(-0.5)),
        ])
        #expect(
            collector.text(own: own, at: start) == """
                # HELP level How high.
                # TYPE level gauge
                level{instance_id="1",service="controller"} -0.5
                # HELP sharp_handovers_total Flow handovers that ended, by outcome.
                # TYPE sharp_handovers_total counter
                sharp_handovers_total{instance_id="1",outcome="aborted",service="controller"} 0
                sharp_handovers_total{instance_id="1",outcome="completed",service="controller"} 3
                # HELP sharp_metrics_instance_up Whether a service instance has published its metrics within the last 30 seconds.
                # TYPE sharp_metrics_instance_up gauge
                sharp_metrics_instance_up{instance_id="0",service="metrics"} 1
                sharp_metrics_instance_up{instance_id="1",service="controller"} 1

                """)
    }

    @Test func aHistogramIsWrittenCumulatively() throws {
        var histogram = HistogramValue(buckets: [0.001, 1, 10])
        for value in [0.0005, 0.5, 0.7, 99] { histogram.record(value) }
        let lines = lines(try collector([Metric(name: "t_seconds", labels: ["phase": "arm"], value: .histogram(histogram))]))
        let labels = "instance_id=\"1\",phase=\"arm\",service=\"controller\""
        #expect(
            lines.filter { $0.hasPrefix("t_seconds") } == [
                "t_seconds_bucket{\(labels),le=\"0.001\"} 1",
                "t_seconds_bucket{\(labels),le=\"1\"} 3",
                "t_seconds_bucket{\(labels),le=\"10\"} 3",
                "t_seconds_bucket{\(labels),le=\"+Inf\"} 4",
                "t_seconds_sum{\(labels)} 100.2005",
                "t_seconds_count{\(labels)} 4",
            ])
    }

    @Test func textIsEscaped() throws {
        let metric = Metric(name: "m", help: "a\\b\nc\"d", labels: ["l": "a\\b\nc\"dé"], value: .gauge(.infinity))
        let lines = lines(try collector([metric]))
        #expect(lines.contains(#"# HELP m a\\b\nc"d"#))
        #expect(lines.contains(#"m{instance_id="1",l="a\\b\nc\"dé",service="controller"} +Inf"#))
    }

    @Test func oneNameOfSeveralInstancesIsOneFamily() throws {
        let collector = MetricsCollector()
        for instance in ["1", "2"] {
            let metrics = [Metric(name: "m", help: "Help.", value: .gauge(1))]
            collector.receive(try event(MetricsSnapshot(service: "agent", instance: instance, metrics: metrics)), at: start)
        }
        let lines = lines(collector)
        #expect(lines.filter { $0 == "# TYPE m gauge" }.count == 1)
        #expect(lines.filter { $0.hasPrefix("m{") }.count == 2)
    }

    @Test func aSilentInstanceIsShownAsDownWithoutItsSeriesAndForgottenLater() throws {
        let collector = try collector([Metric(name: "m", value: .gauge(1))])
        let up = #"sharp_metrics_instance_up{instance_id="1",service="controller"}"#
        #expect(lines(collector, at: start + .seconds(30)).contains(up + " 1"))
        let later = lines(collector, at: start + .seconds(31))
        #expect(later.contains(up + " 0"))
        #expect(!later.contains { $0.hasPrefix("m{") })
        #expect(!lines(collector, at: start + .seconds(601)).contains { $0.hasPrefix(up) })
    }

    @Test func aLaterSnapshotReplacesTheEarlier() throws {
        let collector = try collector([Metric(name: "old", value: .gauge(1))])
        let metrics = [Metric(name: "new", value: .gauge(1))]
        collector.receive(try event(MetricsSnapshot(service: "controller", instance: "1", metrics: metrics)), at: start)
        #expect(!lines(collector).contains { $0.hasPrefix("old") })
        #expect(lines(collector).contains { $0.hasPrefix("new{") })
    }

    @Test func instancesAndSeriesOverTheLimitsAreRefusedAndCounted() throws {
        var limits = SnapshotStore.Limits()
        limits.instances = 1
        limits.series = 2
        let metrics = (0..<5).map { Metric(name: "m", labels: ["n": "\($0)"], value: .gauge(0)) }
        let collector = try collector(metrics, limits: limits)
        collector.receive(try event(MetricsSnapshot(service: "agent", instance: "2", metrics: [])), at: start)
        #expect(lines(collector).filter { $0.hasPrefix("m{") }.count == 2)
        #expect(refused("too_many_series", by: collector) == .counter(3))
        #expect(refused("too_many_instances", by: collector) == .counter(1))
    }

    @Test(
        "a series that Prometheus would not read is refused and counted",
        arguments: [
            Metric(name: "", value: .gauge(0)),
            Metric(name: "1m", value: .gauge(0)),
            Metric(name: "m\n", value: .gauge(0)),
            Metric(name: "m{}", value: .gauge(0)),
            Metric(name: "m", labels: ["": "x"], value: .gauge(0)),
            Metric(name: "m", labels: ["__name__": "x"], value: .gauge(0)),
            Metric(name: "m", labels: ["a:b": "x"], value: .gauge(0)),
            Metric(name: "m", labels: ["service": "x"], value: .gauge(0)),
            Metric(name: "m", labels: ["x": String(repeating: "x", count: 2_000)], value: .gauge(0)),
            Metric(name: "m", labels: ["le": "x"], value: .histogram(HistogramValue(buckets: []))),
            Metric(name: "m", value: .histogram(HistogramValue(buckets: [2, 1]))),
        ])
    func aSeriesThatPrometheusWouldNotReadIsRefused(metric: Metric) throws {
        let collector = try collector([metric, Metric(name: "good", value: .gauge(1))])
        #expect(refused("invalid_series", by: collector) == .counter(1))
        #expect(lines(collector).filter { !$0.hasPrefix("#") }.count == 3)
    }

    @Test func aSeriesGivenTwiceIsTakenOnce() throws {
        let collector = try collector([Metric(name: "m", value: .gauge(1)), Metric(name: "m", value: .gauge(2))])
        #expect(lines(collector).filter { $0.hasPrefix("m{") } == [#"m{instance_id="1",service="controller"} 1"#])
    }

    @Test func aNameOfTwoKindsKeepsTheFirst() throws {
        let collector = try collector([
            Metric(name: "m", labels: ["a": "1"], value: .gauge(1)), Metric(name: "m", labels: ["a": "2"], value: .counter(1)),
            Metric(name: "h", value: .histogram(HistogramValue(buckets: [1]))), Metric(name: "h_sum", value: .gauge(1)),
        ])
        #expect(lines(collector).filter { $0.hasPrefix("m{") }.count == 1)
        #expect(lines(collector).filter { $0.hasPrefix("h_sum") } == [#"h_sum{instance_id="1",service="controller"} 0"#])
        #expect(refused("conflicting_kind", by: collector) == .counter(4))
    }

    @Test func gapsAndMalformedSnapshotsAreCounted() throws {
        let collector = try collector([])
        collector.receive(.gap(publisher: "p", topic: "metrics", missed: 7), at: start)
        let header = Header(publisher: "p", sequence: 0, timeMs: 0)
        for body in ["", "{}", #"{"service":"s","instance":"1","metrics":[{"name":"m","kind":"summary","labels":{},"value":1}]}"#] {
            collector.receive(.event(Envelope(topic: "metrics", header: header, body: Array(body.utf8))), at: start)
        }
        #expect(refused("malformed", by: collector) == .counter(3))
        let registry = MetricsRegistry(service: "metrics", instance: "0")
        registry.addSampler(collector.sample)
        #expect(
            registry.snapshot().metrics.contains(
                Metric(name: "sharp_metrics_missed_messages_total", help: MetricDescription.missedMessages.help, value: .counter(7))))
    }

    @Test func randomlyDamagedSnapshotsAreReadOrRefusedButNeverTrap() throws {
        var random = SeededGenerator(seed: 11)
        let registry = MetricsRegistry(service: "controller", instance: "1")
        registry.declare(MetricDescription.ofController)
        let bytes = try BusJSON.encode(registry.snapshot())
        let collector = MetricsCollector()
        let header = Header(publisher: "p", sequence: 0, timeMs: 0)
        for _ in 0..<1_000 {
            var damaged = bytes
            for _ in 0..<3 {
                let place = Int.random(in: 0..<damaged.count, using: &random)
                damaged[place] = UInt8.random(in: 32...126, using: &random)
            }
            collector.receive(.event(Envelope(topic: "metrics", header: header, body: damaged)), at: start)
        }
        #expect(!collector.text(own: own, at: start).isEmpty)
    }
}

/// SplitMix64: the same numbers for the same seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
