/// Which port a shim is to open, as the command line says it: `packet:eth0`, `tap:vnf0?mtu=9000&mac=02:00:00:00:00:01`.
public struct ShimURL: Hashable, Sendable {
    /// The kinds of port there are: a new one is a file of its own and its line here.
    private static var kinds: [any ShimKind.Type] {
        [
            PacketShim.self,
            PcapShim.self,
            TAPShim.self,
            XDPShim.self,
            UNIXShim.self,
            ReplayShim.self,
            RecordShim.self,
        ]
    }

    /// How frames are moved: one of ``schemes``.
    public let scheme: String
    /// The network interface, or the path.
    public let target: String
    /// What was given behind the question mark.
    public let parameters: [String: String]
    /// The URL as it was given.
    public let text: String

    /// The schemes there are.
    public static var schemes: [String] { kinds.map { $0.scheme } }

    /// What a command line's help says of each scheme.
    public static var help: String { kinds.map { $0.help }.joined(separator: ", ") }

    /// Reads a URL.
    public init(_ text: String) throws(ShimError) {
        guard let colon = text.firstIndex(of: ":") else {
            throw ShimError(text, "not a port", remedy: "write SCHEME:INTERFACE, such as packet:eth0")
        }
        let rest = text[text.index(after: colon)...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        scheme = String(text[..<colon])
        target = String(rest[0])
        self.text = text
        parameters = try Self.parameters(rest.count == 2 ? rest[1] : "", of: text)
        try kind().check(self)
    }

    /// Opens the port.
    ///
    /// - Throws: ``ShimError`` when the interface or file is missing, a capability is missing, or an offload cannot be switched off.
    public func open() throws(ShimError) -> any Shim { try kind().init(self) }

    /// Opens the port, so that a ``FastPath`` may begin there if it is an interface of `packet:`, and the kernel lets it.
    public func openForFastPath() throws(ShimError) -> any Shim {
        scheme == PacketShim.scheme ? try PacketShim(self, forFastPath: true) : try open()
    }

    private func kind() throws(ShimError) -> any ShimKind.Type {
        for kind in Self.kinds where kind.scheme == scheme { return kind }
        throw ShimError(text, "unknown scheme '\(scheme)'", remedy: "the schemes are \(Self.schemes.joined(separator: ", "))")
    }

    private static func parameters(_ given: Substring, of text: String) throws(ShimError) -> [String: String] {
        var parameters: [String: String] = [:]
        for parameter in given.split(separator: "&") {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard parameters.updateValue(parts.count == 2 ? String(parts[1]) : "", forKey: name) == nil else {
                throw ShimError(text, "parameter '\(name)' is given twice", remedy: "give it once")
            }
        }
        return parameters
    }
}

/// A kind of port, chosen by the scheme of its URL.
protocol ShimKind: Shim {
    /// What comes before the colon.
    static var scheme: String { get }
    /// The form of its URLs, and what it is in a few words.
    static var help: String { get }

    /// Throws where the URL cannot be one of a port of this kind, whatever there is on this machine.
    static func check(_ url: ShimURL) throws(ShimError)

    /// Opens the port that a checked URL names.
    init(_ url: ShimURL) throws(ShimError)
}
