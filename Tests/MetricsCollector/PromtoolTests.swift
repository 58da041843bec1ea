import Bus
import Foundation
import MetricsCollector
import ServiceSupport
import Testing
import Timing

struct PromtoolTests {
    private static let promtool = ["/usr/bin/promtool", "/usr/local/bin/promtool", "/bin/promtool"]
        .first(where: FileManager.default.isExecutableFile)

    @Test(.enabled(if: promtool != nil, "promtool is not installed (Debian package prometheus)"))
    func promtoolAcceptsWhatAllServicesDeclare() throws {
        let collector = MetricsCollector()
        let services = ["controller": MetricDescription.ofController, "hsl-agent": MetricDescription.ofAgent]
        for (service, metrics) in services {
            for instance in ["1", "2"] {
                let registry = MetricsRegistry(service: service, instance: instance)
                registry.declare(metrics + MetricDescription.ofEveryService, given: ["vnf": "1"])
                let header = Header(publisher: "\(service)/\(instance)", sequence: 0, timeMs: 0)
                let body = try BusJSON.encode(registry.snapshot())
                collector.receive(.event(Envelope(topic: MetricsSnapshot.topic, header: header, body: body)), at: .zero)
            }
        }
        let own = MetricsRegistry(service: "metrics", instance: "0")
        own.addSampler(collector.sample)
        let text = collector.text(own: own.snapshot(), at: .zero)
        for name in ["sharp_handovers_total", "sharp_hsl_buffered_packets", "sharp_metrics_missed_messages_total"] {
            #expect(text.contains("# TYPE \(name) "))
        }
        let (status, output) = try check(text)
        #expect(status == 0, "\(output)")
        #expect(output.isEmpty)
    }

    @Test(.enabled(if: promtool != nil, "promtool is not installed (Debian package prometheus)"))
    func promtoolRefusesWhatIsNoMetric() throws {
        #expect(try check("no metric at all").status != 0)
    }

    private func check(_ text: String) throws -> (status: Int32, output: String) {
        let process = Process()
        let input = Pipe()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(Self.promtool))
        process.arguments = ["check", "metrics"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
