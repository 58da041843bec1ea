import Frames
import Testing

@Suite struct HostileFrameTests {
    private func error(_ bytes: [UInt8]) -> FrameError? {
        do {
            _ = try headers(bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test func anIPHeaderOfAnotherVersionThanItsEtherTypeIsRefused() {
        #expect(error(Sample.addresses + [0x08, 0, 0x65]) == .ipVersion(6))
        #expect(error(Sample.addresses + [0x86, 0xDD, 0x45, 0, 0, 0]) == .ipVersion(4))
        #expect(error(Sample.addresses + [0x08, 0, 0xF5]) == .ipVersion(15))
    }

    @Test func anIPv4HeaderOfLessThanFiveWordsIsRefused() {
        for words in 0..<5 as Range<UInt8> {
            #expect(error(Sample.addresses + [0x08, 0, 0x40 | words]) == .ipv4HeaderLength(words: words))
        }
    }

    @Test func anIPv4HeaderThatClaimsMoreThanTheFrameHoldsIsTruncated() {
        var frame = Sample.addresses + Sample.ipv4(17, Sample.udp)
        frame[14] = 0x4F
        #expect(error(frame) == .truncated)
    }

    @Test func nineExtensionHeadersAreTooMany() {
        func chain(_ count: Int) -> [UInt8] {
            let options = (1...count).flatMap { [$0 == count ? 17 : 60, 0, 0, 0, 0, 0, 0, 0] as [UInt8] }
            return Sample.addresses + Sample.ipv6(60, options + Sample.udp)
        }
        #expect(error(chain(8)) == nil)
        #expect(error(chain(9)) == .tooManyHeaders)
    }

    @Test func anExtensionHeaderThatClaimsMoreThanTheFrameHoldsIsTruncated() {
        for number in [0, 43, 51, 60] as [UInt8] {
            #expect(error(Sample.addresses + Sample.ipv6(number, [17, 0xFF, 0, 0, 0, 0, 0, 0] + Sample.udp)) == .truncated)
        }
    }

    @Test func aTruncationAtAnyByteIsAnErrorOrLeavesTheHeadersWhole() throws {
        for frame in Sample.all {
            let whole = try headers(frame)
            var isComplete = false
            for length in 0...frame.count {
                do {
                    let part = try headers(Array(frame.prefix(length)))
                    #expect(part == whole)
                    isComplete = true
                } catch {
                    #expect(error == .truncated)
                    #expect(!isComplete, "a longer part of the frame holds no less than a shorter one")
                }
            }
        }
    }

    @Test func aCutMessageOfAddressResolutionCountsAsZeros() throws {
        for length in 14..<Sample.arpRequest.count {
            #expect(try headers(Array(Sample.arpRequest.prefix(length))).resolution == .arp(AddressResolution.ARP()))
        }
        let solicitation = Sample.discovery(135, options: Sample.linkAddress(1))
        let none = AddressResolution.neighbourDiscovery(AddressResolution.NeighbourDiscovery())
        for length in 56..<solicitation.count {
            let cut = try headers(Array(solicitation.prefix(length)))
            #expect(cut.flow == (try headers(solicitation)).flow)
            guard case .neighbourDiscovery(let message) = cut.resolution else { throw FrameError.truncated }
            #expect((cut.resolution == none) == (length < 78))
            #expect(message.sourceMAC == .zero)
        }
    }

    @Test func optionsOfNeighbourDiscoveryThatMakeNoSenseEndIt() throws {
        func read(_ options: [UInt8]) throws -> AddressResolution.NeighbourDiscovery? {
            switch try headers(Sample.discovery(135, options: options)).resolution {
            case .neighbourDiscovery(let message): message
            case .arp, nil: nil
            }
        }
        let link = Sample.linkAddress(1)
        #expect(try read([1, 0] + link.dropFirst(2))?.sourceMAC == .zero)
        #expect(try read([1, 2] + link.dropFirst(2))?.sourceMAC == .zero)
        #expect(try read([14, 1, 0, 0, 0, 0, 0, 0] + link)?.sourceMAC == MACAddress(bits: 0x0200_0000_0001))
        #expect(try read(link + link) == AddressResolution.NeighbourDiscovery(), "as in Open vSwitch, the same option twice voids it")
    }

    @Test func paddingBehindNeighbourDiscoveryIsNoOption() throws {
        let padded = Sample.discovery(135, options: []) + Sample.linkAddress(1)
        var message = AddressResolution.NeighbourDiscovery()
        message.target = IPv6Address(high: 0xFD00 << 48, low: 2)
        #expect(try headers(padded).resolution == .neighbourDiscovery(message))
    }

    @Test func noBytesTrapTheParserAndEveryFlowItReadsHasItsOwnMatch() {
        var generator = SeededGenerator(seed: 802_1)
        var read = 0
        let samples = Sample.all + Sample.lenient
        for round in 0..<200_000 {
            var frame = samples[round % samples.count]
            for _ in 0..<generator.below(5) { frame[generator.below(frame.count)] = UInt8(generator.below(256)) }
            // The bytes that decide what follows are hit more often than chance would have it.
            if generator.below(4) == 0 { frame[min(12 + generator.below(12), frame.count - 1)] = UInt8(generator.below(256)) }
            if generator.below(4) == 0 { frame.removeLast(generator.below(frame.count)) }
            guard let headers = try? headers(frame) else { continue }
            read += 1
            let isSound = headers.flow.mirrored.mirrored == headers.flow && FlowMatch(exactly: headers.flow).matches(headers)
            if !isSound { Issue.record("round \(round): \(headers.flow)") }
        }
        #expect(read > 50_000)
    }
}
