import ControlFrames
import Testing

@Suite("Wireshark's dissector", .enabled(if: Tshark.path != nil, "tshark is not installed (Debian package tshark)"))
struct DissectorTests {
    private static let fields = [
        "command", "handover", "vnf_from", "vnf_to", "eth_type", "eth_src", "eth_dst", "ipv4_src", "ipv4_dst", "udp_src", "udp_dst",
        "tcp_src", "tcp_dst", "ipv6_src", "ipv6_dst", "ip_proto", "vlan_vid", "icmp_type", "icmp_code", "sctp_src", "sctp_dst",
        "sequence", "count", "part.index", "part.count", "peer_address", "reason", "buffer.packets", "buffer.bytes",
        "buffer.peak_packets", "straight_to", "held_under", "match", "owner.owned", "owner.match", "owns_rest", "awaits_state",
        "capabilities", "capabilities.direct", "verdict",
        "joined_handover", "uptime", "repeated", "process", "counter", "tag", "frame",
    ].map { "sharp." + $0 }
    private static let inner = ["ip.src", "udp.dstport"]
    private static let protocolColumn = "_ws.col.Protocol"
    private static let infoColumn = "_ws.col.Info"
    private static let expert = "_ws.expert.message"

    private func dissect(_ frames: [[UInt8]]) throws -> [[String: String]] {
        let dissection = try Tshark.dissect(
            frames, fields: Self.fields + Self.inner + [Self.protocolColumn, Self.infoColumn, Self.expert])
        #expect(!dissection.complaints.contains("Lua") && !dissection.complaints.contains("lua"), "\(dissection.complaints)")
        try #require(dissection.frames.count == frames.count)
        for (frame, found) in zip(frames, dissection.frames) where found[Self.expert]?.contains("Lua") ?? false {
            Issue.record("\(found) in \(frame)")
        }
        return dissection.frames
    }

    @Test func findsEveryFieldOfEveryMessage() throws {
        let samples = Sample.messages.map { Sample($0) } + Sample.others
        for (sample, found) in zip(samples, try dissect(samples.map(\.bytes))) {
            var expected = sample.fields.filter { !$0.value.isEmpty }
            expected[Self.protocolColumn] = "SHarP"
            expected[Self.infoColumn] = sample.info
            #expect(found == expected)
        }
    }

    @Test func saysWhatIsWrongWithAFrame() throws {
        let sequence: (UInt16, [UInt8]) = (0x0030, [0, 0, 0, 1])
        let cases: [([UInt8], String)] = [
            ([2, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0x82, 0x1C, 1], "The frame ends within the header"),
            (Sample.bytes(command: 0x0777, tlvs: []), "Unknown command"),
            (Sample.bytes(command: 0x0009, tlvs: [(0x0999, [1])]), "Unknown TLV"),
            (Sample.bytes(command: 0x0005, tlvs: []), "Count is missing"),
            (Sample.bytes(command: 0x0100, tlvs: [sequence]), "Wrapped frame is missing"),
            (Sample.bytes(command: 0x0102, tlvs: [sequence, sequence]), "TLV that came before"),
            (Sample.bytes(command: 0x0005, tlvs: [(0x0031, [1])]), "TLV of 1 bytes where its type has 4"),
            (
                Sample.bytes(command: 0x0100, tlvs: [sequence, (0x0032, [0, 3, 0, 3]), (0x0100, [1])]),
                "No part has this number"
            ),
            (Sample.bytes(command: 0x0100, tlvs: [sequence, (0x0100, [2, 0, 0])]), "The wrapped frame cannot be dissected"),
            (Sample.bytes(command: 0x0013, tlvs: []), "Verdict is missing"),
            (Sample.bytes(command: 0x0010, tlvs: [(0x0038, [])]), "Nobody's flows"),
            (nested(5), "Wrapped frames within wrapped frames"),
        ]
        for (found, (bytes, problem)) in zip(try dissect(cases.map(\.0)), cases) {
            #expect(found[Self.expert]?.contains(problem) ?? false, "\(problem): \(found) in \(bytes)")
        }
    }

    @Test func aTruncatedFrameIsFlagged() throws {
        var frames: [[UInt8]] = []
        for bytes in Sample.messages.map({ Sample($0).bytes }) {
            let end = 22 + Int(bytes[20]) << 8 + Int(bytes[21])
            frames += (15..<end).map { Array(bytes.prefix($0)) }
        }
        for (bytes, found) in zip(frames, try dissect(frames)) {
            #expect(found[Self.protocolColumn] == "SHarP")
            #expect(found[Self.expert]?.contains("end") ?? false, "\(found) in \(bytes)")
        }
    }

    @Test func garbageIsNoErrorOfTheDissector() throws {
        var random = SeededGenerator(state: 0x821C)
        let samples = (Sample.messages.map { Sample($0) } + Sample.others).map(\.bytes)
        let frames = (0..<5_000).map { round in
            var bytes = samples[round % samples.count]
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: 14..<bytes.count, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            if round % 5 == 0 { for index in 14..<bytes.count { bytes[index] = .random(in: .min ... .max, using: &random) } }
            return bytes
        }
        let found = try dissect(frames)
        #expect(found.allSatisfy { $0[Self.protocolColumn] == "SHarP" })
    }

    /// A TRANSPORT in a TRANSPORT, and so on.
    private func nested(_ levels: Int) -> [UInt8] {
        (0..<levels).reduce(Sample.udpFrame) { frame, _ in
            Sample.bytes(command: 0x0100, tlvs: [(0x0030, [0, 0, 0, 1]), (0x0100, frame)])
        }
    }
}

/// Random numbers that are the same in every run (SplitMix64).
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
