import ArgumentParser

/// A TCP address to listen on, written `HOST:PORT` or `[IPV6]:PORT`.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// An address or a name of this machine.
    public let host: String
    /// The port; 0 lets the system choose.
    public let port: UInt16

    /// The address of the two.
    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// The address that `text` spells, if it does.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.init(host: String(host), port: port)
    }

    /// The text that spells the address.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension ListenAddress: ExpressibleByArgument {
    /// The address that a command line names.
    public init?(argument: String) {
        self.init(argument)
    }
}
