/// Numbers of linux/netlink.h, linux/netfilter/nfnetlink.h and linux/netfilter/nfnetlink_conntrack.h.
enum Netlink {
    static let headerLength = 16
    static let generalHeaderLength = 4
    static let attributeHeaderLength = 4

    enum MessageType {
        static let error: UInt16 = 2
        static let done: UInt16 = 3
        private static let conntrack: UInt16 = 1 << 8
        static let new = conntrack
        static let get = conntrack | 1
        static let delete = conntrack | 2
    }

    enum Flags {
        static let request: UInt16 = 0x1
        static let acknowledge: UInt16 = 0x4
        static let dump: UInt16 = 0x300
        static let exclusive: UInt16 = 0x200
        static let create: UInt16 = 0x400
    }

    enum Family {
        static let any: UInt8 = 0
        static let ipv4: UInt8 = 2
        static let ipv6: UInt8 = 10
    }

    static let nested: UInt16 = 0x8000
    /// The bits of an attribute's type that are no flags.
    static let typeMask: UInt16 = 0x3FFF
}

/// Attributes of a conntrack message, `CTA_…`.
enum ConntrackAttribute {
    static let original: UInt16 = 1
    static let reply: UInt16 = 2
    static let status: UInt16 = 3
    static let protocolInformation: UInt16 = 4
    static let help: UInt16 = 5
    static let sourceTranslation: UInt16 = 6
    static let timeout: UInt16 = 7
    static let mark: UInt16 = 8
    static let destinationTranslation: UInt16 = 13
    static let master: UInt16 = 14
    static let originalAdjustment: UInt16 = 15
    static let replyAdjustment: UInt16 = 16
    static let zone: UInt16 = 18
}

/// Attributes within a tuple, `CTA_TUPLE_…`, `CTA_IP_…`, `CTA_PROTO_…`.
enum TupleAttribute {
    static let addresses: UInt16 = 1
    static let transport: UInt16 = 2

    enum Address {
        static let ipv4Source: UInt16 = 1
        static let ipv4Destination: UInt16 = 2
        static let ipv6Source: UInt16 = 3
        static let ipv6Destination: UInt16 = 4
    }

    enum Transport {
        static let number: UInt16 = 1
        static let sourcePort: UInt16 = 2
        static let destinationPort: UInt16 = 3
        static let icmpID: UInt16 = 4
        static let icmpType: UInt16 = 5
        static let icmpCode: UInt16 = 6
        static let icmpv6ID: UInt16 = 7
        static let icmpv6Type: UInt16 = 8
        static let icmpv6Code: UInt16 = 9
    }
}

/// Attributes within a protocol's state, `CTA_PROTOINFO_…`.
enum StateAttribute {
    static let tcp: UInt16 = 1
    static let sctp: UInt16 = 3

    enum TCP {
        static let state: UInt16 = 1
        static let originalScale: UInt16 = 2
        static let replyScale: UInt16 = 3
        static let originalFlags: UInt16 = 4
        static let replyFlags: UInt16 = 5
    }

    enum SCTP {
        static let state: UInt16 = 1
        static let originalTag: UInt16 = 2
        static let replyTag: UInt16 = 3
    }
}

/// Attributes within a translation, `CTA_NAT_…` and `CTA_PROTONAT_…`.
enum TranslationAttribute {
    static let ipv4Least: UInt16 = 1
    static let ipv4Greatest: UInt16 = 2
    static let transport: UInt16 = 3
    static let ipv6Least: UInt16 = 4
    static let ipv6Greatest: UInt16 = 5
    static let portLeast: UInt16 = 1
    static let portGreatest: UInt16 = 2
}

/// Bits of linux/netfilter/nf_conntrack_tcp.h that an entry carries along, and one that it is given.
enum TCPFlag {
    static let windowScale: UInt8 = 0x01
    static let selectiveAcknowledgement: UInt8 = 0x02
    static let closing: UInt8 = 0x04
    static let liberal: UInt8 = 0x08
}
