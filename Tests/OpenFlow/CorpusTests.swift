import Foundation
import OpenFlow
import Testing

/// Messages made by other implementations: the OpenFlow 1.3 files of the test suite in os-ken's wheel on PyPI.
@Suite("Other people's messages", .enabled(if: Corpus.isThere, "no os-ken corpus here: `make corpus` brings it, or set OSKEN_CORPUS"))
struct CorpusTests {
    /// Messages that come out with the same match fields in another order, and where theirs differs from that of the numbers.
    static let reordered = [
        "4-4-ofp_packet_in.packet": "eth_type before the Ethernet addresses",
        "4-59-ofp_packet_in.packet": "eth_type before the Ethernet addresses",
        "4-60-ofp_flow_mod.packet": "eth_type before the Ethernet addresses",
        "ovs-ofctl-of13-match_conj.packet": "Nicira's conj_id before a field of OpenFlow's own",
    ]

    @Test(arguments: Corpus.names)
    func areReadAndWrittenBackAsTheyWere(_ name: String) throws {
        let bytes = try Corpus.bytes(of: name)
        let envelope = try Envelope.decode(bytes)
        let written = try envelope.encode()
        if Self.reordered[name] != nil {
            #expect(written.sorted() == bytes.sorted())
            #expect(try Envelope.decode(written) == envelope)
        } else {
            #expect(written == bytes)
        }
    }

    @Test func areAllThere() {
        #expect(Corpus.names.count >= 90)
    }
}

/// Where the corpus lies.
enum Corpus {
    private static let directory: URL = {
        if let path = ProcessInfo.processInfo.environment["OSKEN_CORPUS"] { return URL(fileURLWithPath: path) }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return root.appending(path: ".cache/os-ken/os_ken/tests/packet_data/of13")
    }()

    static let isThere = !names.isEmpty

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return files.filter { $0.hasSuffix(".packet") }.sorted()
    }()

    static func bytes(of name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: directory.appending(path: name))) }

    /// What os-ken itself makes of the message: its decoder's JSON.
    static func decoding(of name: String) throws -> Decoding {
        let tests = directory.deletingLastPathComponent().deletingLastPathComponent()
        let file = tests.appending(path: "unit/ofproto/json/of13/" + name + ".json")
        return Decoding(try JSONSerialization.jsonObject(with: Data(contentsOf: file)))
    }
}

/// A value in os-ken's JSON.
struct Decoding {
    private let value: Any?

    init(_ value: Any?) { self.value = value }

    subscript(_ key: String) -> Decoding { Decoding((value as? [String: Any])?[key]) }
    var list: [Decoding] { (value as? [Any] ?? []).map(Decoding.init) }
    var number: UInt64? { (value as? NSNumber)?.uint64Value }
    var text: String? { value as? String ?? (value as? NSNumber)?.stringValue }
    var keys: Set<String> { Set((value as? [String: Any] ?? [:]).keys) }
}
