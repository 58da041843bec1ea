import ControlChannel
import Foundation
import SystemTestSupport
import Testing

/// A message as Foundation's decoder reads it.
private struct Reference: Decodable {
    struct Peer: Decodable {
        var vnf: UInt16
        var address: String?
    }

    struct Flow: Decodable {
        var eth_type: UInt16?
        var ip_proto: UInt8?
        var ipv4_src: String?
        var ipv6_dst: String?
        var udp_dst: UInt16?
        var vlan_vid: UInt16?
    }

    enum Role: String, Decodable { case source, destination }

    var event: String
    var handover: UInt16?
    var role: Role?
    var flow: Flow?
    var bidirectional: Bool?
    var peer: Peer?
    var outcome: String?
    var reason: String?
    var message: String?
}

/// Foundation's decoder and ours take the same lines and find the same in them. Where they differ, ours is the stricter: it reads
/// UTF-8 only, and checks values that no event uses, and a flow's of another kind, as it does the others.
@Suite struct FoundationComparisonTests {
    private func reference(_ line: [UInt8]) -> Reference? { try? JSONDecoder().decode(Reference.self, from: Data(line)) }

    /// Whether ours says that a line is no JSON with the fields of an event.
    private func refuses(_ error: MessageError?) -> Bool { error == .malformed || error == .tooDeep }

    private func compare(_ line: [UInt8], strictly: Bool) {
        let reference = reference(line)
        var (agent, function): (AgentMessage?, FunctionMessage?)
        var errors: [MessageError] = []
        do throws(MessageError) { agent = try AgentMessage(line: line) } catch { errors.append(error) }
        do throws(MessageError) { function = try FunctionMessage(line: line) } catch { errors.append(error) }
        let text = Comment(rawValue: String(decoding: line, as: UTF8.self))
        let isRefused = errors.contains(where: refuses)
        if reference == nil { #expect(isRefused, text) }
        if strictly { #expect(isRefused == (reference == nil), text) }
        switch agent {
        case .start(let handover, let role, _, _, let peer)?:
            #expect(reference?.event == "start" && reference?.role?.rawValue == role.rawValue, text)
            #expect(reference?.handover == handover && reference?.peer?.vnf == peer.vnf && reference?.peer?.address == peer.address, text)
        case .transfer(let handover, _, let peer)?:
            #expect(reference?.event == "transfer" && reference?.handover == handover && reference?.peer?.address == peer.address, text)
        case .end(let handover, let outcome)?:
            #expect(reference?.event == "end" && reference?.handover == handover && reference?.outcome == outcome, text)
        case .mirrored(let handover)?: #expect(reference?.event == "mirrored" && reference?.handover == handover, text)
        case .error(let message)?: #expect(reference?.event == "error" && reference?.message == message, text)
        case nil: break
        }
        switch function {
        case .mirror(let handover, _)?: #expect(reference?.event == "mirror" && reference?.handover == handover, text)
        case .ready(let handover)?: #expect(reference?.event == "ready" && reference?.handover == handover, text)
        case .stateReady(let handover)?: #expect(reference?.event == "stateReady" && reference?.handover == handover, text)
        case .stateFailed(let handover, let reason)?:
            #expect(reference?.event == "stateFailed" && reference?.handover == handover && reference?.reason == reason, text)
        case nil: break
        }
    }

    @Test func linesMadeAtRandomAreTakenAlike() {
        var maker = LineMaker(seed: 11)
        for _ in 0..<10_000 { compare(maker.line(), strictly: true) }
    }

    @Test func spoiltLinesAreTakenByNeitherOrBoth() {
        var maker = LineMaker(seed: 12)
        let messages = MessageCodecTests.agentMessages.map { $0.encoded() } + MessageCodecTests.functionMessages.map { $0.encoded() }
        for round in 0..<10_000 {
            var line = round % 2 == 0 ? messages[round / 2 % messages.count] : maker.line()
            for _ in 0...Int.random(in: 0...2, using: &maker.random) { maker.spoil(&line) }
            compare(line, strictly: false)
        }
    }
}

/// Makes objects with the names of our messages and values of all kinds, in all the forms that RFC 8259 allows.
private struct LineMaker {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func line() -> [UInt8] {
        let events = [#""ready""#, #""stateFailed""#, #""end""#, #""error""#, #""\u0065nd""#, "null", "7", #""mumble""#]
        var members = [#""event":"# + pick(events)]
        for name in ["handover", "reason", "outcome", "message", "peer", "x"] where Bool.random(using: &random) {
            members.append(space() + "\"\(name)\"" + space() + ":" + space() + (name == "peer" ? peer() : value(depth: 0)) + space())
        }
        members.shuffle(using: &random)
        return Array((space() + "{" + members.joined(separator: ",") + "}" + space()).utf8)
    }

    mutating func spoil(_ line: inout [UInt8]) {
        guard !line.isEmpty else { return }
        let index = Int.random(in: line.indices, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: line[index] = UInt8.random(in: 1...255, using: &random)
        case 1: line[index] = pick(Array("{}[]:,\"\\0.-+eE u".utf8))
        case 2: line.remove(at: index)
        default: line.insert(pick(Array("{}[]:,\"\\0.-+eE u".utf8)), at: index)
        }
    }

    private mutating func pick<Element>(_ choice: [Element]) -> Element { choice[Int.random(in: choice.indices, using: &random)] }

    private mutating func space() -> String { pick(["", "", "", " ", "\t", "\r\n"]) }

    private mutating func peer() -> String {
        pick([#"{"vnf":2,"address":\#(value(depth: 3))}"#, #"{"vnf":\#(value(depth: 3))}"#, "{}", "null", value(depth: 0)])
    }

    private mutating func value(depth: Int) -> String {
        switch Int.random(in: 0..<(depth < 3 ? 12 : 9), using: &random) {
        case 0: "null"
        case 1: pick(["true", "false"])
        case 2...4: pick(["0", "7", "65535", "65536", "-1", "7.0", "7.5", "1e2", "70e-1", "1E+3", "18446744073709551615", "-0.5"])
        case 5...8: "\"" + (0..<Int.random(in: 0..<6, using: &random)).map { _ in piece() }.joined() + "\""
        case 9: "[" + (0..<Int.random(in: 0..<4, using: &random)).map { _ in value(depth: depth + 1) }.joined(separator: " , ") + "]"
        default:
            "{" + (0..<Int.random(in: 0..<4, using: &random)).map { "\"m\($0)\":" + value(depth: depth + 1) }.joined(separator: ",") + "}"
        }
    }

    private mutating func piece() -> String {
        pick(["a", "some words ", "Ω", "😀", #"\""#, #"\\"#, #"\/"#, #"\n"#, #"\u00e9"#, #"\ud83d\ude00"#, "{", "]", ",", ":"])
    }
}
