import ControlFrames
import Frames
import Testing

@Suite struct EncodingTests {
    @Test func aStartIsTheBytesThatTheDesignSays() {
        let start = Start(from: 1, to: 2, flow: Sample.udp, directions: 2, peerAddress: "a:7")
        let frame = ControlFrame(
            source: .zero, destination: Sample.vnf, handover: HandoverID(rawValue: 0x0107), message: .startSource(start))
        let expected: [UInt8] = [
            0x02, 0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x82, 0x1C,
            0x00, 0x01, 0x01, 0x07, 0x00, 0x00, 0x00, 0x42,
            0x00, 0x01, 0x00, 0x02, 0x00, 0x01,
            0x00, 0x02, 0x00, 0x02, 0x00, 0x02,
            0x00, 0x03, 0x00, 0x02, 0x08, 0x00,
            0x00, 0x06, 0x00, 0x04, 0x0A, 0x00, 0x00, 0x01,
            0x00, 0x07, 0x00, 0x04, 0x0A, 0x00, 0x00, 0x02,
            0x00, 0x22, 0x00, 0x01, 0x11,
            0x00, 0x08, 0x00, 0x02, 0x13, 0x88,
            0x00, 0x09, 0x00, 0x02, 0x00, 0x07,
            0x00, 0x31, 0x00, 0x04, 0x00, 0x00, 0x00, 0x02,
            0x00, 0x33, 0x00, 0x03, 0x61, 0x3A, 0x37,
        ]
        #expect(frame.encoded() == expected)
    }

    @Test func aTransportIsTheBytesThatTheDesignSays() {
        let wrapped = WrappedFrame(sequence: 9, part: .init(index: 2, of: 3), bytes: [0xDE, 0xAD])
        let frame = ControlFrame(
            source: Sample.vnf, destination: .zero, handover: HandoverID(rawValue: 1), message: .transport(wrapped))
        let expected: [UInt8] = [
            0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x01, 0x82, 0x1C,
            0x01, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x16,
            0x00, 0x30, 0x00, 0x04, 0x00, 0x00, 0x00, 0x09,
            0x00, 0x32, 0x00, 0x04, 0x00, 0x02, 0x00, 0x03,
            0x01, 0x00, 0x00, 0x02, 0xDE, 0xAD,
        ]
        #expect(frame.encoded() == expected + Array(repeating: 0, count: 60 - expected.count))
    }

    @Test func anArmIsTheBytesThatTheDesignSays() throws {
        var fields = FlowMatch.Fields()
        fields.udpDestination = 7
        let arm = Arm(vnf: 2, match: try FlowMatch(fields), owners: [.init(match: .any, isOwned: true)], ownsRest: false)
        let frame = ControlFrame(source: .zero, destination: Sample.vnf, handover: HandoverID(rawValue: 1), message: .arm(arm))
        let expected: [UInt8] = [
            0x02, 0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x82, 0x1C,
            0x00, 0x10, 0x00, 0x01, 0x00, 0x00, 0x00, 0x25,
            0x00, 0x02, 0x00, 0x02, 0x00, 0x02,
            0x00, 0x37, 0x00, 0x11, 0x80, 0x00, 0x0A, 0x02, 0x08, 0x00, 0x80, 0x00, 0x14, 0x01, 0x11, 0x80, 0x00, 0x20, 0x02, 0x00, 0x07,
            0x00, 0x38, 0x00, 0x01, 0x01,
            0x00, 0x39, 0x00, 0x01, 0x00, 0x00,
        ]
        #expect(frame.encoded() == expected)
    }

    @Test func anArmThatDoesNotFitTheLinkNamesNoOwners() {
        let owners = Sample.matches.map { Arm.Owner(match: $0, isOwned: true) }
        let arm = Arm(vnf: 2, match: Sample.matches[1], owners: owners, ownsRest: true)
        let size = Sample.frame(.arm(arm)).encoded().count + 32
        #expect(arm.fitting(maximumFrame: size) == arm)
        #expect(arm.fitting(maximumFrame: size - 1) == Arm(vnf: 2, match: Sample.matches[1], owners: [], ownsRest: false))
    }

    @Test(arguments: Sample.messages)
    func everyMessageComesBackAsItWent(_ message: ControlMessage) throws {
        let frame = Sample.frame(message)
        let bytes = frame.encoded()
        #expect(bytes.count >= 60)
        #expect(try Sample.decode(bytes) == frame)
    }

    @Test func whatWouldNotFitIsCut() throws {
        let resend = Sample.frame(.resend(Array(0..<1_000))).encoded()
        #expect(try Sample.decode(resend).message == .resend(Array(0..<UInt32(ControlMessage.resendLimit))))
        #expect(resend.count + 32 <= 1_294)
        let long = String(repeating: "ü", count: 300)
        #expect(try Sample.decode(Sample.frame(.abort(reason: long)).encoded()).message == .abort(reason: String(long.prefix(127))))
        let huge = WrappedFrame(sequence: 0, bytes: Array(repeating: 1, count: 70_000))
        guard case .transport(let wrapped) = try Sample.decode(Sample.frame(.transport(huge)).encoded()).message else {
            Issue.record("not a TRANSPORT")
            return
        }
        #expect(wrapped.bytes.count == 65_535)
    }
}
