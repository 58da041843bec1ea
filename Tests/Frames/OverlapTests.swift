import Frames
import Testing

@Suite struct OverlapTests {
    /// One bit for each of the headers, set where the match covers them.
    private func covered(of all: [PacketHeaders], by match: FlowMatch) -> [UInt64] {
        stride(from: 0, to: all.count, by: 64).map { start in
            all[start..<min(start + 64, all.count)].reversed().reduce(0) { $0 << 1 | (match.matches($1) ? 1 : 0) }
        }
    }

    @Test func matchesOverlapExactlyIfSomeFrameIsCoveredByBoth() throws {
        var generator = SeededGenerator(seed: 99)
        let matches = [FlowMatch.any] + Universe.matches(300, using: &generator)
        let all = try Universe.frames.map { try headers($0.bytes) }
        let covers = matches.map { match in covered(of: all, by: match) }
        for left in matches.indices {
            for right in matches.indices {
                let isShared = zip(covers[left], covers[right]).contains { $0 & $1 != 0 }
                if matches[left].overlaps(matches[right]) != isShared {
                    Issue.record("\(matches[left].fields) and \(matches[right].fields): \(isShared)")
                }
            }
        }
    }

    @Test func overlappingIsMutualAndKeptByTheMirror() {
        var generator = SeededGenerator(seed: 100)
        let matches = Universe.matches(300, using: &generator)
        for left in matches {
            for right in matches {
                let overlaps = left.overlaps(right)
                if right.overlaps(left) != overlaps || left.mirrored.overlaps(right.mirrored) != overlaps {
                    Issue.record("\(left.fields) and \(right.fields): \(overlaps)")
                }
            }
        }
    }

    @Test func theMirrorOfAMatchCoversTheMirrorsOfItsFrames() throws {
        var generator = SeededGenerator(seed: 101)
        let all = try Universe.frames.map { (there: try headers($0.bytes), back: try headers($0.mirrored.bytes)) }
        for match in Universe.matches(200, using: &generator) {
            let mirror = match.mirrored
            #expect(mirror.mirrored == match)
            let wrong = all.filter { match.matches($0.there) != mirror.matches($0.back) }
            #expect(wrong.isEmpty, "\(match.fields)")
        }
    }

    @Test func theMirrorOfAFlowsMatchIsTheMatchOfItsMirror() {
        for flow in Universe.flows { #expect(FlowMatch(exactly: flow).mirrored == FlowMatch(exactly: flow.mirrored)) }
    }

    @Test func bitsOutsideOfAMaskDoNotCount() {
        let masked = Masked(IPv4Address(bits: 0x0A00_0001), mask: IPv4Address(bits: 0xFFFF_FF00))
        #expect(masked == Masked(IPv4Address(bits: 0x0A00_00FF), mask: IPv4Address(bits: 0xFFFF_FF00)))
        #expect(masked.matches(IPv4Address(bits: 0x0A00_0063)) && !masked.matches(IPv4Address(bits: 0x0A00_0163)))
        #expect(!masked.isExact && Masked(MACAddress.zero).isExact)
    }

    @Test func maskedValuesOverlapExactlyIfSomeValueAgreesWithBoth() {
        let values = (0..<8).map { IPv4Address(bits: $0) }
        let masked = values.flatMap { value in values.map { Masked(value, mask: $0) } }
        for left in masked {
            for right in masked {
                let isShared = values.contains { left.matches($0) && right.matches($0) }
                if left.overlaps(right) != isShared { Issue.record("\(left) and \(right): \(isShared)") }
            }
        }
    }

    @Test func tagsOverlapExactlyIfSomeFrameHasATagForBothOrNone() {
        let identifiers = [nil] + (0..<4).map { UInt16($0) }
        let tags = (0..<4 as Range<UInt16>).map { VLANIdentifier(bits: $0) }
        let matches = [VLANMatch.untagged] + tags.flatMap { value in tags.map { VLANMatch.tagged(Masked(value, mask: $0)) } }
        for left in matches {
            for right in matches {
                let isShared = identifiers.contains { left.matches($0) && right.matches($0) }
                if left.overlaps(right) != isShared { Issue.record("\(left) and \(right): \(isShared)") }
            }
        }
    }
}
