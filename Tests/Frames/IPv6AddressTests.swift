import Frames
import Testing

@Suite struct IPv6AddressTests {
    @Test(
        "An address is printed in the form of RFC 5952, however it was spelt",
        arguments: [
            ("2001:db8::1", "2001:db8::1"),
            ("2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
            ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("0:0:0:0:0:0:0:0", "::"),
            ("::", "::"),
            ("0:0:0:0:0:0:0:1", "::1"),
            ("1:0:0:0:0:0:0:0", "1::"),
            ("0::0", "::"),
            ("::0:0", "::"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
            ("0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"),
            ("FE80::ABCD", "fe80::abcd"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ])
    func isCanonical(spelling: String, canonical: String) {
        #expect(IPv6Address(spelling)?.description == canonical)
    }

    @Test func theGroupsFillTheTwoHalvesInOrder() {
        #expect(IPv6Address("1:2:3:4:5:6:7:8") == IPv6Address(high: 0x0001_0002_0003_0004, low: 0x0005_0006_0007_0008))
        #expect(IPv6Address("fd00::1") == IPv6Address(high: 0xFD00 << 48, low: 1))
    }

    @Test(arguments: [
        "", ":", ":::", "::::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "::1::", ":1:2:3:4:5:6:7", ":1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:", "1:2:3:4:5:6:7:8:", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "1:::2", ":::1", "1:::",
        "12345::", "00001::", "g::", "+1::", "::-1", "-0::", " ::1", "::1 ", ":: 1", "1: :2", "::1%eth0", "::1/64", "[::1]", "::\n", "::１",
        "0x1::", "::ffff:10.0.0.1",
    ])
    func anythingElseIsNoIPv6Address(text: String) {
        #expect(IPv6Address(text) == nil)
    }

    @Test func whatIsPrintedIsReadBack() {
        var generator = SeededGenerator(seed: 5_952)
        for _ in 0..<5_000 {
            // Every group is zero as often as not, so that runs of all lengths and places occur.
            let groups = (0..<8).map { _ in generator.below(2) == 0 ? 0 : generator.next() & 0xFFFF }
            let address = IPv6Address(high: groups[..<4].reduce(0) { $0 << 16 | $1 }, low: groups[4...].reduce(0) { $0 << 16 | $1 })
            let text = address.description
            #expect(IPv6Address(text) == address)
            #expect(text == text.lowercased() && !text.contains(":::"))
            #expect(IPv6Address(groups.map { String($0, radix: 16) }.joined(separator: ":")) == address)
        }
    }
}
