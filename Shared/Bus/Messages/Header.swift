/// What goes before the body of every message: who sent it, which one it is, and when.
public struct Header: Codable, Hashable, Sendable {
    /// The version of the envelope that this code speaks.
    public static let currentVersion = 1

    /// The version of the envelope.
    public let version: Int
    /// Service and instance of the sender, such as `controller/5f0c3a2e`; a restart gives another instance.
    public let publisher: String
    /// Which message of this publisher under this topic it is, from 0 without gaps: what is missing was lost.
    public let sequence: UInt64
    /// When it was handed to the bus, in milliseconds since 1970.
    public let timeMs: Int64
    /// What ties messages of one undertaking together across services.
    public let traceId: String?
    /// In a reply: why the request was refused.
    public let error: String?

    /// A header of the current version.
    public init(publisher: String, sequence: UInt64, timeMs: Int64, traceId: String? = nil, error: String? = nil) {
        version = Self.currentVersion
        self.publisher = publisher
        self.sequence = sequence
        self.timeMs = timeMs
        self.traceId = traceId
        self.error = error
    }
}
