import OpenFlow

/// What has to be said before a switch can be worked with (OpenFlow 1.3.5, Section 6.3.1).
///
///     hello ──HELLO──▶ features ──FEATURES_REPLY──▶ ports ──last part of the port description──▶ over
struct Handshake {
    private enum State {
        /// HELLO is expected.
        case hello
        /// FEATURES_REPLY is expected.
        case features
        /// Parts of the port description are expected.
        case ports(FeaturesReply, PortTable)
        /// The switch is known, or was refused.
        case over
    }

    /// What is to be done after a message.
    enum Step {
        /// Nothing until more comes.
        case wait
        /// The message is of no use yet.
        case ignore
        /// Send these.
        case send([Message])
        /// The switch is known.
        case connected(FeaturesReply, PortTable)
        /// The switch speaks this version and not ours: tell it, and disconnect.
        case incompatible(version: UInt8)
        /// Disconnect, for this reason.
        case refuse(String)
    }

    private var state = State.hello

    /// Whether the other side has not said yet that it speaks OpenFlow.
    var expectsHello: Bool {
        if case .hello = state { true } else { false }
    }

    mutating func receive(_ message: Message) -> Step {
        switch (state, message) {
        case (.hello, .hello(let hello)):
            guard hello.acceptsVersion13 else { return .incompatible(version: hello.version) }
            state = .features
            return .send([.featuresRequest])
        case (.hello, .error(let error)), (.features, .error(let error)):
            state = .over
            return .refuse("the switch answered \(error)")
        case (.features, .featuresReply(let features)):
            // A switch's further connections carry nothing that we ask for, and would pass for the switch connecting anew.
            guard features.auxiliaryID == 0 else { return .refuse("auxiliary connections are not supported") }
            state = .ports(features, PortTable())
            return .send([.setConfig(SwitchConfiguration()), .multipartRequest(MultipartRequest(.portDescription))])
        case (.ports(let features, var table), .multipartReply(let reply)):
            guard case .portDescription(let ports) = reply.body else { return .ignore }
            table.add(ports)
            state = reply.more ? .ports(features, table) : .over
            return reply.more ? .wait : .connected(features, table)
        case (.ports(let features, var table), .portStatus(let status)):
            table.apply(status)
            state = .ports(features, table)
            return .wait
        case (.hello, _):
            return .refuse("the switch did not start with HELLO")
        default:
            return .ignore
        }
    }
}
