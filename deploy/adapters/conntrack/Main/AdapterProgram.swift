import CLab
import ConntrackKit
import ConntrackNetlink
import Foundation
import JSONLines
import LabSockets

/// The adapter's sockets, and one thread that serves them all.
final class AdapterProgram {
    private static let retryInterval: UInt64 = 100_000_000
    /// How many peers may be connected at once; one more is hung up on.
    private static let askerLimit = 256
    /// The longest line that a peer or the agent has to say.
    private static let lineLimit = 16 << 10

    /// A peer that is asked, and the handovers whose state it owes.
    private struct Peer {
        let stream: LineStream
        var owed: Set<UInt16> = []
    }

    private var adapter: Adapter<NetlinkSocket>
    private let controlPath: String
    private var control: LineStream?
    private var nextControlAttempt: UInt64 = 0
    private let listener: Descriptor
    private var askers: [LineStream] = []
    private var peers: [String: Peer] = [:]

    init(controlChannel: String, listen: SocketAddress) throws(SystemError) {
        adapter = Adapter(try NetlinkSocket())
        controlPath = controlChannel
        listener = try Descriptor.listening(at: listen)
    }

    /// Serves until the process is ended.
    func run() {
        while true {
            reachAgent()
            let readable = waitForSomething()
            obeyAgent(readable)
            answerPeers(readable)
            hearPeers(readable)
        }
    }

    /// Waits, and says which descriptors have something to read, or broke.
    private func waitForSomething() -> Set<Int32> {
        let streams = askers + peers.values.map(\.stream) + [control].compactMap { $0 }
        var watched = [pollfd(fd: listener.number, events: Int16(POLLIN), revents: 0)]
        watched += streams.map {
            pollfd(fd: $0.input.number, events: Int16(POLLIN) | ($0.wantsToWrite ? Int16(POLLOUT) : 0), revents: 0)
        }
        let now = monotonicNow()
        let pause = control == nil ? Int32((max(nextControlAttempt, now) - now + 999_999) / 1_000_000) : -1
        poll(&watched, nfds_t(watched.count), pause)
        for stream in streams where stream.wantsToWrite { stream.flush() }
        return Set(watched.filter { $0.revents & ~Int16(POLLOUT) != 0 }.map(\.fd))
    }

    // MARK: The agent

    /// Connects to the agent, now and whenever it has been restarted.
    private func reachAgent() {
        guard control == nil, monotonicNow() >= nextControlAttempt else { return }
        nextControlAttempt = monotonicNow() + Self.retryInterval
        control = try? LineStream(Descriptor.connected(toSocket: controlPath))
        if control != nil { log("on the control channel") }
    }

    private func obeyAgent(_ readable: Set<Int32>) {
        guard let control, readable.contains(control.input.number) else { return }
        for line in control.receive() {
            guard let event = read(line, from: "the agent", ControlEvent.init(line:)) else { continue }
            perform(adapter.handle(event))
        }
        guard control.isClosed else { return }
        log("the agent is gone")
        self.control = nil
        adapter.forgetHandovers()
    }

    private func perform(_ actions: [Adapter<NetlinkSocket>.Action]) {
        for action in actions {
            switch action {
            case .say(let reply): control?.send(text { reply.write(to: &$0) })
            case .fetch(let handover, let address): fetch(handover, from: address)
            case .complain(let complaint): log(complaint)
            }
        }
    }

    // MARK: Peers

    /// Asks a peer for state, over a connection that stays open for the next time, without waiting for what was asked before.
    private func fetch(_ handover: UInt16, from text: String) {
        do {
            guard let address = SocketAddress(text) else { throw SystemError("reach \(text): not an address and port", code: EINVAL) }
            var peer = try peers[text] ?? Peer(stream: LineStream(Descriptor.connecting(to: address)))
            peer.owed.insert(handover)
            peers[text] = peer
            peer.stream.send(self.text { PeerRequest.fetch(handover: handover).write(to: &$0) })
        } catch {
            perform(adapter.peerFailed(handover, "\(error)"))
        }
    }

    private func hearPeers(_ readable: Set<Int32>) {
        for (address, peer) in peers where readable.contains(peer.stream.input.number) || peer.stream.isClosed {
            for line in peer.stream.receive() {
                guard let reply = read(line, from: address, PeerReply.init(line:)) else { continue }
                guard peers[address]?.owed.contains(reply.handover) == true else { continue }
                if case .entry = reply {} else { peers[address]?.owed.remove(reply.handover) }
                perform(adapter.install(reply))
            }
            guard peer.stream.isClosed else { continue }
            for handover in peers.removeValue(forKey: address)?.owed ?? [] {
                perform(adapter.peerFailed(handover, "\(address) cannot be reached, or closed the connection"))
            }
        }
    }

    private func answerPeers(_ readable: Set<Int32>) {
        while case let number = accept(listener.number, nil, nil), number >= 0 {
            let descriptor = Descriptor(number)
            guard askers.count < Self.askerLimit, let asker = try? LineStream(descriptor) else { continue }
            try? descriptor.set(Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
            askers.append(asker)
        }
        for asker in askers where readable.contains(asker.input.number) {
            for line in asker.receive() {
                guard let request = read(line, from: "a peer", PeerRequest.init(line:)) else { continue }
                let replies = adapter.answer(request)
                asker.send(text { line in for reply in replies { reply.write(to: &line) } })
            }
        }
        askers.removeAll(where: \.isClosed)
    }

    // MARK: Lines

    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes.dropLast(), as: UTF8.self)
    }

    private func read<Message>(_ line: String, from partner: String, _ read: (Span<UInt8>) throws(JSONError) -> Message) -> Message? {
        let bytes = Array(line.utf8)
        if bytes.count <= Self.lineLimit, let message = try? read(bytes.span) { return message }
        log("\(partner) said what nobody understands: \(line.prefix(200))")
        return nil
    }

    private func log(_ text: String) {
        FileHandle.standardError.write(Data("sharp-conntrack-adapter: \(text)\n".utf8))
    }
}
