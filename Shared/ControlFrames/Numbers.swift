/// Command numbers; those below 0x0009 and 0x0100 are the published prototype's.
enum Command: UInt16 {
    case startSource = 0x0001
    case startDestination = 0x0002
    case startAck = 0x0003
    case followUp = 0x0004
    case releaseFinished = 0x0005
    case releaseFinishedAck = 0x0006
    case handoverFinished = 0x0007
    case handoverFinishedAck = 0x0008
    case fence = 0x0009
    case fenceAck = 0x000A
    case abort = 0x000B
    case abortAck = 0x000C
    case resend = 0x000D
    case transfer = 0x000E
    case transferAck = 0x000F
    case arm = 0x0010
    case armAck = 0x0011
    case seen = 0x0012
    case seenAck = 0x0013
    case sync = 0x0014
    case syncAck = 0x0015
    case disarm = 0x0016
    case disarmAck = 0x0017
    case mirror = 0x0018
    case mirrorAck = 0x0019
    case hello = 0x001A
    case helloAck = 0x001B
    case frozen = 0x001C
    case freezing = 0x001D
    case fencing = 0x001E
    case transport = 0x0100
    case straggler = 0x0101
    case stragglerAck = 0x0102
}

/// TLV types; those below 0x0020 and 0x0100 are the published prototype's.
enum TLVType: UInt16 {
    case vnfFrom = 0x0001
    case vnfTo = 0x0002
    case ethType = 0x0003
    case ethSource = 0x0004
    case ethDestination = 0x0005
    case ipv4Source = 0x0006
    case ipv4Destination = 0x0007
    case udpSource = 0x0008
    case udpDestination = 0x0009
    case tcpSource = 0x0010
    case tcpDestination = 0x0011
    case ipv6Source = 0x0020
    case ipv6Destination = 0x0021
    case ipProtocol = 0x0022
    case vlan = 0x0023
    case icmpType = 0x0024
    case icmpCode = 0x0025
    case sctpSource = 0x0026
    case sctpDestination = 0x0027
    case sequence = 0x0030
    case count = 0x0031
    case part = 0x0032
    case peerAddress = 0x0033
    case reason = 0x0034
    case bufferUsage = 0x0035
    case straightTo = 0x0036
    case match = 0x0037
    case owner = 0x0038
    case ownsRest = 0x0039
    case verdict = 0x003A
    case joinedHandover = 0x003B
    case heldUnder = 0x003C
    case awaitsState = 0x003D
    case capabilities = 0x003E
    case uptime = 0x003F
    case counter = 0x0040
    case tag = 0x0041
    case repeated = 0x0042
    case process = 0x0043
    case wrappedFrame = 0x0100
}

/// The sizes that a control frame is made of, in bytes.
enum Size {
    /// Destination, source and EtherType.
    static let ethernet = 14
    /// Command, handover and length.
    static let header = 8
    /// A TLV's type and length.
    static let tlv = 4
    /// The tag's value.
    static let tag = 16
    /// The counter and the tag that authentication adds.
    static let authentication = (tlv + 8) + (tlv + tag)
    /// The shortest Ethernet frame, without the checksum.
    static let shortestFrame = 60
    /// The longest text that is written into a TLV.
    static let longestText = 255
}
