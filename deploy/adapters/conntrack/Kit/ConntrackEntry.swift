/// What Linux knows of one connection: everything that has to move with it.
///
/// Not moved are byte counters, which the kernel lets nobody set, and the position of each end in its TCP window, which is picked up
/// again from the next packet of each direction.
package struct ConntrackEntry: Hashable, Sendable {
    /// Bits of `enum ip_conntrack_status` (linux/netfilter/nf_conntrack_common.h).
    package struct Status: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// Packets went both ways.
        package static let seenReply = Status(rawValue: 1 << 1)
        /// Not to be thrown out when the table is full.
        package static let assured = Status(rawValue: 1 << 2)
        /// In the table.
        package static let confirmed = Status(rawValue: 1 << 3)
        /// What a new entry may be given; the rest is the kernel's own.
        package static let movable: Status = [.seenReply, .assured, .confirmed]
    }

    /// Where a TCP connection stands.
    package struct TCP: Hashable, Sendable {
        /// One side of it.
        package struct Side: Hashable, Sendable {
            /// The window's scale.
            package var scale: UInt8
            /// Bits `IP_CT_TCP_FLAG_…` (linux/netfilter/nf_conntrack_tcp.h).
            package var flags: UInt8

            /// A side.
            package init(scale: UInt8, flags: UInt8) {
                self.scale = scale
                self.flags = flags
            }
        }

        /// `enum tcp_conntrack`; 3 is established.
        package var state: UInt8
        /// The side that opened the connection.
        package var original: Side
        /// The other.
        package var reply: Side

        /// A connection's state.
        package init(state: UInt8, original: Side, reply: Side) {
            self.state = state
            self.original = original
            self.reply = reply
        }
    }

    /// Where an SCTP association stands.
    package struct SCTP: Hashable, Sendable {
        /// `enum sctp_conntrack`.
        package var state: UInt8
        /// The verification tag of the direction in which the association was opened.
        package var originalTag: UInt32
        /// The other's.
        package var replyTag: UInt32

        /// An association's state.
        package init(state: UInt8, originalTag: UInt32, replyTag: UInt32) {
            self.state = state
            self.originalTag = originalTag
            self.replyTag = replyTag
        }
    }

    /// What only some protocols have.
    package enum ProtocolState: Hashable, Sendable {
        case tcp(TCP)
        case sctp(SCTP)
    }

    /// Packets of whoever began, as they come in.
    package var original: ConntrackTuple
    /// The answers, as they come in: the inverse of `original` but for what is translated.
    package var reply: ConntrackTuple
    /// What is known of it.
    package var status: Status
    /// Seconds until it is forgotten.
    package var timeout: UInt32
    /// The mark that rules have set.
    package var mark: UInt32
    /// The zone; 0 unless rules name others.
    package var zone: UInt16
    /// What only some protocols have.
    package var state: ProtocolState?
    /// A helper follows the conversation (FTP, SIP), and expects more connections because of it, or has changed its length.
    package var hasHelper: Bool

    /// An entry.
    package init(
        original: ConntrackTuple, reply: ConntrackTuple, status: Status, timeout: UInt32, mark: UInt32 = 0, zone: UInt16 = 0,
        state: ProtocolState? = nil, hasHelper: Bool = false
    ) {
        self.original = original
        self.reply = reply
        self.status = status
        self.timeout = timeout
        self.mark = mark
        self.zone = zone
        self.state = state
        self.hasHelper = hasHelper
    }

    /// Whether the answers do not mirror the questions.
    package var isTranslated: Bool { reply != original.inverted }
}
