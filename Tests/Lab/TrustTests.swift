import Lab
import Testing

@Suite("Trust in the lab", .enabled(if: Machine.canRunLabs, Machine.reason), .serialized)
struct TrustTests {
    @Test func aHostThatForgesControlFramesAchievesNothing() async throws {
        var options = LabOptions()
        options.handovers = 2
        options.stateMs = 200
        options.forge = 3
        options.margin = 0.5
        let report = try await Machine.run(options.scenario)
        Machine.expectPassed(report)
        let forged = try #require(report.forged)
        #expect(forged.sent == options.handovers * options.forge * HostileFrame.forgeries(of: 1...8).count)
        #expect(forged.dropped == forged.sent)
    }

    @Test func forgedFramesAreLongEnoughAndNameTheirReceiver() {
        for frame in HostileFrame.forgeries(of: 1...1) {
            #expect(frame.bytes.count >= 60)
            #expect(Array(frame.bytes[12..<14]) == [0x82, 0x1C])
        }
        #expect(HostileFrame.short(bytes: 30).bytes.count == 30)
    }
}
