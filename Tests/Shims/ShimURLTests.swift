import Frames
import Shims
import Testing

@Suite struct ShimURLTests {
    @Test func namesSchemeAndInterface() throws {
        #expect(try ShimURL("packet:eth0").scheme == .packet)
        #expect(try ShimURL("pcap:eth0").scheme == .pcap)
        #expect(try ShimURL("packet:eth0.100").interface == "eth0.100")
        #expect(try ShimURL("tap:vnf0").scheme == .tap(ShimURL.TAPSettings()))
    }

    @Test func aTAPTakesAddressMTUAndQueueLength() throws {
        guard case .tap(let settings) = try ShimURL("tap:vnf0?mac=02:00:00:00:01:01&mtu=9000&txqueuelen=500").scheme else {
            Issue.record("not a TAP")
            return
        }
        #expect(settings.mac == MACAddress("02:00:00:00:01:01"))
        #expect(settings.mtu == 9_000)
        #expect(settings.queueLength == 500)
    }

    @Test(
        "What cannot be a port is refused in one line",
        arguments: [
            "", "eth0", "xdp:eth0", "packet:", "packet:a/b", "packet:..", "packet:interface-of-16b", "packet:eth0?mtu=9000",
            "tap:vnf0?mtu=67", "tap:vnf0?mtu=x", "tap:vnf0?mac=01:00:00:00:00:01", "tap:vnf0?mac=", "tap:vnf0?colour=red", "tap:a b",
        ])
    func refused(text: String) {
        let error = #expect(throws: ShimError.self) { try ShimURL(text) }
        #expect(error?.description.contains("\n") == false)
    }
}
