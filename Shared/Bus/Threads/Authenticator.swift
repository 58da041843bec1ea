/// Answers libzmq's question whether a CURVE client may connect (ZAP, ZeroMQ RFC 27).
struct Authenticator: LaneRole {
    /// Where libzmq asks.
    static let endpoint = "inproc://zeromq.zap.01"

    private let allowed: Set<CurveKey>

    init(allowing allowed: Set<CurveKey>) {
        self.allowed = allowed
    }

    /// A request is version, request id, domain, address, identity, mechanism, and with CURVE the client's key.
    func received(_ message: Multipart, through socket: inout BusSocket) {
        let parts = message.parts
        guard parts.count >= 6, parts[0] == Array("1.0".utf8) else { return answer([], isAllowed: false, through: &socket) }
        let key = parts.count == 7 && parts[5] == Array("CURVE".utf8) ? try? CurveKey(bytes: parts[6]) : nil
        answer(parts[1], isAllowed: key.map(allowed.contains) ?? false, through: &socket)
    }

    func refused(_ error: BusError) {}

    func closed() {}

    private func answer(_ request: [UInt8], isAllowed: Bool, through socket: inout BusSocket) {
        let status = isAllowed ? ["200", "OK"] : ["400", "unknown key"]
        let parts = [Array("1.0".utf8), request] + status.map { Array($0.utf8) } + [[], []]
        // An answer that cannot be sent leaves the client outside, as it should.
        _ = try? socket.send(Multipart(parts))
    }
}
