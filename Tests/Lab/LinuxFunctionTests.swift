import Foundation
import Lab
import Testing

/// Unmodified Linux functions behind the agents, and real downloads through them.
@Suite("Linux functions in the lab", .enabled(if: Machine.canRunLabs && hasTools, Machine.reason), .serialized)
struct LinuxFunctionTests {
    private func expectPassed(_ arguments: String...) async throws {
        let report = try await runNATLab(arguments, executable: try Machine.lab)
        #expect(report.hasPassed, "\(report.text)")
    }

    @Test func aDownloadThroughAFirewallGoesOnBehindAnother() async throws {
        try await expectPassed("--function", "firewall", "--what", "download")
    }

    @Test func aConversationThroughAFirewallGoesOnBehindAnother() async throws {
        try await expectPassed("--function", "firewall", "--what", "datagrams")
    }

    @Test func aDownloadThroughANATGoesOnBehindAnotherInEveryWay() async throws {
        try await expectPassed("--what", "download")
    }

    @Test func aConversationThroughANATGoesOnBehindAnotherInEveryWay() async throws {
        try await expectPassed("--what", "datagrams")
    }

    @Test func everyWayIsOneThatThereIs() {
        let ways = NATOptions().ways.map { "\($0.mode), \($0.wayBack)" }
        #expect(ways == ["sharp, function", "direct, function", "direct, rule"])
    }
}

@Suite struct KernelTableTests {
    @Test func countersAreNamedAsNstatNamesThem() {
        let text = """
            Tcp: RtoAlgorithm MaxConn RetransSegs
            Tcp: 1 -1 17
            Udp: InDatagrams NoPorts
            Udp: 5 0
            TcpExt: TCPLossProbes
            TcpExt: 3
            """
        #expect(
            KernelTables.counters(text) == [
                "Tcp:RtoAlgorithm": 1, "Tcp:MaxConn": -1, "Tcp:RetransSegs": 17, "Udp:InDatagrams": 5, "Udp:NoPorts": 0,
                "TcpExt:TCPLossProbes": 3,
            ])
        #expect(KernelTables.counters("").isEmpty)
    }

    @Test func connectionsThatWereAnsweredAndAreNotOverAreFound() {
        let text = """
            tcp      6 299 ESTABLISHED src=10.1.0.2 dst=10.2.0.2 sport=40414 dport=80 src=10.2.0.2 dst=10.2.0.1 sport=80 dport=28630 [ASSURED] mark=0 use=1
            tcp      6 117 TIME_WAIT src=10.1.0.2 dst=10.2.0.2 sport=40406 dport=80 src=10.2.0.2 dst=10.2.0.1 sport=80 dport=22623 [ASSURED] mark=0 use=1
            udp      17 29 src=10.1.0.2 dst=10.2.0.2 sport=5 dport=7 [UNREPLIED] src=10.2.0.2 dst=10.2.0.1 sport=7 dport=5 mark=0 use=1
            udp      17 119 src=10.1.0.2 dst=10.2.0.2 sport=20001 dport=7000 src=10.2.0.2 dst=10.2.0.1 sport=7000 dport=20001 mark=0 use=1
            """
        #expect(KernelTables.answeredPorts(text) == [40_414, 20_001])
    }
}

private let hasTools = ["nft", "conntrack"].allSatisfy { FileManager.default.isExecutableFile(atPath: "/usr/sbin/\($0)") }
