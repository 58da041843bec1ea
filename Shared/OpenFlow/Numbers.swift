/// Port numbers with a meaning of their own (OpenFlow 1.3.5, Section 7.2.1, OFPP_…).
public enum PortNumber {
    /// The highest number of a physical or logical port.
    public static let max: UInt32 = 0xFFFF_FF00
    /// The port that the packet came in by.
    public static let inPort: UInt32 = 0xFFFF_FFF8
    /// The flow tables, in a packet-out only.
    public static let table: UInt32 = 0xFFFF_FFF9
    /// The switch's own, non-OpenFlow forwarding.
    public static let normal: UInt32 = 0xFFFF_FFFA
    /// All ports of the VLAN but the one that the packet came in by.
    public static let flood: UInt32 = 0xFFFF_FFFB
    /// All ports but the one that the packet came in by.
    public static let all: UInt32 = 0xFFFF_FFFC
    /// The controller.
    public static let controller: UInt32 = 0xFFFF_FFFD
    /// The switch itself.
    public static let local: UInt32 = 0xFFFF_FFFE
    /// No port in particular.
    public static let any: UInt32 = 0xFFFF_FFFF
}

/// Group numbers with a meaning of their own (OpenFlow 1.3.5, Section 7.3.4.2, OFPG_…).
public enum GroupNumber {
    /// No group in particular.
    public static let any: UInt32 = 0xFFFF_FFFF
}

/// Table numbers with a meaning of their own (OpenFlow 1.3.5, Section 7.3.4.1, OFPTT_…).
public enum TableNumber {
    /// All tables, in deletions and requests for statistics.
    public static let all: UInt8 = 0xFF
}

/// Buffer numbers with a meaning of their own (OpenFlow 1.3.5, Section 7.4.1).
public enum BufferNumber {
    /// The packet is not kept by the switch: the message holds it (OFP_NO_BUFFER).
    public static let none: UInt32 = 0xFFFF_FFFF
}
