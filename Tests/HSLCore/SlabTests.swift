import HSLCore
import Testing

@Suite struct SlabTests {
    private func drain(_ slab: inout Slab, _ queue: PacketFIFO) -> [[UInt8]] {
        var packets: [[UInt8]] = []
        slab.drain(queue) { packets.append($0.withUnsafeBytes { [UInt8]($0) }) }
        return packets
    }

    @Test func packetsComeOutAsTheyWentInWhateverTheirSize() {
        var generator = SeededGenerator(state: 2_048)
        var slab = Slab(amount: Amount(packets: 2_000, bytes: 1_500_000), queues: 4)
        let all = slab.availableBlocks
        var queues = Array(repeating: PacketFIFO(), count: 4)
        var expected: [[[UInt8]]] = Array(repeating: [], count: 4)
        for round in 0..<20_000 {
            let index = Int.random(in: 0..<4, using: &generator)
            let action = Int.random(in: 0..<200, using: &generator)
            if action == 0 {
                let drained = drain(&slab, queues[index])
                #expect(drained == expected[index])
                (queues[index], expected[index]) = (PacketFIFO(), [])
            } else if action == 1 {
                slab.release(queues[index])
                (queues[index], expected[index]) = (PacketFIFO(), [])
            } else {
                let sizes = [0, 1, 60, 1_514, 2_040, 2_044, 2_048, .random(in: 0...9_014, using: &generator)]
                let size = sizes.randomElement(using: &generator) ?? 0
                let packet = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ round) }
                if slab.append(packet.span.bytes, to: &queues[index]) { expected[index].append(packet) }
            }
            #expect(queues[index].packets == expected[index].count)
        }
        for index in 0..<4 {
            var seen: [[UInt8]] = []
            slab.forEach(in: queues[index]) { place, packet in
                #expect(place == seen.count)
                seen.append(packet.withUnsafeBytes { [UInt8]($0) })
            }
            #expect(seen == expected[index])
            let drained = drain(&slab, queues[index])
            #expect(drained == expected[index])
        }
        let left = slab.availableBlocks
        #expect(left == all)
    }

    @Test func aPacketThatDoesNotFitLeavesItsQueueAsItWas() {
        var slab = Slab(amount: Amount(packets: 1, bytes: 1), queues: 1)
        let big = [UInt8](repeating: 7, count: slab.availableBlocks * Slab.blockSize)
        let small: [UInt8] = [1, 2, 3]
        var queue = PacketFIFO()
        let (first, second, third) = (
            slab.append(small.span.bytes, to: &queue), slab.append(big.span.bytes, to: &queue), slab.append(small.span.bytes, to: &queue)
        )
        #expect((first, second, third) == (true, false, true))
        let drained = drain(&slab, queue)
        #expect(drained == [small, small])
    }

    @Test func theAmountThatWasPromisedFits() {
        for size in [1, 60, 1_514, 2_045] {
            var slab = Slab(amount: Amount(packets: 1_000, bytes: 1_000 * size), queues: 10)
            var queues = Array(repeating: PacketFIFO(), count: 10)
            let packet = [UInt8](repeating: 1, count: size)
            var kept = 0
            for index in 0..<1_000 where slab.append(packet.span.bytes, to: &queues[index % 10]) { kept += 1 }
            #expect(kept == 1_000)
        }
    }

    @Test func manyPacketsCostLittleMoreThanTheirBytes() {
        var slab = Slab(amount: Amount(packets: 10_000, bytes: 10_000 * 60), queues: 1)
        let before = slab.availableBlocks
        var queue = PacketFIFO()
        let packet = [UInt8](repeating: 1, count: 60)
        for _ in 0..<10_000 { _ = slab.append(packet.span.bytes, to: &queue) }
        let used = (before - slab.availableBlocks) * Slab.blockSize
        #expect(used - queue.bytes < 10_000 * 6)
        slab.release(queue)
    }
}
