import Frames
import Testing

@Suite struct OverlapTests {
    @Test func matchesOverlapExactlyIfSomeFrameIsCoveredByBoth() throws {
        var generator = SeededGenerator(seed: 99)
        let matches = [FlowMatch.any] + Universe.matches(300, using: &generator)
        let all = try Universe.frames.map { try headers($0.bytes) }
        let covers = matches.map { match in Set(all.indices.filter { match.matches(all[$0]) }) }
        for left in matches.indices {
            for right in matches.indices {
                let isShared = !covers[left].isDisjoint(with: covers[right])
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
}
