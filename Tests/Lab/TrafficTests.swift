import Testing
import TrafficKit

private func payload(flow: UInt16 = 0, _ sequence: UInt32, sentAt: UInt64 = 0) -> [UInt8] {
    var bytes = [UInt8](repeating: 7, count: 20)
    bytes.withUnsafeMutableBytes { Probe(flow: flow, sequence: sequence, sentAt: sentAt).write(to: $0) }
    return bytes
}

extension TrafficEnd {
    fileprivate mutating func arrived(_ sequence: UInt32, flow: UInt16 = 0, socket: Int = 0, sentAt: UInt64 = 0, at now: UInt64 = 0) {
        payload(flow: flow, sequence, sentAt: sentAt).withUnsafeBytes { _ = self.arrived($0, flow: socket, at: now) }
    }

    fileprivate var counts: ArrivalCounts { report(socketDrops: 0, refused: 0).flows[0].arrivals }
}

@Suite("Traffic")
struct TrafficTests {
    @Test func aProbeIsReadAsItWasWritten() {
        let read = payload(flow: 9, 77, sentAt: 123_456_789_012).withUnsafeBytes { Probe($0) }
        #expect(read == Probe(flow: 9, sequence: 77, sentAt: 123_456_789_012))
    }

    @Test func aProbeCutAnywhereIsNoProbe() {
        for length in 0..<Probe.byteCount {
            #expect(payload(1).prefix(length).withUnsafeBytes { Probe($0) } == nil)
        }
    }

    @Test func packetsInOrderAreNeitherDoubledNorReordered() {
        var end = TrafficEnd(flows: 1)
        for sequence in 0..<1000 { end.arrived(UInt32(sequence)) }
        #expect(end.counts.received == 1000)
        #expect(end.counts.distinct == 1000)
        #expect(end.counts.duplicated == 0)
        #expect(end.counts.reordered == 0)
    }

    @Test func whatArrivesTwiceIsDoubledAndWhatArrivesLateIsReordered() {
        var end = TrafficEnd(flows: 1)
        for sequence: UInt32 in [0, 1, 4, 2, 3, 3, 5, 0] { end.arrived(sequence) }
        #expect(end.counts.distinct == 6)
        #expect(end.counts.duplicated == 2)
        #expect(end.counts.reordered == 2)
    }

