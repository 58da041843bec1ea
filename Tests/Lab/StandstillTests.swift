import Lab
import Testing
import TrafficKit

@Suite("A machine that stands still")
struct StandstillTests {
    private let standstill = Standstill(began: 10_000_000, ended: 15_000_000)

    @Test(
        "delays the packets that are on their way meanwhile, and no others",
        arguments: [
            (1, 9, false), (1, 11, true), (11, 12, true), (14, 20, true), (5, 30, true), (15, 20, false),
        ])
    func delays(sentAtMs: UInt64, arrivedAtMs: UInt64, isDelayed: Bool) {
        let delay = LongestDelay(sentAt: sentAtMs * 1_000_000, nanoseconds: (arrivedAtMs - sentAtMs) * 1_000_000)
        #expect(standstill.overlaps(delay) == isDelayed)
    }

    @Test func theReportSaysHowOftenAndHowLong() {
        let machine = LabReport.Machine([standstill, Standstill(began: 20_000_000, ended: 22_500_000)])
        #expect(machine.standstills == 2)
        #expect(machine.longestMs == 5)
        #expect(machine.totalMs == 7.5)
    }

    @Test func aWatchThatIsStoppedSaysWhatItFoundInOrder() throws {
        guard let watch = StandstillWatch() else { return }
        let found = watch.stop()
        #expect(found.allSatisfy { $0.ended >= $0.began + StandstillWatch.tolerance })
        #expect(zip(found, found.dropFirst()).allSatisfy { $0.began <= $1.began })
    }

    @Test func theLongestDelayIsThatOfOnePacket() {
        var longest = LongestDelay()
        longest.record(sentAt: 5, nanoseconds: 2_000_000)
        longest.record(sentAt: 9, nanoseconds: 1_000_000)
        #expect(longest.sentAt == 5)
        #expect(longest.milliseconds == 2)
        #expect(longest.arrivedAt == 2_000_005)
    }
}
