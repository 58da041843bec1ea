import Frames
import Wire

extension RawSpan {
    /// The transport payload of an untagged IPv4 packet with UDP or TCP inside; of any other frame all that follows the Ethernet
    /// header. Padding that Ethernet added is no part of it.
    @_lifetime(copy self)
    package func transportPayload() -> RawSpan {
        let whole = afterEthernet()
        do {
            var frame = ByteReader(self)
            try frame.skip(12)
            guard try frame.read(UInt16.self) == EtherType.ipv4 else { return whole }
            let versionAndWords: UInt8 = try frame.read()
            try frame.skip(1)
            let length: UInt16 = try frame.read()
            try frame.skip(5)
            let number: UInt8 = try frame.read()
            try frame.skip(10)
            let headerBytes = Int(versionAndWords & 0x0F) * 4
            guard headerBytes >= 20, Int(length) >= headerBytes else { return whole }
            try frame.skip(headerBytes - 20)
            var segment = ByteReader(try frame.slice(Int(length) - headerBytes))
            switch number {
            case IPProtocol.udp:
                try segment.skip(8)
            case IPProtocol.tcp:
                try segment.skip(12)
                let offset: UInt8 = try segment.read()
                try segment.skip(Int(offset >> 4) * 4 - 13)
            default:
                return whole
            }
            return segment.rest()
        } catch {
            return whole
        }
    }

    @_lifetime(copy self)
    private func afterEthernet() -> RawSpan {
        extracting(Swift.min(14, byteCount)..<byteCount)
    }
}
