import ControlChannel
import Glibc
import HSLCore
import Logging
import ServiceSupport
import Shims
import Timing

/// The HSL agent: one thread that owns ports, forwarding core and control channel (paper, Section 3.2).
public struct Agent: ~Copyable {
    private var core: ForwardingCore
    private var egress: Egress
    private let ingress: FrameBatches
    private let poller: Poller
    private let channel: ControlChannelServer?
    private let box: SnapshotBox
    private let logger: Logger
    private var health: PortHealth
    private var fastPaths: FastPaths
    private var nextRound: Instant

    /// How often counters are copied out and interfaces that went away are looked for.
    private static let round = TimeSpan.milliseconds(200)
    /// How many batches of a function's frames may lie before a word of it.
    private static let batchesBeforeWord = 64

    private enum Token {
        static let stop = UInt64.max
        static let channel = UInt64.max - 1
    }

    /// Opens all ports and the control channel.
    ///
    /// - Parameters:
    ///   - box: where the counters are left for other threads.
    ///   - logger: told of ports that come and go, never of a frame.
    /// - Throws: ``ShimError`` or ``ControlChannelError``.
    public init(_ configuration: AgentConfiguration, box: SnapshotBox, logger: Logger) throws {
        guard let poller = Poller() else { throw ShimError("epoll", errnoText(), remedy: "raise the limit of open files") }
        var shims: [any Shim] = []
        for url in configuration.pairs.flatMap({ [$0.network, $0.function] }) {
            let shim = FastPaths.isWanted(configuration.fastPath) ? try url.openForFastPath() : try url.open()
            logger.info("port open", metadata: shim.description)
            poller.add(shim.descriptor, token: UInt64(shims.count))
            shims.append(shim)
        }
        var fastPaths = FastPaths(configuration.fastPath, pairs: configuration.pairs.count)
        for pair in configuration.pairs.indices {
            try requireFittingMTUs(shims[2 * pair], shims[2 * pair + 1])
            fastPaths.start(pair, network: shims[2 * pair], function: shims[2 * pair + 1], logger)
        }
        let channel = try configuration.controlChannel.map { path throws(ControlChannelError) in try ControlChannelServer(path: path) }
        if let channel { poller.add(channel.descriptor, token: Token.channel) }
        self.fastPaths = fastPaths
        self.poller = poller
        self.channel = channel
        self.box = box
        self.logger = logger
        core = ForwardingCore(configuration: configuration.core(shims))
        ingress = FrameBatches(slotSizes: shims.map(\.receiveSlotSize))
        egress = Egress(shims)
        health = PortHealth(count: shims.count)
        nextRound = MonotonicClock.now()
        logger.info("forwarding", metadata: ["pairs": "\(configuration.pairs.count)"])
    }

    /// Forwards until `stop` is raised.
    public mutating func run(until stop: StopSignal) {
        poller.add(stop.descriptor, token: Token.stop)
        defer { poller.remove(stop.descriptor) }
        core.announce()
        sendOutput()
        while true {
            let ready = poller.wait(atMost: untilNextDeadline())
            let now = MonotonicClock.now()
            for index in 0..<ready {
                let event = poller[index]
                switch event.token {
                case Token.stop:
                    finish()
                    return
                case Token.channel: listen(at: now)
                default: serve(Int(event.token), isFault: event.isFault, at: now)
                }
            }
            advance(to: now)
        }
    }

    private func untilNextDeadline() -> TimeSpan {
        let now = MonotonicClock.now()
        guard let deadline = core.nextDeadline else { return nextRound - now }
        return min(nextRound, deadline) - now
    }

    /// Moves one batch of a port's frames, so that no port holds up another. Returns how many there were.
    @discardableResult
    private mutating func serve(_ index: Int, isFault: Bool, at now: Instant) -> Int {
        let shim = egress.shims[index]
        let port = Port(index: index)
        shim.receive(into: &ingress[index])
        for position in 0..<ingress[index].count {
            let frame = ingress[index][position]
            switch core.receive(frame.bytes, from: port, at: now) {
            case .pass: egress.forward(frame, to: index ^ 1)
            case .taken, .drop: if core.hasOutput { core.drain(into: &egress) }
            }
        }
        egress.flush()
        let count = ingress[index].count
        ingress[index].removeAll()
        shim.release()
        deliverNotifications()
        if isFault { shim.examineError() }
        if shim.isDown { noteDown(index) }
        return count
    }

    /// Forwards what the function sent before it said something: what that leads to must not overtake it.
    private mutating func drainFunction(at now: Instant) {
        for index in egress.shims.indices where index % 2 == 1 && !health.isDown(index) {
            for _ in 0..<Self.batchesBeforeWord {
                if serve(index, isFault: false, at: now) == 0 { break }
            }
        }
    }

