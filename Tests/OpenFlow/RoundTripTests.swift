import OpenFlow
import Testing
import Wire

@Suite("A message that is encoded and decoded")
struct RoundTripTests {
    @Test(arguments: samples)
    func isTheSame(_ message: Message) throws {
        let envelope = Envelope(transaction: 0xDEAD_BEEF, message: message)
        let bytes = try envelope.encode()
        #expect(try Envelope.decode(bytes) == envelope)
    }

    @Test(arguments: samples)
    func hasItsLengthInTheHeader(_ message: Message) throws {
        let bytes = try Envelope(transaction: 7, message: message).encode()
        let header = try MessageHeader(bytes.span.bytes)
        #expect(header.length == bytes.count)
        #expect(header.transaction == 7)
    }

    @Test func followsWhatWasWrittenBefore() throws {
        var writer = ByteWriter()
        try Envelope(transaction: 1, message: .barrierRequest).encode(into: &writer)
        try Envelope(transaction: 2, message: .echoRequest([9])).encode(into: &writer)
        #expect(writer.bytes == [4, 20, 0, 8, 0, 0, 0, 1, 4, 2, 0, 9, 0, 0, 0, 2, 9])
    }

    @Test func isRefusedWhenItsHeaderCannotSayItsLength() throws {
        let most = Envelope(transaction: 1, message: .echoRequest(Array(repeating: 0, count: 65_527)))
        #expect(try most.encode().count == 65_535)
        let tooMuch = Envelope(transaction: 1, message: .echoRequest(Array(repeating: 0, count: 65_528)))
        #expect(throws: OpenFlowError.oversize(65_536)) { try tooMuch.encode() }
    }

    @Test func hasItsTextsCutToTheRoomThereIs() throws {
        let name = "abcdefghijklmn€"
        let port = PortDescription(number: 1, hardwareAddress: .zero, name: name)
        let bytes = try Envelope(transaction: 0, message: .portStatus(PortStatus(reason: .modify, port: port))).encode()
        guard case .portStatus(let status) = try Envelope.decode(bytes).message else { throw WrongMessage() }
        #expect(status.port.name == "abcdefghijklmn")
    }
}

struct WrongMessage: Error {}
