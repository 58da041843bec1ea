/// Ethernet frames of all sizes and taggings, each recognisable by its number.
package enum TestFrames {
    /// EtherType of frames for experiments (IEEE 802, local experimental 1).
    private static let experimental: [UInt8] = [0x88, 0xB5]

    /// `count` frames of 60 bytes to the longest that an MTU of `mtu` allows, some with one or two VLAN tags.
    package static func mixed(_ count: Int, mtu: Int = 1_500, seed: UInt64 = 1) -> [[UInt8]] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { number in
            let tag: [UInt8] = [0x81, 0x00, UInt8(number % 8) << 5, UInt8(truncatingIfNeeded: number % 4_000)]
            let tags: [UInt8] =
                switch number % 5 {
                case 0: tag
                case 1: [0x88, 0xA8, 0x0F, 0xFE] + tag
                case 2: [0x81, 0x00, 0xE0, 0x00]
                default: []
                }
            let longest = mtu + 14 + (number % 5 == 0 || number % 5 == 2 ? 4 : 0)
            // The shortest and the longest come first, then any.
            let length = number < 10 ? 60 : number < 20 ? longest : Int.random(in: 60...longest, using: &random)
            return frame(number, tags: tags, length: length, random: &random)
        }
    }

    /// An untagged frame of `length` bytes.
    package static func plain(_ number: Int, length: Int) -> [UInt8] {
        var random = SeededGenerator(seed: UInt64(number))
        return frame(number, tags: [], length: length, random: &random)
    }

    private static func frame(_ number: Int, tags: [UInt8], length: Int, random: inout SeededGenerator) -> [UInt8] {
        let addresses: [UInt8] = [0x02, 0, 0, 0, 0, 0xBB, 0x02, 0, 0, 0, 0, 0xAA]
        let sequence = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
        let head = addresses + tags + experimental + sequence
        return head + random.bytes(length - head.count)
    }
}
