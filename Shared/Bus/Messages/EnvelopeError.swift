/// What is wrong with a message that arrived.
public enum EnvelopeError: Error, Hashable, Sendable {
    /// Another number of parts than the envelope has.
    case partCount(Int)
    /// A topic that is empty, too long or not UTF-8.
    case topic
    /// A correlation id that is not eight bytes.
    case correlation
    /// A header that is too long, or not JSON with the members it needs.
    case header
    /// An envelope of a version that this code does not speak.
    case version(Int)
}

extension EnvelopeError: CustomStringConvertible {
    /// One line: the thing, the reason, the way out.
    public var description: String {
        switch self {
        case .partCount(let count): "a message of \(count) parts is no envelope"
        case .topic: "the topic is empty, too long or not UTF-8"
        case .correlation: "the correlation id is not eight bytes"
        case .header: "the header is malformed"
        case .version(let version):
            "envelope version \(version) is not spoken here (this is version \(Header.currentVersion)): run services of one release"
        }
    }
}
