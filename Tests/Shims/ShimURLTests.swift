import Frames
import Shims
import Testing

@Suite struct ShimURLTests {
    @Test func namesSchemeAndTarget() throws {
        #expect(try ShimURL("packet:eth0").scheme == "packet")
        #expect(try ShimURL("pcap:eth0").scheme == "pcap")
        #expect(try ShimURL("packet:eth0.100").target == "eth0.100")
        #expect(try ShimURL("xdp:eth0?mode=native").target == "eth0")
        #expect(try ShimURL("unix:/run/vnf 1.sock").target == "/run/vnf 1.sock")
        #expect(try ShimURL("tap:vnf0").parameters.isEmpty)
    }

    @Test func takesParameters() throws {
        let url = try ShimURL("tap:vnf0?mac=02:00:00:00:01:01&mtu=9000&txqueuelen=500")
        #expect(url.parameters == ["mac": "02:00:00:00:01:01", "mtu": "9000", "txqueuelen": "500"])
        for text in ["unix:/run/a?mtu=9000&mac=02:00:00:00:00:02", "replay:a.pcap?rounds=3", "record:a.pcap?limit=1000000"] {
            #expect(throws: Never.self) { try ShimURL(text) }
        }
    }

    @Test func anUnknownSchemeIsToldWhichThereAre() {
        let error = #expect(throws: ShimError.self) { try ShimURL("dpdk:0") }
        #expect(
            error?.description == "dpdk:0: unknown scheme 'dpdk'; the schemes are packet, pcap, tap, xdp, unix, replay, record")
    }

    @Test(
        "What cannot be a port is refused in one line",
        arguments: [
            "", "eth0", "dpdk:eth0", "packet:", "packet:a/b", "packet:..", "packet:interface-of-16b", "packet:eth0?mtu=9000",
            "tap:vnf0?mtu=67", "tap:vnf0?mtu=x", "tap:vnf0?mac=01:00:00:00:00:01", "tap:vnf0?mac=", "tap:vnf0?colour=red", "tap:a b",
            "xdp:", "xdp:eth0?mode=fast", "xdp:eth0?queue=1", "unix:", "unix:/run/a?mtu=1", "unix:/run/a?rounds=1", "replay:",
            "replay:a?rounds=0", "replay:a?limit=1", "record:", "record:a?limit=1", "record:a?mac=ff:ff:ff:ff:ff:ff", "tap:a?mtu=90&mtu=91",
        ])
    func refused(text: String) {
        let error = #expect(throws: ShimError.self) { try ShimURL(text) }
        #expect(error?.description.contains("\n") == false)
    }
}
