/// An event on the bus: topic, header and body, one part each.
public struct Envelope: Hashable, Sendable {
    /// The longest topic, in bytes.
    public static let maximumTopicLength = 128

    /// What it is about; subscribers ask for topics by prefix.
    public let topic: String
    /// Who sent it, which one it is, and when.
    public let header: Header
    /// What is said: JSON, by convention.
    public let body: [UInt8]

    /// An envelope of the three.
    public init(topic: String, header: Header, body: [UInt8]) {
        self.topic = topic
        self.header = header
        self.body = body
    }

    /// Reads the envelope that `message` holds.
    public init(decoding message: Multipart) throws(EnvelopeError) {
        guard message.parts.count == 3 else { throw .partCount(message.parts.count) }
        let bytes = message.parts[0]
        guard (1...Self.maximumTopicLength).contains(bytes.count), let topic = String(validating: bytes, as: UTF8.self)
        else { throw .topic }
        self.topic = topic
        header = try Header(decoding: message.parts[1])
        body = message.parts[2]
    }

    /// The message that carries this envelope.
    public func encoded() throws(EnvelopeError) -> Multipart {
        Multipart([Array(topic.utf8), try header.encoded(), body])
    }
}

/// A request or its reply: correlation id, header and body, one part each.
public struct RequestEnvelope: Hashable, Sendable {
    /// What the requester called the request; its reply carries the same.
    public let correlation: UInt64
    /// Who sent it, which one it is, and when.
    public let header: Header
    /// What is asked or answered: JSON, by convention.
    public let body: [UInt8]

    /// An envelope of the three.
    public init(correlation: UInt64, header: Header, body: [UInt8]) {
        self.correlation = correlation
        self.header = header
        self.body = body
    }

    /// Reads the envelope that `message` holds.
    public init(decoding message: Multipart) throws(EnvelopeError) {
        guard message.parts.count == 3 else { throw .partCount(message.parts.count) }
        correlation = try Self.correlation(of: message)
        header = try Header(decoding: message.parts[1])
        body = message.parts[2]
    }

    /// The correlation id of a message that may otherwise be malformed, so that even it can be answered.
    static func correlation(of message: Multipart) throws(EnvelopeError) -> UInt64 {
        guard let bytes = message.parts.first, bytes.count == 8 else { throw .correlation }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The message that carries this envelope.
    public func encoded() throws(EnvelopeError) -> Multipart {
        let bytes = withUnsafeBytes(of: correlation.bigEndian) { Array($0) }
        return Multipart([bytes, try header.encoded(), body])
    }
}

extension Header {
    private static let maximumLength = 4_096

    private struct VersionOnly: Decodable {
        let version: Int
    }

    init(decoding bytes: [UInt8]) throws(EnvelopeError) {
        guard bytes.count <= Self.maximumLength, let only = try? BusJSON.decode(VersionOnly.self, from: bytes) else { throw .header }
        guard only.version == Self.currentVersion else { throw .version(only.version) }
        guard let header = try? BusJSON.decode(Header.self, from: bytes) else { throw .header }
        self = header
    }

    func encoded() throws(EnvelopeError) -> [UInt8] {
        guard let bytes = try? BusJSON.encode(self), bytes.count <= Self.maximumLength else { throw .header }
        return bytes
    }
}
