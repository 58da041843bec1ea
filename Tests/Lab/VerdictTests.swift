import ExampleVNFKit
import Foundation
import Lab
import Testing
import TrafficKit

/// A run of ten packets there and ten back that went as it should, for tests to spoil.
private struct Run {
    var scenario = LabOptions().scenario
    var sender = TrafficEnd(flows: 1)
    var reflector = TrafficEnd(flows: 1)
    var functions: [Int: StateDump] = [:]
    var outcome = "completed"
    var drops: [String: Int] = [:]
    var standstills: [Standstill]?

    init(losing lost: Int? = nil) {
        for number in 0..<10 {
            var question = [UInt8](repeating: 0, count: 16)
            question.withUnsafeMutableBytes { sender.write(flow: 0, sentAt: 0, to: $0) }
            if number == lost { continue }
            question.withUnsafeMutableBytes { bytes in
                _ = reflector.arrived(UnsafeRawBufferPointer(bytes), flow: 0, at: 1_000_000)
                reflector.write(flow: 0, sentAt: 0, to: bytes)
                _ = sender.arrived(UnsafeRawBufferPointer(bytes), flow: 0, at: 2_000_000)
            }
        }
        let there = sender.report(socketDrops: 0, refused: 0).flows[0]
        let back = reflector.report(socketDrops: 0, refused: 0).flows[0]
        functions[2] = StateDump(
            flows: [
                .init(flow: "udp 10.0.0.1:5000 > 10.0.0.2:7000", state: there.sent, phase: "owned"),
                .init(flow: "udp 10.0.0.2:7000 > 10.0.0.1:5000", state: back.sent, phase: "owned"),
            ], forwarded: 20, violations: 0, unreadable: 0, kernelDrops: 0, refused: 0, controlChannel: true)
    }

    /// One more packet there and back, sent at 20 ms, while a handover is under way.
    mutating func markDuring(delayMs: UInt64) {
        sender.mark(TrafficLabel.during.rawValue, at: 20_000_000)
        var question = [UInt8](repeating: 0, count: 16)
        question.withUnsafeMutableBytes { bytes in
            sender.write(flow: 0, sentAt: 20_000_000, to: bytes)
            _ = reflector.arrived(UnsafeRawBufferPointer(bytes), flow: 0, at: 21_000_000)
            reflector.write(flow: 0, sentAt: 20_000_000, to: bytes)
            _ = sender.arrived(UnsafeRawBufferPointer(bytes), flow: 0, at: 20_000_000 + delayMs * 1_000_000)
        }
    }

    var report: LabReport {
        get throws {
            let record = """
                {"id":1,"rule":"r1","flow":"udp 10.0.0.1:5000 > 10.0.0.2:7000","source":1,"destination":2,"outcome":"\(outcome)",
                "startedAtMs":0,"durationMs":3.5,"phasesMs":{"arm":1.5,"redirect":null},
                "controllerBuffered":{"packets":3,"bytes":174,"peakPackets":2},"vnfBuffered":{"packets":5,"bytes":290,"peakPackets":5}}
                """
            let ends = Observations.Ends(
                sender: sender.report(socketDrops: 0, refused: 0), reflector: reflector.report(socketDrops: 0, refused: 0))
            var seen = Observations(streams: [Stream.measured: ends], functions: functions, drops: drops)
            seen.standstills = standstills
            seen.handovers = [try JSONDecoder().decode(Handover.self, from: Data(record.utf8))]
            return LabReport(scenario, seen)
        }
    }
}

@Suite("The verdict")
struct VerdictTests {
    @Test func aRunInWhichEverythingHeldPasses() throws {
        let report = try Run().report
        #expect(report.verdict == .passed)
        #expect(report.failures.isEmpty)
        #expect(report.sent == 20 && report.received == 20)
        #expect(report.handoverMs?.max == 3.5)
        #expect(report.phasesMs == ["arm": 1.5])
        #expect(report.controllerBuffered.peakPackets == 2)
    }

    @Test func aDelayWhileTheMachineStoodStillIsCountedApart() throws {
        var run = Run()
        run.markDuring(delayMs: 9)
        run.standstills = []
        #expect(try run.report.disturbedDelays == 0)
        #expect(try run.report.undisturbedDelayMs == run.report.addedDelayMs)
        run.standstills = [Standstill(began: 22_000_000, ended: 25_000_000)]
        let report = try run.report
        #expect(report.disturbedDelays == 1)
        #expect(report.undisturbedDelayMs == nil)
        #expect(report.machine?.longestMs == 3)
    }

    @Test func oneLostPacketFails() throws {
        let report = try Run(losing: 4).report
        #expect(report.verdict == .failed)
        #expect(report.lost == 1)
    }

    @Test func stateThatMissesAPacketFails() throws {
        var run = Run()
        run.functions[2]?.flows[0].state = SequenceDigest()
        #expect(try !run.report.stateIntact)
        #expect(try run.report.verdict == .failed)
    }

    @Test func aFrameWhereTheProtocolForbidsItFails() throws {
        var run = Run()
        run.functions[2]?.violations = 1
        #expect(try run.report.verdict == .failed)
    }

    @Test(arguments: ["aborted", "failed", "open"]) func aHandoverThatDidNotCompleteFails(_ outcome: String) throws {
        var run = Run()
        run.outcome = outcome
        #expect(try run.report.verdict == .failed)
    }

    @Test func dropsOfTheMachineMakeTheRunVoid() throws {
        var run = Run(losing: 4)
        run.drops = ["interface s1-h1": 1]
        #expect(try run.report.verdict == .void)
        #expect(try run.report.environmentDrops == 1)
    }

    @Test func theReportIsReadAsItWasWritten() throws {
        let report = try Run().report
        #expect(try JSONDecoder().decode(LabReport.self, from: Data(try ReportFiles.json(report).utf8)) == report)
    }

    @Test func everyReportNamesItsVerdict() throws {
        #expect(try Run().report.text.contains("PASSED"))
        #expect(try Run(losing: 0).report.text.contains("1 packet lost"))
    }

    @Test func dropsOfPacketSocketsAreAddedUp() {
        let text = """
            Netid Recv-Q Send-Q Local Address:Port Peer Address:Port
            p_raw 0      0      *:s1-h1 *  skmem:(r0,rb67108864,t0,tb33554432,f0,w0,o0,bl0,d12)
            p_raw 0      0      *:s1-v1 *
                 skmem:(r0,rb67108864,t0,tb33554432,f0,w0,o0,bl0,d30)
            """
        #expect(DropCounters.packetSockets(text) == 42)
    }

    @Test func whatProcessorsHadNoRoomForIsTheMachinesFault() {
        let text = """
            1a03d942 000011b8 000006a8 00000000 00000000 00000000
            18143671 00000002 00000787 00000000 00000000 00000000

            """
        #expect(DropCounters.backlogs(text) == 0x11ba)
        #expect(DropCounters.backlogs("nothing of the kind") == 0)
    }

    @Test func samplesOfAMetricAreAddedUp() {
        let text = """
            # HELP sharp_x_total Things.
            sharp_x_total{reason="kernel",instance="a"} 3
            sharp_x_total{reason="other",instance="a"} 5
            sharp_x_total_more 7
            """
        #expect(MetricsClient.sum(of: "sharp_x_total", in: text) == 8)
        #expect(MetricsClient.sum(of: "sharp_x_total", label: "reason=\"kernel\"", in: text) == 3)
    }
}
