import CLab
import ExampleVNFKit
import Foundation
import LabSockets

/// The function's sockets, and one thread that serves them all: frames first, then words.
final class FunctionProgram {
    private static let retryInterval: UInt64 = 100_000_000

    private var function = ExampleFunction()
    private let bridge: FrameBridge
    private let controlPath: String?
    private var control: LineStream?
    private var nextControlAttempt: UInt64 = 0
    private let listener: Descriptor
    private var askers: [LineStream] = []
    private var peers: [String: LineStream] = [:]
    private var fetches: [String: Set<Int>] = [:]
    private let stateNanoseconds: UInt64
    private var later: [(at: UInt64, reply: ControlReply)] = []
    private let signals: Descriptor

    init(left: String, right: String, controlChannel: String?, listen: SocketAddress, stateNanoseconds: UInt64) throws(SystemError) {
        bridge = try FrameBridge(left: left, right: right)
        controlPath = controlChannel
        listener = try Descriptor.listening(at: listen)
        self.stateNanoseconds = stateNanoseconds
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, SIGUSR1)
        sigprocmask(SIG_BLOCK, &mask, nil)
        signals = Descriptor(try check(signalfd(-1, &mask, Int32(SFD_NONBLOCK)), "receive signals"))
    }

    /// Serves until the process is ended.
    func run() throws(SystemError) {
        warmUp()
        while true {
            reachAgent()
            waitForSomething()
            try bridge.drain(through: &function)
            try obeyAgent()
            answerPeers()
            installStates()
            answerLate()
            dumpOnSignal()
        }
    }

    /// Writes and reads one message of each kind, so that the first handover does not pay for what the JSON coders set up.
    private func warmUp() {
        let flows = [FlowFields](), handover = 0
        let _: PeerRequest? = decode(encode(PeerRequest.fetch(handover: handover, flows: flows)), from: "itself")
        let _: PeerReply? = decode(encode(PeerReply.state(handover: handover, states: [])), from: "itself")
        let _: ControlReply? = decode(encode(ControlReply(.ready, handover: handover)), from: "itself")
        let start = #"{"event":"start","handover":0,"role":"source","flow":{"eth_type":2048},"peer":{"vnf":1,"address":"itself"}}"#
        let _: ControlEvent? = decode(start, from: "itself")
    }

    private func waitForSomething() {
        var watched = [bridge.left, bridge.right, listener, signals].map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
        for stream in askers + peers.values + [control].compactMap({ $0 }) {
            watched.append(
                pollfd(fd: stream.input.number, events: Int16(POLLIN) | (stream.wantsToWrite ? Int16(POLLOUT) : 0), revents: 0))
        }
        var deadline = later.map(\.at).min()
        if controlPath != nil, control == nil { deadline = min(deadline ?? .max, nextControlAttempt) }
        let now = monotonicNow()
        let milliseconds = deadline.map { $0 <= now ? 0 : Int32(min(60_000, ($0 - now + 999_999) / 1_000_000)) } ?? -1
        poll(&watched, nfds_t(watched.count), milliseconds)
    }

    /// Connects to the agent, now and whenever it has been restarted.
    private func reachAgent() {
        guard let controlPath, control == nil, monotonicNow() >= nextControlAttempt else { return }
        nextControlAttempt = monotonicNow() + Self.retryInterval
        control = try? LineStream(Descriptor.connected(toSocket: controlPath))
    }

    private func obeyAgent() throws(SystemError) {
        guard let control else { return }
        for line in control.receive() {
            guard let event: ControlEvent = decode(line, from: "the control channel") else { continue }
            // What the agent handed over before it said this is in our sockets by now, and must be processed first.
            if event.event == .start { try bridge.drain(through: &function) }
            perform(function.handle(event))
        }
        control.flush()
        if control.isClosed { self.control = nil }
    }

    private func perform(_ action: ExampleFunction.Action?) {
        switch action {
        case .answer(let reply): answer(reply)
        case .answerLater(let reply):
            if stateNanoseconds == 0 { answer(reply) } else { later.append((monotonicNow() + stateNanoseconds, reply)) }
        case .fetch(let handover, let flows, let address): fetch(handover, flows, from: address)
        case nil: break
        }
    }

    private func answer(_ reply: ControlReply) {
        control?.send(encode(reply))
    }

    private func answerLate() {
        let now = monotonicNow()
        for (at, reply) in later where at <= now { answer(reply) }
        later.removeAll { $0.at <= now }
    }

    /// Asks a peer for state over a connection that stays open for the next time.
    private func fetch(_ handover: Int, _ flows: [FlowFields], from text: String) {
        do {
            guard let address = SocketAddress(text) else { throw SystemError("reach \(text): not an address and port", code: EINVAL) }
            let peer = try peers[text] ?? LineStream(Descriptor.connected(to: address))
            peers[text] = peer
            fetches[text, default: []].insert(handover)
            peer.send(encode(PeerRequest.fetch(handover: handover, flows: flows)))
        } catch {
            answer(ControlReply(.stateFailed, handover: handover, reason: "\(error)"))
        }
    }

    private func installStates() {
        for (address, peer) in peers {
            for line in peer.receive() {
                guard let reply: PeerReply = decode(line, from: address) else { continue }
                switch reply {
                case .state(let handover, _), .refused(let handover, _): fetches[address]?.remove(handover)
                case .dump: break
                }
                perform(function.install(reply))
            }
            peer.flush()
            guard peer.isClosed else { continue }
            peers[address] = nil
            for handover in fetches.removeValue(forKey: address) ?? [] {
                answer(ControlReply(.stateFailed, handover: handover, reason: "\(address) closed the connection"))
            }
        }
    }

    /// Serves peers that fetch state, and whoever wants to see all of it.
    private func answerPeers() {
        while case let number = accept(listener.number, nil, nil), number >= 0 {
            let descriptor = Descriptor(number)
            try? descriptor.set(Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
            if let asker = try? LineStream(descriptor) { askers.append(asker) }
        }
        for asker in askers {
            for line in asker.receive() {
                guard let request: PeerRequest = decode(line, from: "a peer") else { continue }
                switch request {
                case .fetch(let handover, let flows): asker.send(encode(function.fetched(handover: handover, flows: flows)))
                case .dump: asker.send(encode(PeerReply.dump(function: dump())))
                }
            }
            asker.flush()
        }
        askers.removeAll(where: \.isClosed)
    }

    private func dumpOnSignal() {
        var information = signalfd_siginfo()
        while read(signals.number, &information, MemoryLayout<signalfd_siginfo>.size) > 0 {
            FileHandle.standardOutput.write(Data((encode(dump()) + "\n").utf8))
        }
    }

    private func dump() -> StateDump {
        StateDump(
            flows: function.dumpFlows(), forwarded: bridge.forwarded, violations: function.violations, unreadable: function.unreadable,
            kernelDrops: bridge.left.kernelDrops + bridge.right.kernelDrops, refused: bridge.refused,
            controlChannel: controlPath.map { _ in control != nil })
    }

    private func encode(_ value: some Encodable) -> String {
        (try? JSONEncoder().encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private func decode<Value: Decodable>(_ line: String, from whom: String) -> Value? {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(line.utf8))
        } catch {
            FileHandle.standardError.write(Data("sharp-example-vnf: \(whom) said what nobody understands: \(line)\n".utf8))
            return nil
        }
    }
}
