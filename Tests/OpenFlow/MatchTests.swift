import Frames
import OpenFlow
import Testing

@Suite("A match")
struct MatchTests {
    @Test func namesPrerequisitesFirst() throws {
        var fields = FlowMatch.Fields()
        fields.ipProtocol = IPProtocol.udp
        fields.ipv4Source = Masked(try #require(IPv4Address("10.0.0.0")), mask: try #require(IPv4Address("255.255.255.0")))
        fields.udpDestination = 5000
        fields.vlan = .tag(5)
        let match = Match(inPort: 1, metadata: MaskedMetadata(value: 2, mask: 3), flows: try FlowMatch(fields))
        let list: [[UInt8]] = [
            [0x80, 0, 0 << 1, 4, 0, 0, 0, 1],
            [0x80, 0, 2 << 1 | 1, 16, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3],
            [0x80, 0, 5 << 1, 2, 0x08, 0x00],
            [0x80, 0, 6 << 1, 2, 0x10, 0x05],
            [0x80, 0, 10 << 1, 1, 17],
            [0x80, 0, 11 << 1 | 1, 8, 10, 0, 0, 0, 255, 255, 255, 0],
            [0x80, 0, 16 << 1, 2, 0x13, 0x88],
        ]
        let length = list.joined().count + 4
        let padding = Array(repeating: UInt8(0), count: (8 - length % 8) % 8)
        #expect(try bytes(of: match) == [0, 1, 0, UInt8(length)] + list.joined() + padding)
    }

    @Test func ofTheWholeMaskIsAnExactOne() throws {
        let bytes: [UInt8] = [0, 1, 0, 16, 0x80, 0, 11 << 1 | 1, 8, 10, 0, 0, 1, 255, 255, 255, 255]
        #expect(try match(bytes).fields.ipv4Source == Masked(IPv4Address(bits: 0x0A00_0001)))
    }

    @Test(
        "keeps what the model has no place for",
        arguments: [
            [0x80, 0, 6 << 1, 2, 0, 5],
            [0x80, 0, 6 << 1, 2, 0x20, 5],
            [0x80, 0, 6 << 1 | 1, 4, 0, 0, 0, 0xFF],
            [0x80, 0, 6 << 1 | 1, 4, 0, 5, 0x1F, 0xFF],
            [0x80, 0, 7 << 1, 1, 8],
            [0x80, 0, 7 << 1 | 1, 2, 1, 1],
            [0x80, 0, 8 << 1, 1, 0x40],
            [0x80, 0, 9 << 1, 1, 4],
            [0x80, 0, 13 << 1 | 1, 4, 0, 80, 0, 0xFF],
            [0x80, 0, 28 << 1, 4, 0, 0x10, 0, 0],
            [0x80, 0, 34 << 1, 4, 0, 0, 0, 16],
            [0x80, 0, 39 << 1 | 1, 4, 0, 1, 0, 1],
            [0, 1, 0, 4, 1, 2, 3, 4],
            [0xFF, 0xFF, 0, 6, 0x4F, 0x4E, 0x46, 0, 1, 2],
        ] as [[UInt8]])
    func keepsUnknownFields(_ oxm: [UInt8]) throws {
        let length = oxm.count + 4
        let bytes = [0, 1, 0, UInt8(length)] + oxm + Array(repeating: 0, count: (8 - length % 8) % 8)
        let match = try match(bytes)
        #expect(match.fields == FlowMatch.Fields())
        #expect(match.others.count == 1)
        #expect(try self.bytes(of: match) == bytes)
    }

    @Test func understandsPortsThatCameBeforeTheirProtocol() throws {
        let list: [UInt8] = [0x80, 0, 15 << 1, 2, 0x13, 0x88, 0x80, 0, 10 << 1, 1, 17]
        let match = try match([0, 1, 0, UInt8(list.count + 4)] + list + [0])
        #expect(match.fields.udpSource == 5000)
        #expect(match.others.isEmpty)
    }

    @Test(
        "tells every way of saying what tag there is",
        arguments: [
            ([0x80, 0, 6 << 1, 2, 0, 0], VLANMatch.untagged, [0x80, 0, 6 << 1, 2, 0, 0]),
            ([0x80, 0, 6 << 1 | 1, 4, 0, 0, 0x10, 0], .untagged, [0x80, 0, 6 << 1, 2, 0, 0]),
            ([0x80, 0, 6 << 1 | 1, 4, 0, 0, 0xFF, 0xFF], .untagged, [0x80, 0, 6 << 1, 2, 0, 0]),
            ([0x80, 0, 6 << 1 | 1, 4, 0x10, 0, 0x10, 0], .anyTag, [0x80, 0, 6 << 1 | 1, 4, 0x10, 0, 0x10, 0]),
            ([0x80, 0, 6 << 1, 2, 0x1F, 0xFF], .tag(0xFFF), [0x80, 0, 6 << 1, 2, 0x1F, 0xFF]),
            ([0x80, 0, 6 << 1 | 1, 4, 0x10, 5, 0x1F, 0xFF], .tag(5), [0x80, 0, 6 << 1, 2, 0x10, 5]),
            (
                [0x80, 0, 6 << 1 | 1, 4, 0x11, 0, 0x1F, 0],
                .tagged(Masked(VLANIdentifier(bits: 0x100), mask: VLANIdentifier(bits: 0xF00))),
                [0x80, 0, 6 << 1 | 1, 4, 0x11, 0, 0x1F, 0]
            ),
        ] as [([UInt8], VLANMatch, [UInt8])])
    func tellsTags(_ oxm: [UInt8], _ vlan: VLANMatch, _ written: [UInt8]) throws {
        func whole(_ list: [UInt8]) -> [UInt8] {
            [0, 1, 0, UInt8(list.count + 4)] + list + Array(repeating: 0, count: -(list.count + 4) & 7)
        }
        let match = try match(whole(oxm))
        #expect(match.fields.vlan == vlan)
        #expect(match.others.isEmpty)
        #expect(try bytes(of: match) == whole(written))
    }

    @Test func hasItsFieldsInTheOrderOfTheirNumbers() throws {
        for message in samples {
            guard case .flowMod(let flowMod) = message else { continue }
            let bytes = try bytes(of: flowMod.match)
            var numbers: [UInt8] = []
            var offset = 4
            while offset < Int(bytes[3]) {
                if bytes[offset] == 0x80 { numbers.append(bytes[offset + 2] >> 1) }
                offset += 4 + Int(bytes[offset + 3])
            }
            #expect(numbers == numbers.sorted())
        }
    }

    @Test func refusesAFieldThatNoHeaderCanSay() {
        #expect(RawOXM(oxmClass: 0x8000, field: 128, hasMask: false, payload: []) == nil)
        #expect(RawOXM(oxmClass: 0x8000, field: 1, hasMask: false, payload: Array(repeating: 0, count: 256)) == nil)
    }

    private let start = MessageHeader.byteCount + 40

    private func bytes(of match: Match) throws -> [UInt8] {
        let flowMod = FlowMod(tableID: 0, command: .add, priority: 0, match: match)
        return Array(try Envelope(transaction: 0, message: .flowMod(flowMod)).encode()[start...])
    }

    private func match(_ bytes: [UInt8]) throws -> Match {
        var message = try Envelope(transaction: 0, message: .flowMod(FlowMod(tableID: 0, command: .add, priority: 0, match: Match())))
            .encode()
        message.replaceSubrange(start..., with: bytes)
        message[3] = UInt8(message.count)
        guard case .flowMod(let flowMod) = try Envelope.decode(message).message else { throw WrongMessage() }
        return flowMod.match
    }
}
