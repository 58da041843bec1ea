import CZeroMQ
import Timing

/// Sets a new socket to its options.
struct OptionSetter {
    let handle: UnsafeMutableRawPointer

    func apply(_ options: SocketOptions, to kind: SocketKind) throws(BusError) {
        try set(ZMQ_LINGER, options.linger.wholeMilliseconds)
        try set(ZMQ_SNDHWM, options.sendHighWaterMark)
        try set(ZMQ_RCVHWM, options.receiveHighWaterMark)
        try setLong(ZMQ_MAXMSGSIZE, Int64(options.maximumPartSize))
        try set(ZMQ_RCVTIMEO, options.receiveTimeout?.wholeMilliseconds ?? -1)
        try set(ZMQ_RECONNECT_IVL, options.reconnectPause.wholeMilliseconds)
        try set(ZMQ_RECONNECT_IVL_MAX, 1_000)
        try set(ZMQ_IMMEDIATE, options.onlyToConnected ? 1 : 0)
        try set(ZMQ_IPV6, 1)
        if case .router = kind { try set(ZMQ_ROUTER_MANDATORY, 1) }
        if let identity = options.identity { try set(ZMQ_ROUTING_ID, identity) }
        if let idle = options.keepAliveIdle {
            try set(ZMQ_TCP_KEEPALIVE, 1)
            try set(ZMQ_TCP_KEEPALIVE_IDLE, Int32(clamping: max(idle.nanoseconds / 1_000_000_000, 1)))
            try set(ZMQ_TCP_KEEPALIVE_INTVL, 5)
            try set(ZMQ_TCP_KEEPALIVE_CNT, 3)
        }
        try apply(options.security)
    }

    private func apply(_ security: Security) throws(BusError) {
        guard security != .none else { return }
        guard zmq_has("curve") == 1 else { throw .curveUnavailable }
        switch security {
        case .none: return
        case .server(let keys):
            try set(ZMQ_CURVE_SERVER, 1)
            try set(ZMQ_CURVE_SECRETKEY, keys.secretKey)
        case .client(let server, let own):
            try set(ZMQ_CURVE_SERVERKEY, server)
            try set(ZMQ_CURVE_PUBLICKEY, own.publicKey)
            try set(ZMQ_CURVE_SECRETKEY, own.secretKey)
        }
    }

    private func set(_ option: Int32, _ key: CurveKey) throws(BusError) {
        guard zmq_setsockopt(handle, option, key.text, 41) == 0 else { throw .last("setting a key") }
    }

    private func set(_ option: Int32, _ value: Int32) throws(BusError) {
        var value = value
        guard zmq_setsockopt(handle, option, &value, MemoryLayout<Int32>.size) == 0 else { throw .last("setting a socket option") }
    }

    private func setLong(_ option: Int32, _ value: Int64) throws(BusError) {
        var value = value
        guard zmq_setsockopt(handle, option, &value, MemoryLayout<Int64>.size) == 0 else { throw .last("setting a socket option") }
    }

    func set(_ option: Int32, _ value: [UInt8]) throws(BusError) {
        guard zmq_setsockopt(handle, option, value, value.count) == 0 else { throw .last("setting a socket option") }
    }
}

extension TimeSpan {
    fileprivate var wholeMilliseconds: Int32 { Int32(clamping: max(nanoseconds, 0) / 1_000_000) }
}
