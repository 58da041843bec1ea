/// A message of OpenFlow 1.3 without its header.
public enum Message: Hashable, Sendable {
    /// The first message of both sides: which versions each speaks.
    case hello(Hello)
    /// A request was refused.
    case error(ErrorMessage)
    /// Whether the other side lives; it sends the bytes back.
    case echoRequest([UInt8])
    /// The answer to ``echoRequest(_:)`` with its bytes.
    case echoReply([UInt8])
    /// A vendor's message.
    case experimenter(Experimenter)
    /// Asks for the datapath's identity and abilities.
    case featuresRequest
    /// The datapath's identity and abilities.
    case featuresReply(FeaturesReply)
    /// Asks for the switch's configuration.
    case getConfigRequest
    /// The switch's configuration.
    case getConfigReply(SwitchConfiguration)
    /// Sets the switch's configuration.
    case setConfig(SwitchConfiguration)
    /// A packet that the switch hands to the controller.
    case packetIn(PacketIn)
    /// A flow entry is gone.
    case flowRemoved(FlowRemoved)
    /// A port was added, removed or changed.
    case portStatus(PortStatus)
    /// A packet that the controller hands to the switch.
    case packetOut(PacketOut)
    /// Adds, changes or deletes flow entries.
    case flowMod(FlowMod)
    /// Asks for statistics or descriptions.
    case multipartRequest(MultipartRequest)
    /// A part of the answer to ``multipartRequest(_:)``.
    case multipartReply(MultipartReply)
    /// Asks the switch to finish everything sent before.
    case barrierRequest
    /// Everything sent before the barrier was processed.
    case barrierReply
    /// A message of a type that is not modelled, with the bytes behind its header.
    case other(type: UInt8, body: [UInt8])
}

/// A message with the identifier that pairs requests and replies.
public struct Envelope: Hashable, Sendable {
    /// The identifier (xid): a reply carries its request's.
    public var transaction: UInt32
    /// What is said.
    public var message: Message

    /// A message with its identifier.
    public init(transaction: UInt32, message: Message) {
        self.transaction = transaction
        self.message = message
    }
}