    @Test func theReportTellsWhichPacketsCameLateAndWhen() {
        var end = TrafficEnd(flows: 2)
        for sequence: UInt32 in [0, 4, 1, 2] { end.arrived(sequence, sentAt: 0, at: 10_000_000) }
        end.mark("during", at: 20_000_000)
        for sequence: UInt32 in [3, 9, 8] { end.arrived(sequence, sentAt: 0, at: 23_000_000) }
        #expect(
            end.report(socketDrops: 0, refused: 0).disorders == [
                Disorder(flow: 0, sequence: 1, behind: 4, packets: 3, label: "before", afterMs: 0),
                Disorder(flow: 0, sequence: 8, behind: 9, packets: 1, label: "during", afterMs: 3),
            ])
    }

    @Test func noMoreDisordersAreToldThanAreRemembered() {
        var end = TrafficEnd(flows: 1)
        for pair in 0..<UInt32(2 * Disorder.memory) { for sequence in [2 * pair + 1, 2 * pair] { end.arrived(sequence) } }
        #expect(end.counts.reordered == 2 * Disorder.memory)
        #expect(end.report(socketDrops: 0, refused: 0).disorders.count == Disorder.memory)
    }

    @Test func aPacketOfAnotherFlowOrFarBeyondWhatWasSentIsForeign() {
        var end = TrafficEnd(flows: 2)
        end.arrived(0, flow: 1, socket: 0)
        end.arrived(ArrivalLog.window)
        #expect(end.foreign == 2)
        #expect(end.distinct == 0)
    }

    @Test func bothEndsDigestTheSamePacketsAlike() {
        var sender = TrafficEnd(flows: 1)
        var receiver = TrafficEnd(flows: 1)
        var bytes = [UInt8](repeating: 3, count: 61)
        for time in 0..<50 {
            bytes.withUnsafeMutableBytes { sender.write(flow: 0, sentAt: UInt64(time), to: $0) }
            bytes.withUnsafeBytes { _ = receiver.arrived($0, flow: 0, at: 100) }
        }
        #expect(sender.report(socketDrops: 0, refused: 0).flows[0].sent == receiver.report(socketDrops: 0, refused: 0).flows[0].received)
    }

    @Test func digestsTellOrderAndLengthApart() {
        func digest(_ payloads: [UInt8]...) -> SequenceDigest {
            var digest = SequenceDigest()
            for payload in payloads { payload.withUnsafeBytes { digest.append($0.bytes) } }
            return digest
        }
        #expect(digest([1], [2]) != digest([2], [1]))
        #expect(digest([0], [0]) != digest([0, 0]))
        #expect(digest([0, 0, 0, 0, 0, 0, 0, 0]) != digest([0, 0, 0, 0, 0, 0, 0]))
        #expect(digest([5], [6]) == digest([5], [6]))
    }

    @Test func delaysAreCountedApartAfterAMark() {
        var end = TrafficEnd(flows: 1)
        end.arrived(0, sentAt: 0, at: 2_000_000)
        end.mark("during", at: 0)
        end.arrived(1, sentAt: 0, at: 9_000_000)
        let delays = end.report(socketDrops: 0, refused: 0).delays
        #expect(delays.map(\.label) == ["before", "during"])
        #expect(delays.map(\.longest.milliseconds) == [2, 9])
    }

    @Test func quantilesAreWithinAThirtySecondOfTheTruth() {
        var histogram = DelayHistogram()
        for delay in 1...100_000 { histogram.record(UInt64(delay)) }
        for share in [0.01, 0.5, 0.9, 0.99, 1] {
            let truth = share * 100_000
            let said = Double(histogram.quantile(share) ?? 0)
            #expect(said >= truth && said <= truth * 33 / 32)
        }
    }

    @Test(arguments: [0, 1, 63, 64, 65, 1 << 32, UInt64.max]) func everyDelayHasABucket(_ delay: UInt64) {
        var histogram = DelayHistogram()
        histogram.record(delay)
        #expect(histogram.quantile(1) == delay)
    }

    @Test func theLongestDelayOfAWatchedFlowIsOfPacketsSentSince() {
        var end = TrafficEnd(flows: 2)
        end.arrived(0, sentAt: 10, at: 9_000_010)
        end.watch(flow: 0, since: 20)
        end.arrived(1, sentAt: 15, at: 8_000_000)
        end.arrived(2, sentAt: 30, at: 3_000_030)
        end.arrived(3, sentAt: 20 + TrafficEnd.watchLength, at: 9_000_000_000)
        end.arrived(0, flow: 1, socket: 1, sentAt: 30, at: 7_000_000)
        let flows = end.report(socketDrops: 0, refused: 0).flows
        #expect(flows.map(\.watched?.milliseconds) == [3, nil])
    }

    @Test func everyByteOfAConnectionIsCompared() {
        var bytes = [UInt8](repeating: 0, count: 10_000)
        bytes.withUnsafeMutableBytes { BytePattern.fill($0, from: 77) }
        #expect(bytes.withUnsafeBytes { BytePattern.mismatches(in: $0, from: 77) } == 0)
        bytes[5_000] ^= 1
        #expect(bytes.withUnsafeBytes { BytePattern.mismatches(in: $0, from: 77) } == 1)
        #expect(bytes.withUnsafeBytes { BytePattern.mismatches(in: $0, from: 78) } > 9_000)
    }

    @Test(arguments: [
        TrafficCommand.status, .mark("x y"), .watch(flow: 7), .quiet, .speak, .stop(expected: nil), .stop(expected: 12),
    ])
    func aCommandIsReadAsItWasWritten(_ command: TrafficCommand) {
        #expect(TrafficCommand(command.line) == command)
    }

    @Test(arguments: ["", "go", "mark", "watch", "watch -1", "quiet now", "stop -1", "stop many", "status now"])
    func anythingElseIsNoCommand(_ line: String) {
        #expect(TrafficCommand(line) == nil)
    }
}
