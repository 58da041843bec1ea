import Frames

/// The register of 64 bits that table 0 hands on with a packet, or the part of it that has to agree.
public struct MaskedMetadata: Hashable, Sendable {
    /// The bits to agree with, or to write.
    public var value: UInt64
    /// One for each bit that counts.
    public var mask: UInt64

    /// The bits of `value` set in `mask`; by default all.
    public init(value: UInt64, mask: UInt64 = .max) {
        self.value = value
        self.mask = mask
    }
}

/// Which packets a flow entry is for, or where a packet-in was (OpenFlow 1.3.5, Section 7.2.3).
public struct Match: Hashable, Sendable {
    /// The port that the packet came in by.
    public var inPort: UInt32?
    /// The metadata that an earlier table wrote.
    public var metadata: MaskedMetadata?
    /// The header fields; whether they go together is not looked at. ``Frames/FlowMatch`` makes sure of that.
    public var fields: FlowMatch.Fields
    /// Fields that are not modelled, or come with a value or mask that the model has no place for; kept to be sent on.
    public var others: [RawOXM]

    /// A match of what is given; without anything it covers every packet.
    public init(
        inPort: UInt32? = nil, metadata: MaskedMetadata? = nil, fields: FlowMatch.Fields = FlowMatch.Fields(), others: [RawOXM] = []
    ) {
        self.inPort = inPort
        self.metadata = metadata
        self.fields = fields
        self.others = others
    }

    /// A match of the flows that `flows` covers.
    public init(inPort: UInt32? = nil, metadata: MaskedMetadata? = nil, flows: FlowMatch) {
        self.init(inPort: inPort, metadata: metadata, fields: flows.fields)
    }
}
