import Bus
import Metrics
import ServiceSupport
import Testing

struct MetricsRegistryTests {
    private let registry = MetricsRegistry(service: "controller", instance: "1", seriesLimit: 10)

    private func value(_ name: String, _ labels: [String: String] = [:]) -> MetricValue? {
        registry.snapshot().metrics.first { $0.name == name && $0.labels == labels }?.value
    }

    @Test func declaredSeriesAreThereAtZero() {
        registry.declare([.handovers, .handoverDuration])
        for outcome in ["completed", "aborted", "failed"] {
            #expect(value("sharp_handovers_total", ["outcome": outcome]) == .counter(0))
        }
        #expect(value("sharp_handover_duration_seconds") == .histogram(HistogramValue(buckets: MetricDescription.secondsBuckets)))
    }

    @Test func labelsThatOnlyTheServiceKnowsAreGivenToTheDeclaration() {
        registry.declare([.hslBufferedPackets])
        #expect(!registry.snapshot().metrics.contains { $0.name == "sharp_hsl_buffered_packets" })
        registry.declare([.hslBufferedPackets], given: ["vnf": "7"])
        #expect(value("sharp_hsl_buffered_packets", ["vnf": "7", "buffer": "control"]) == .gauge(0))
        #expect(value("sharp_hsl_buffered_packets", ["vnf": "7", "buffer": "switch"]) == .gauge(0))
    }

    @Test func theSameSeriesIsTheSameCount() {
        let labels = [("outcome", "completed")]
        Counter(label: "sharp_handovers_total", dimensions: labels, factory: registry).increment()
        Counter(label: "sharp_handovers_total", dimensions: labels, factory: registry).increment(by: 2)
        #expect(value("sharp_handovers_total", ["outcome": "completed"]) == .counter(3))
    }

    @Test func gaugesMetersAndTimersRecord() {
        Gauge(label: "level", factory: registry).record(5)
        let meter = Meter(label: "depth", factory: registry)
        meter.set(2)
        meter.increment(by: 1.5)
        meter.decrement()
        Timer(label: "sharp_handover_duration_seconds", factory: registry).recordMilliseconds(3)
        #expect(value("level") == .gauge(5))
        #expect(value("depth") == .gauge(2.5))
        var histogram = HistogramValue(buckets: MetricDescription.secondsBuckets)
        histogram.record(0.003)
        #expect(value("sharp_handover_duration_seconds") == .histogram(histogram))
    }

    @Test func namesOfOtherLibrariesAreMadeValid() {
        Counter(label: "http.requests", dimensions: [("http.route", "/")], factory: registry).increment()
        Timer(label: "9 lives", factory: registry).recordSeconds(1)
        #expect(value("http_requests_total", ["http_route": "/"]) == .counter(1))
        #expect(registry.snapshot().metrics.contains { $0.name == "_9_lives_seconds" })
    }

    @Test func seriesOverTheLimitAreRefusedAndCounted() {
        for number in 0..<15 { Counter(label: "c", dimensions: [("n", "\(number)")], factory: registry).increment() }
        #expect(value("sharp_metric_series_refused_total") == .counter(5))
        #expect(registry.snapshot().metrics.filter { $0.name == "c_total" }.count == 10)
    }

    @Test func aNameOfAnotherKindIsRefusedAndCounted() {
        Gauge(label: "sharp_handovers_total", factory: registry).record(1)
        #expect(value("sharp_handovers_total") == nil)
        #expect(value("sharp_metric_series_refused_total") == .counter(1))
    }

    @Test func aSamplerAddsWhatAnotherThreadCounts() {
        registry.addSampler { samples in
            samples.set(.hslForwardedPackets, to: UInt64(41))
            samples.set(.hslDroppedPackets, ["reason": "kernel"], to: 2)
            samples.set(.handoverDuration, to: 1)
        }
        #expect(value("sharp_hsl_forwarded_packets_total") == .counter(41))
        #expect(value("sharp_hsl_dropped_packets_total", ["reason": "kernel"]) == .counter(2))
        #expect(value("sharp_metric_series_refused_total") == .counter(3))
    }

    @Test func aDestroyedSeriesIsForgotten() {
        let counter = Counter(label: "c", factory: registry)
        counter.increment()
        counter.destroy()
        #expect(value("c_total") == nil)
    }

    @Test func countsFromManyThreadsAddUp() async {
        let counter = Counter(label: "c", factory: registry)
        let meter = Meter(label: "m", factory: registry)
        let timer = Timer(label: "t", factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        counter.increment()
                        meter.increment()
                        timer.recordSeconds(1)
                    }
                }
            }
        }
        #expect(value("c_total") == .counter(8_000))
        #expect(value("m") == .gauge(8_000))
        guard case .histogram(let histogram) = value("t_seconds") else {
            Issue.record("no histogram")
            return
        }
        #expect(histogram.counts.reduce(0, +) == 8_000)
        #expect(histogram.sum == 8_000)
    }

    @Test func aSnapshotIsReadAsItWasWritten() throws {
        registry.declare([.handovers, .handoverDuration])
        Gauge(label: "odd", factory: registry).record(Double.infinity)
        let snapshot = registry.snapshot()
        #expect(try BusJSON.decode(MetricsSnapshot.self, from: BusJSON.encode(snapshot)) == snapshot)
        #expect(snapshot.metrics.filter { $0.name == "sharp_handovers_total" }.compactMap(\.help).count == 1)
    }

    @Test func aSnapshotCutAnywhereIsRefused() throws {
        registry.declare([.handovers, .handoverDuration])
        let bytes = try BusJSON.encode(registry.snapshot())
        for length in 0..<bytes.count {
            #expect(throws: (any Error).self) { try BusJSON.decode(MetricsSnapshot.self, from: Array(bytes.prefix(length))) }
        }
    }

    @Test func everyMetricOfTheCatalogueHasAValidNameItsUnitAndAHelp() {
        let all =
            MetricDescription.ofController + MetricDescription.ofAgent + MetricDescription.ofCollector
            + MetricDescription.ofEveryService
        #expect(Set(all.map(\.name)).count == all.count)
        for metric in all {
            #expect(MetricName.isValid(metric.name) && metric.name.hasPrefix("sharp_"))
            #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"))
            #expect(metric.kind != .histogram || metric.name.hasSuffix("_seconds"))
            #expect(metric.help.hasSuffix("."))
            #expect(metric.labels.allSatisfy { MetricName.isValidLabel($0.name) })
        }
    }
}
