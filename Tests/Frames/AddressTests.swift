import Frames
import Testing
import Wire

@Suite struct AddressTests {
    @Test func aMACAddressIsPrintedAsSixOctets() {
        #expect(MACAddress(bits: 0x0200_0A00_0B0C).description == "02:00:0a:00:0b:0c")
        #expect(MACAddress.broadcast.description == "ff:ff:ff:ff:ff:ff")
        #expect(MACAddress.zero.description == "00:00:00:00:00:00")
    }

    @Test func onlyTheLow48BitsCountInAMACAddress() {
        #expect(MACAddress(bits: 0xABCD_0200_0000_0001) == MACAddress(bits: 0x0200_0000_0001))
    }

    @Test func theGroupBitTellsMulticastFromUnicast() {
        #expect(MACAddress(bits: 0x0100_5E00_0001).isGroup && MACAddress.broadcast.isGroup)
        #expect(!MACAddress(bits: 0x0200_0000_0001).isGroup && !MACAddress.zero.isGroup)
    }

    @Test func aMACAddressMayBeInEitherCaseAndLeaveOutZeros() {
        #expect(MACAddress("02:0A:0b:00:00:01") == MACAddress(bits: 0x020A_0B00_0001))
        #expect(MACAddress("2:a:b:0:0:1") == MACAddress(bits: 0x020A_0B00_0001))
    }

    @Test(arguments: [
        "", ":", ":::::", "02:00:00:00:00", "02:00:00:00:00:00:01", "02:00:00:00:00:", ":02:00:00:00:00:01", "02::00:00:00:01",
        "002:0:0:0:0:1", "02:00:00:00:00:0g", "+2:00:00:00:00:01", "02:00:00:00:00:-1", "-0:0:0:0:0:0", " 02:00:00:00:00:01",
        "02:00:00:00:00:01 ", "02:00:00:00:00: 1", "02-00-00-00-00-01", "020000000001", "０2:00:00:00:00:01", "02:00:00:00:00:01\n",
    ])
    func anythingElseIsNoMACAddress(text: String) {
        #expect(MACAddress(text) == nil)
    }

    @Test func anIPv4AddressIsFourDecimalOctets() {
        #expect(IPv4Address("10.0.0.1") == IPv4Address(bits: 0x0A00_0001))
        #expect(IPv4Address("255.255.255.255") == IPv4Address(bits: .max))
        #expect(IPv4Address("0.0.0.0") == IPv4Address(bits: 0))
        #expect(IPv4Address(bits: 0xC0A8_0A63).description == "192.168.10.99")
    }

    @Test(arguments: [
        "", ".", "...", "10.0.0", "10.0.0.1.2", "10.0.0.", ".10.0.0", "10..0.1", "256.0.0.1", "10.0.0.999", "1000.0.0.1", "+10.0.0.1",
        "10.0.0.-1", "-0.0.0.0", " 10.0.0.1", "10.0.0.1 ", "10. 0.0.1", "0x0a.0.0.1", "10.0.0.a", "10,0,0,1", "10.0.0.1/24",
        "10.0.0.١", "10.0.0.1\n",
    ])
    func anythingElseIsNoIPv4Address(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test(
        "An octet with a leading zero is refused, because some programs read it as octal",
        arguments: ["10.0.0.010", "00.0.0.0", "01.2.3.4"])
    func aLeadingZeroIsRefused(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test func whatIsPrintedIsReadBack() {
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<2_000 {
            let mac = MACAddress(bits: generator.next())
            let ipv4 = IPv4Address(bits: UInt32(truncatingIfNeeded: generator.next()))
            #expect(MACAddress(mac.description) == mac)
            #expect(IPv4Address(ipv4.description) == ipv4)
        }
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let (mac, ipv4, ipv6) = (MACAddress(bits: 0x0201_0203_0405), IPv4Address(bits: 0x0A00_0001), IPv6Address(high: 1 << 63 | 5, low: 9))
        var writer = ByteWriter()
        writer.write(mac)
        writer.write(ipv4)
        writer.write(ipv6)
        let bytes = writer.bytes
        #expect(bytes.count == 26)
        var reader = ByteReader(bytes.span.bytes)
        let read = (try reader.readMAC(), try reader.readIPv4(), try reader.readIPv6())
        #expect(read == (mac, ipv4, ipv6))
    }
}
