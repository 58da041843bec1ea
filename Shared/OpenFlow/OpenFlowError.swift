/// Why bytes are not an OpenFlow 1.3 message, or a message does not fit into one.
public enum OpenFlowError: Error, Hashable, Sendable {
    /// The parts of a message that have a length of their own.
    public enum Element: String, Hashable, Sendable {
        case header, hello, error, experimenter, featuresReply = "features reply", configuration = "switch configuration"
        case packetIn = "packet-in", packetOut = "packet-out", flowMod = "flow-mod", flowRemoved = "flow-removed"
        case portStatus = "port status", multipart, statistics, port, match, oxm = "OXM field", action, instruction
        case emptyMessage = "message without a body"
    }

    /// An error without its particulars, to count by.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        case truncated, length, trailing, version, value, duplicate, oversize
    }

    /// The element's content goes on behind its end, or the element goes on behind the end of what it is part of.
    case truncated(Element)
    /// The element claims a length in bytes that no such element has.
    case length(Element, Int)
    /// So many bytes are left behind the element's content.
    case trailing(Element, Int)
    /// The header names another version of the protocol; OpenFlow 1.3 is 4.
    case version(UInt8)
    /// The element holds a number that means nothing there.
    case value(Element, Int)
    /// The match names an OXM basic field twice.
    case duplicate(field: UInt8)
    /// The message would have so many bytes; 65,535 is the most that its header can say.
    case oversize(Int)

    /// The error without its particulars.
    public var kind: Kind {
        switch self {
        case .truncated: .truncated
        case .length: .length
        case .trailing: .trailing
        case .version: .version
        case .value: .value
        case .duplicate: .duplicate
        case .oversize: .oversize
        }
    }
}

extension OpenFlowError: CustomStringConvertible {
    /// The error in a few words.
    public var description: String {
        switch self {
        case .truncated(let element): "truncated \(element.rawValue)"
        case .length(let element, let length): "\(element.rawValue) with an impossible length of \(length) bytes"
        case .trailing(let element, let count): "\(count) bytes too many behind the \(element.rawValue)"
        case .version(let version): "protocol version \(version) where 4 (OpenFlow 1.3) was agreed"
        case .value(let element, let number): "\(element.rawValue) with the unknown number \(number)"
        case .duplicate(let field): "match with OXM field \(field) twice"
        case .oversize(let count): "message of \(count) bytes where 65535 is the limit"
        }
    }
}
