import Wire

extension Envelope {
    /// Reads one whole message.
    ///
    /// Another version than 1.3 is accepted in HELLO and ERROR only, which look the same in all versions and are how two sides find
    /// out that they do not understand each other.
    /// - Throws: ``OpenFlowError`` when `bytes` are not exactly one well-formed message.
    public static func decode(_ bytes: RawSpan) throws(OpenFlowError) -> Envelope {
        let header = try MessageHeader(bytes)
        guard header.length <= bytes.byteCount else { throw .truncated(.header) }
        guard header.length == bytes.byteCount else { throw .trailing(.header, bytes.byteCount - header.length) }
        guard header.version == MessageHeader.version || header.type == MessageType.hello || header.type == MessageType.error else {
            throw .version(header.version)
        }
        let body = bytes.extracting(MessageHeader.byteCount..<bytes.byteCount)
        return Envelope(transaction: header.transaction, message: try Message(header, body))
    }

    /// Reads one whole message.
    ///
    /// - Throws: ``OpenFlowError`` when `bytes` are not exactly one well-formed message.
    public static func decode(_ bytes: [UInt8]) throws(OpenFlowError) -> Envelope { try decode(bytes.span.bytes) }

    /// Appends the message to `writer`.
    ///
    /// - Throws: ``OpenFlowError/oversize(_:)``; what was appended until then is of no use.
    public func encode(into writer: inout ByteWriter) throws(OpenFlowError) {
        let start = writer.count
        writer.write(message.version)
        writer.write(message.type)
        writer.write(UInt16(0))
        writer.write(transaction)
        message.encodeBody(into: &writer)
        let length = writer.count - start
        guard let field = UInt16(exactly: length) else { throw .oversize(length) }
        writer.patch(field, at: start + 2)
    }

    /// The message as bytes.
    ///
    /// - Throws: ``OpenFlowError/oversize(_:)`` when they are more than 65,535.
    public func encode() throws(OpenFlowError) -> [UInt8] {
        var writer = ByteWriter()
        try encode(into: &writer)
        return writer.bytes
    }
}

extension Message {
    fileprivate init(_ header: MessageHeader, _ body: RawSpan) throws(OpenFlowError) {
        switch header.type {
        case MessageType.hello: self = .hello(try Hello(version: header.version, body))
        case MessageType.error: self = .error(try ErrorMessage(body))
        case MessageType.echoRequest: self = .echoRequest([UInt8](copying: body))
        case MessageType.echoReply: self = .echoReply([UInt8](copying: body))
        case MessageType.experimenter: self = .experimenter(try Experimenter(body))
        case MessageType.featuresRequest: self = try Self.empty(.featuresRequest, body)
        case MessageType.featuresReply: self = .featuresReply(try FeaturesReply(body))
        case MessageType.getConfigRequest: self = try Self.empty(.getConfigRequest, body)
        case MessageType.getConfigReply: self = .getConfigReply(try SwitchConfiguration(body))
        case MessageType.setConfig: self = .setConfig(try SwitchConfiguration(body))
        case MessageType.packetIn: self = .packetIn(try PacketIn(body))
        case MessageType.flowRemoved: self = .flowRemoved(try FlowRemoved(body))
        case MessageType.portStatus: self = .portStatus(try PortStatus(body))
        case MessageType.packetOut: self = .packetOut(try PacketOut(body))
        case MessageType.flowMod: self = .flowMod(try FlowMod(body))
        case MessageType.multipartRequest: self = .multipartRequest(try MultipartRequest(body))
        case MessageType.multipartReply: self = .multipartReply(try MultipartReply(body))
        case MessageType.barrierRequest: self = try Self.empty(.barrierRequest, body)
        case MessageType.barrierReply: self = try Self.empty(.barrierReply, body)
        default: self = .other(type: header.type, body: [UInt8](copying: body))
        }
    }

    private static func empty(_ message: Message, _ body: RawSpan) throws(OpenFlowError) -> Message {
        guard body.byteCount == 0 else { throw .trailing(.emptyMessage, body.byteCount) }
        return message
    }

    fileprivate var version: UInt8 {
        if case .hello(let hello) = self { hello.version } else { MessageHeader.version }
    }

    fileprivate var type: UInt8 {
        switch self {
        case .hello: MessageType.hello
        case .error: MessageType.error
        case .echoRequest: MessageType.echoRequest
        case .echoReply: MessageType.echoReply
        case .experimenter: MessageType.experimenter
        case .featuresRequest: MessageType.featuresRequest
        case .featuresReply: MessageType.featuresReply
        case .getConfigRequest: MessageType.getConfigRequest
        case .getConfigReply: MessageType.getConfigReply
        case .setConfig: MessageType.setConfig
        case .packetIn: MessageType.packetIn
        case .flowRemoved: MessageType.flowRemoved
        case .portStatus: MessageType.portStatus
        case .packetOut: MessageType.packetOut
        case .flowMod: MessageType.flowMod
        case .multipartRequest: MessageType.multipartRequest
        case .multipartReply: MessageType.multipartReply
        case .barrierRequest: MessageType.barrierRequest
        case .barrierReply: MessageType.barrierReply
        case .other(let type, _): type
        }
    }

    fileprivate func encodeBody(into writer: inout ByteWriter) {
        switch self {
        case .hello(let hello): hello.encode(into: &writer)
        case .error(let error): error.encode(into: &writer)
        case .echoRequest(let bytes), .echoReply(let bytes), .other(_, let bytes): writer.write(bytes)
        case .experimenter(let experimenter): experimenter.encode(into: &writer)
        case .featuresRequest, .getConfigRequest, .barrierRequest, .barrierReply: break
        case .featuresReply(let features): features.encode(into: &writer)
        case .getConfigReply(let configuration), .setConfig(let configuration): configuration.encode(into: &writer)
        case .packetIn(let packetIn): packetIn.encode(into: &writer)
        case .flowRemoved(let flowRemoved): flowRemoved.encode(into: &writer)
        case .portStatus(let portStatus): portStatus.encode(into: &writer)
        case .packetOut(let packetOut): packetOut.encode(into: &writer)
        case .flowMod(let flowMod): flowMod.encode(into: &writer)
        case .multipartRequest(let request): request.encode(into: &writer)
        case .multipartReply(let reply): reply.encode(into: &writer)
        }
    }
}
