import OpenFlow

/// What a ``SwitchServer`` has counted since it was made. Counters only rise.
public struct SwitchCounters: Sendable, Hashable {
    /// Connections that were accepted.
    public internal(set) var accepted = 0
    /// Connections that were turned away because there were too many.
    public internal(set) var turnedAway = 0
    /// Switches that said who they are.
    public internal(set) var connected = 0
    /// Connected switches that went, whatever the reason.
    public internal(set) var disconnected = 0
    /// Connected switches that went because they connected anew.
    public internal(set) var replaced = 0
    /// Connections that ended before the other side had said who it is.
    public internal(set) var failedHandshakes = 0
    /// Those among them whose other side speaks another version.
    public internal(set) var incompatible = 0
    /// Switches that did not answer echo requests.
    public internal(set) var unresponsive = 0
    /// Switches that did not read what they were sent.
    public internal(set) var overruns = 0

    /// Bytes from switches.
    public internal(set) var bytesReceived = 0
    /// Messages from switches that could be read.
    public internal(set) var messagesReceived = 0
    /// Packet-ins.
    public internal(set) var packetIns = 0
    /// Flow entries that went.
    public internal(set) var flowsRemoved = 0
    /// Errors that switches reported.
    public internal(set) var errors = 0
    /// Messages that could not be read, by what was wrong with them.
    public internal(set) var malformed: [OpenFlowError.Kind: Int] = [:]
    /// Messages of switches that had not said yet who they are, and that are of no use before.
    public internal(set) var premature = 0

    /// Bytes to switches.
    public internal(set) var bytesSent = 0
    /// Messages to switches.
    public internal(set) var messagesSent = 0
    /// Packet-outs.
    public internal(set) var packetOuts = 0
    /// Changes to flow tables.
    public internal(set) var flowMods = 0
    /// Messages that were not sent because no header can say their length.
    public internal(set) var oversize = 0

    mutating func countReceived(_ message: Message) {
        messagesReceived += 1
        switch message {
        case .packetIn: packetIns += 1
        case .flowRemoved: flowsRemoved += 1
        case .error: errors += 1
        default: break
        }
    }

    mutating func countSent(_ message: Message, bytes: Int) {
        messagesSent += 1
        bytesSent += bytes
        switch message {
        case .packetOut: packetOuts += 1
        case .flowMod: flowMods += 1
        default: break
        }
    }
}
