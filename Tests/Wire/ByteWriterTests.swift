import Testing
import Wire

@Suite struct ByteWriterTests {
    @Test func aWriterStartsEmpty() {
        let writer = ByteWriter(capacity: 0)
        #expect(writer.count == 0 && writer.bytes.isEmpty)
    }

    @Test func onlyTheLow48BitsOfAnAddressAreWritten() {
        var writer = ByteWriter()
        writer.write48(0xFFFF_0102_0304_0506)
        #expect(writer.bytes == [1, 2, 3, 4, 5, 6])
    }

    @Test func collectionsAndSpansAreAppendedAsTheyAre() {
        let bytes: [UInt8] = [3, 4]
        var writer = ByteWriter()
        writer.write([1, 2] as [UInt8])
        writer.write(bytes.span.bytes)
        writer.write(bytes.reversed())
        #expect(writer.bytes == [1, 2, 3, 4, 4, 3])
    }

    @Test func aPatchChangesItsIntegerAndNothingElse() {
        var writer = ByteWriter()
        writer.pad(6)
        writer.patch(UInt16(0x0102), at: 0)
        writer.patch(UInt32(0x0304_0506), at: 2)
        #expect(writer.bytes == [1, 2, 3, 4, 5, 6])
        writer.patch(UInt8(9), at: 5)
        #expect(writer.bytes == [1, 2, 3, 4, 5, 9])
        #expect(writer.count == 6)
    }

    @Test func paddingReachesTheNextMultipleAndNeverPastIt() {
        for start in 0..<4 {
            for length in 0..<20 {
                var writer = ByteWriter()
                writer.write([UInt8](repeating: 0xFF, count: start + length))
                writer.pad(from: start, to: 8)
                let padded = (length + 7) / 8 * 8
                #expect(writer.count - start == padded)
                #expect(writer.bytes.suffix(padded - length).allSatisfy { $0 == 0 })
            }
        }
    }
}
