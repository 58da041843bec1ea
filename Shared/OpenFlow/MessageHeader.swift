import Wire

/// The eight bytes that every message starts with (OpenFlow 1.3.5, Section 7.1).
public struct MessageHeader: Hashable, Sendable {
    /// How many bytes a header has.
    public static let byteCount = 8
    /// The version number of OpenFlow 1.3.
    public static let version: UInt8 = 4

    /// The version of the protocol; 4 is OpenFlow 1.3.
    public let version: UInt8
    /// What the message is (OFPT_…).
    public let type: UInt8
    /// How many bytes the message has, this header included; never less than eight.
    public let length: Int
    /// The identifier that pairs replies with requests (xid).
    public let transaction: UInt32

    /// Reads the header at the start of `bytes`, behind which more may follow or still be missing.
    ///
    /// - Throws: ``OpenFlowError/truncated(_:)`` with fewer than eight bytes; ``OpenFlowError/length(_:_:)`` when the header claims
    ///   less than its own length: where the next message starts is lost then.
    public init(_ bytes: RawSpan) throws(OpenFlowError) {
        var reader = MessageReader(bytes, of: .header)
        version = try reader.next()
        type = try reader.next()
        length = Int(try reader.next(UInt16.self))
        transaction = try reader.next()
        guard length >= Self.byteCount else { throw .length(.header, length) }
    }
}

/// The types of message that are modelled (OpenFlow 1.3.5, Section A.1, OFPT_…).
package enum MessageType {
    package static let hello: UInt8 = 0
    package static let error: UInt8 = 1
    package static let echoRequest: UInt8 = 2
    package static let echoReply: UInt8 = 3
    package static let experimenter: UInt8 = 4
    package static let featuresRequest: UInt8 = 5
    package static let featuresReply: UInt8 = 6
    package static let getConfigRequest: UInt8 = 7
    package static let getConfigReply: UInt8 = 8
    package static let setConfig: UInt8 = 9
    package static let packetIn: UInt8 = 10
    package static let flowRemoved: UInt8 = 11
    package static let portStatus: UInt8 = 12
    package static let packetOut: UInt8 = 13
    package static let flowMod: UInt8 = 14
    package static let multipartRequest: UInt8 = 18
    package static let multipartReply: UInt8 = 19
    package static let barrierRequest: UInt8 = 20
    package static let barrierReply: UInt8 = 21
}
