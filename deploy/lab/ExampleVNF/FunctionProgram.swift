import CLab
import ExampleVNFKit
import Foundation
import JSONLines
import LabSockets

/// The function's sockets, and one thread that serves them all: frames first, then words.
final class FunctionProgram {
    private static let retryInterval: UInt64 = 100_000_000

    private var function: ExampleFunction
    private let bridge: FrameBridge
    private let controlPath: String?
    private var control: Conversation?
    private var nextControlAttempt: UInt64 = 0
    private let listener: Descriptor
    /// Those who ask us, and those whom we ask, by address, with the handovers whose state they owe.
    private var askers: [Conversation] = []
    private var peers: [String: Conversation] = [:]
    private var fetches: [String: Set<UInt16>] = [:]
    private let stateNanoseconds: UInt64
    /// Answers that wait for the configured transfer time, in the order in which they are due.
    private var later: [(at: UInt64, reply: ControlReply)] = []
    private let signals: Descriptor
    /// What the last wait has found beside frames and words.
    private var (isCalled, isSignalled) = (false, false)

    init(
        left: String, right: String, controlChannel: String?, listen: SocketAddress, stateNanoseconds: UInt64, fault: Fault?
    ) throws(SystemError) {
        function = ExampleFunction(fault: fault)
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
        while true {
            reachAgent()
            waitForSomething()
            try bridge.drain(through: &function)
            try obeyAgent()
            answerPeers()
            installStates()
            answerLate()
            for conversation in conversations { conversation.flush() }
            dumpOnSignal()
        }
    }

    private var conversations: [Conversation] { askers + peers.values + [control].compactMap { $0 } }

    private func waitForSomething() {
        let conversations = conversations
        var watched = [bridge.left, bridge.right, listener, signals].map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
        watched += conversations.map(\.watch)
        var deadline = later.first?.at
        if controlPath != nil, control == nil { deadline = min(deadline ?? .max, nextControlAttempt) }
        let now = monotonicNow()
        let milliseconds = deadline.map { $0 <= now ? 0 : Int32(min(60_000, ($0 - now + 999_999) / 1_000_000)) } ?? -1
        poll(&watched, nfds_t(watched.count), milliseconds)
        (isCalled, isSignalled) = (watched[2].revents != 0, watched[3].revents != 0)
        for (conversation, result) in zip(conversations, watched.suffix(conversations.count)) { conversation.note(result) }
    }

    /// Connects to the agent, now and whenever it has been restarted.
    private func reachAgent() {
        guard let controlPath, control == nil, monotonicNow() >= nextControlAttempt else { return }
        nextControlAttempt = monotonicNow() + Self.retryInterval
        control = try? Conversation(Descriptor.connected(toSocket: controlPath), with: "the control channel")
    }

    private func obeyAgent() throws(SystemError) {
        guard let control else { return }
        let events = control.receive(ControlEvent.init(line:))
        // What the agent handed over before it said start is in our sockets by now, and must be processed first.
        if events.contains(where: { $0.event == .start }) { try bridge.drain(through: &function) }
        for event in events { perform(function.handle(event)) }
        if control.isClosed { self.control = nil }
    }

    private func perform(_ action: ExampleFunction.Action?) {
        switch action {
        case .answer(let reply): answer(reply)
        case .answerLater(let reply):
            if stateNanoseconds == 0 { answer(reply) } else { later.append((monotonicNow() + stateNanoseconds, reply)) }
        case .fetch(let handover, let address): fetch(handover, from: address)
        case .die: exit(1)
        case nil: break
        }
    }

    private func answer(_ reply: ControlReply) {
        control?.send { reply.write(to: &$0) }
    }

    private func answerLate() {
        let now = monotonicNow()
        let due = later.prefix { $0.at <= now }
        for (_, reply) in due { answer(reply) }
        later.removeFirst(due.count)
    }

    /// Asks a peer for state, over a connection that stays open for the next time, without waiting for what was asked before.
    private func fetch(_ handover: UInt16, from text: String) {
        do {
            guard let address = SocketAddress(text) else { throw SystemError("reach \(text): not an address and port", code: EINVAL) }
            let peer = try peers[text] ?? Conversation(Descriptor.connecting(to: address), with: text)
            peers[text] = peer
            fetches[text, default: []].insert(handover)
            peer.send { PeerRequest.fetch(handover: handover).write(to: &$0) }
        } catch {
            answer(ControlReply(.stateFailed, handover: handover, reason: "\(error)"))
        }
    }

    private func installStates() {
        for (address, peer) in peers {
            for reply in peer.receive(PeerReply.init(line:)) {
                fetches[address]?.remove(reply.handover)
                perform(function.install(reply))
            }
            guard peer.isClosed else { continue }
            peers[address] = nil
            for handover in fetches.removeValue(forKey: address) ?? [] {
                answer(ControlReply(.stateFailed, handover: handover, reason: "\(address) closed the connection"))
            }
        }
    }

    /// Serves peers that fetch state, and whoever wants to see all of it.
    private func answerPeers() {
        while isCalled, case let number = accept(listener.number, nil, nil), number >= 0 {
            let descriptor = Descriptor(number)
            try? descriptor.set(Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
            if let asker = try? Conversation(descriptor, with: "a peer") { askers.append(asker) }
        }
        for asker in askers {
            for request in asker.receive(PeerRequest.init(line:)) {
                switch request {
                case .fetch(let handover): asker.send { function.fetched(handover: handover).write(to: &$0) }
                case .dump: asker.send { $0.bytes += dump() }
                }
            }
        }
        askers.removeAll(where: \.isClosed)
    }

    private func dumpOnSignal() {
        var information = signalfd_siginfo()
        while isSignalled, read(signals.number, &information, MemoryLayout<signalfd_siginfo>.size) > 0 {
            FileHandle.standardOutput.write(dump())
        }
    }

    /// Everything the function knows about itself, as a line of JSON.
    private func dump() -> Data {
        let dump = StateDump(
            flows: function.dumpFlows(), forwarded: bridge.forwarded, violations: function.violations, unreadable: function.unreadable,
            kernelDrops: bridge.left.kernelDrops + bridge.right.kernelDrops, refused: bridge.refused,
            controlChannel: controlPath.map { _ in control != nil })
        return ((try? JSONEncoder().encode(dump)) ?? Data("{}".utf8)) + Data("\n".utf8)
    }
}
