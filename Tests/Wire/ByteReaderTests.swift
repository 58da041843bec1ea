import Testing
import Wire

@Suite struct ByteReaderTests {
    /// One value of every kind that can be written.
    private struct Record: Hashable {
        var one: UInt8 = 0x01
        var two: UInt16 = 0x0203
        var four: UInt32 = 0x0405_0607
        var signed: Int32 = -2
        var six: UInt64 = 0x0809_0A0B_0C0D
        var eight: UInt64 = 0xFEDC_BA98_7654_3210
        var tail: [UInt8] = [7, 8, 9]

        var bytes: [UInt8] {
            var writer = ByteWriter()
            writer.write(one)
            writer.write(two)
            writer.write(four)
            writer.write(signed)
            writer.write48(six)
            writer.write(eight)
            writer.write(tail)
            return writer.bytes
        }

        init() {}

        init(_ bytes: [UInt8]) throws(WireError) {
            var reader = ByteReader(bytes.span.bytes)
            one = try reader.read()
            two = try reader.read()
            four = try reader.read()
            signed = try reader.read()
            six = try reader.read48()
            eight = try reader.read()
            tail = try reader.bytes(3)
        }
    }

    @Test func whatWasWrittenIsReadBack() throws {
        #expect(try Record(Record().bytes) == Record())
    }

    @Test func integersAreInNetworkOrder() {
        let integers: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 0xFF, 0xFF, 0xFF, 0xFE, 8, 9, 10, 11, 12, 13]
        #expect(Array(Record().bytes.prefix(17)) == integers)
    }

    @Test func aTruncationAtAnyByteIsAnErrorThatSaysWhatWasNeeded() {
        let bytes = Record().bytes
        for length in 0..<bytes.count {
            let error = #expect(throws: WireError.self) { try Record(Array(bytes.prefix(length))) }
            guard case .truncated(let needed, let available)? = error else { continue }
            #expect(available < needed && available <= length)
        }
    }

    @Test func aReadThatFailsConsumesNothing() throws {
        let bytes: [UInt8] = [1, 2, 3]
        var reader = ByteReader(bytes.span.bytes)
        do {
            let _: UInt32 = try reader.read()
            Issue.record("four bytes were read out of three")
        } catch {
            #expect(error == .truncated(needed: 4, available: 3))
        }
        let (offset, remaining, all) = (reader.offset, reader.remaining, try reader.bytes(3))
        #expect(offset == 0 && remaining == 3)
        #expect(all == bytes)
    }

    @Test(arguments: [-1, 4, .max, .min])
    func anImpossibleCountIsRefused(count: Int) {
        let bytes: [UInt8] = [1, 2, 3]
        let refusal = WireError.truncated(needed: count, available: 3)
        #expect(throws: refusal) {
            var reader = ByteReader(bytes.span.bytes)
            try reader.skip(count)
        }
        #expect(throws: refusal) {
            var reader = ByteReader(bytes.span.bytes)
            _ = try reader.bytes(count)
        }
    }

    @Test func slicesAndTheRestContinueWhereTheLastReadEnded() throws {
        let bytes: [UInt8] = [1, 2, 3, 4, 5, 6]
        var reader = ByteReader(bytes.span.bytes)
        try reader.skip(1)
        let slice = [UInt8](copying: try reader.slice(2))
        let offset = reader.offset
        let rest = [UInt8](copying: reader.rest())
        let (after, empty) = (reader.remaining, [UInt8](copying: reader.rest()))
        #expect(slice == [2, 3])
        #expect(offset == 3)
        #expect(rest == [4, 5, 6])
        #expect(after == 0 && empty == [])
    }

    @Test func aSliceIsReadOnItsOwn() throws {
        let bytes: [UInt8] = [0, 0x12, 0x34, 0xFF]
        var reader = ByteReader(bytes.span.bytes)
        try reader.skip(1)
        var inner = ByteReader(try reader.slice(2))
        let value: UInt16 = try inner.read()
        let left = inner.remaining
        #expect(value == 0x1234 && left == 0)
    }
}