    /// Takes what the network function said.
    private mutating func listen(at now: Instant) {
        guard let channel else { return }
        let events = channel.poll()
        if !events.isEmpty { drainFunction(at: now) }
        for event in events {
            switch event {
            case .connected: logger.info("network function connected")
            case .disconnected: logger.info("network function disconnected")
            case .message: break
            }
            core.handle(FunctionEvent(event), at: now)
        }
        sendOutput()
    }

    /// Tells the core the time, and looks after ports when that is due.
    private mutating func advance(to now: Instant) {
        if let deadline = core.nextDeadline, deadline <= now { core.advance(to: now) }
        sendOutput()
        if channel?.lostWhileSending == true { listen(at: now) }
        // Everything that was received is out by now.
        fastPaths.settle { core.isArmed($0) }
        guard now >= nextRound else { return }
        nextRound = now + Self.round
        for index in egress.shims.indices { lookAfter(index) }
        box.put(snapshot())
    }

    private mutating func sendOutput() {
        if core.hasOutput { core.drain(into: &egress) }
        egress.flush()
        deliverNotifications()
    }

    private mutating func deliverNotifications() {
        let notifications = egress.takeNotifications()
        if !notifications.isEmpty { channel?.send(contentsOf: notifications.lazy.map(AgentMessage.init)) }
    }

    private mutating func finish() {
        egress.flush()
        for shim in egress.shims { shim.sampleKernelDrops() }
        let last = snapshot()
        box.put(last)
        for port in last.ports { logger.info("port closed", metadata: port.summary) }
    }

    private func snapshot() -> AgentSnapshot {
        let ports = egress.shims.enumerated().map { index, shim in
            var counters = shim.counters
            counters.oversize += egress.oversize[index]
            return AgentSnapshot.PortCounters(url: shim.url.text, shim: counters)
        }
        return AgentSnapshot(core: core.counters, ports: ports, controlChannel: channel?.counters)
    }
}

extension Agent {
    /// A port's interface went: waits for its return instead of for frames.
    private mutating func noteDown(_ index: Int) {
        let shim = egress.shims[index]
        guard health.noteDown(index) else { return }
        fastPaths.end(index / 2)
        poller.remove(shim.descriptor)
        logger.warning("interface went down or away; waiting for it", metadata: ["port": "\(shim.url.text)"])
    }

    private mutating func lookAfter(_ index: Int) {
        let shim = egress.shims[index]
        shim.sampleKernelDrops()
        if shim.counters.unfinishedChecksums > 0, health.noteUnfinishedChecksums(index) {
            logger.warning(
                "frames come with unfinished checksums; switch checksum offload off at their sender: ethtool -K IF tx off tso off gso off",
                metadata: ["port": "\(shim.url.text)"])
        }
        if shim.isDown { noteDown(index) }
        guard health.isDown(index) else { return }
        do throws(ShimError) {
            try shim.reopen()
            poller.add(shim.descriptor, token: UInt64(index))
            health.noteUp(index)
            let pair = index / 2
            if !health.isDown(index ^ 1) {
                fastPaths.start(pair, network: egress.shims[2 * pair], function: egress.shims[2 * pair + 1], logger)
            }
            logger.info("port open again", metadata: shim.description)
        } catch {
            if health.noteFailure(error, index) { logger.warning("\(error)") }
        }
    }
}

extension Shim {
    /// The port as log metadata.
    fileprivate var description: Logger.Metadata {
        var metadata: Logger.Metadata = ["port": "\(url.text)", "mtu": "\(mtu)"]
        if !switchedOff.isEmpty { metadata["offloads_switched_off"] = "\(switchedOff.joined(separator: " "))" }
        return metadata
    }
}

/// The least MTU that takes every control frame, in bytes: IPv6's (RFC 8200, Section 5).
private let leastMTU = 1_280

/// Throws where control frames are too long for a port, or frames that one port of a pair carries are for the other.
private func requireFittingMTUs(_ one: any Shim, _ other: any Shim) throws(ShimError) {
    for port in [one, other] where port.mtu < leastMTU {
        throw ShimError(
            port.url.text, "its MTU of \(port.mtu) is too small for control frames",
            remedy: "give it \(leastMTU) at the least: ip link set IF mtu N, or ?mtu=N for tap:, unix:, replay: and record:")
    }
    guard one.mtu != other.mtu else { return }
    let (small, large) = one.mtu < other.mtu ? (one, other) : (other, one)
    throw ShimError(
        small.url.text, "its MTU of \(small.mtu) is too small for what \(large.url.text) carries (\(large.mtu))",
        remedy: "give both the same: ip link set IF mtu N, or ?mtu=N for tap:, unix:, replay: and record:")
}

private func errnoText() -> String { String(cString: strerror(errno)) }
