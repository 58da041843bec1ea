import HandoverEngine
import Logging
import NIOCore
import OpenFlow
import ServiceSupport
import Switches
import Timing

/// Runs the engine on the switches' event loop: gives it what they say, the time, and requests, and does what it wants done.
///
/// To be used on that event loop only; nothing here is locked.
public final class EngineHost: SwitchObserver {
    /// The engine itself.
    public private(set) var engine: Engine

    private let eventLoop: any EventLoop
    private let logger: Logger
    private let publish: (_ event: Engine.Event, _ rule: String) -> Void
    private var connections: [DatapathID: SwitchConnection] = [:]
    private var unflushed: Set<DatapathID> = []
    private var state: StateDirectory?
    private var timer: (task: Scheduled<Void>, due: Instant)?

    /// A host without switches.
    ///
    /// - Parameter state: where what the next process must know is written down, if anywhere.
    /// - Parameter publish: is called with what observers may want to know, under the name of the rule it is about; it must not
    ///   wait.
    public init(
        engine: Engine, state: StateDirectory? = nil, eventLoop: any EventLoop, logger: Logger,
        publish: @escaping (_ event: Engine.Event, _ rule: String) -> Void
    ) {
        self.engine = engine
        self.state = state
        self.eventLoop = eventLoop
        self.logger = logger
        self.publish = publish
    }

    /// Lets the engine do something now and carries out what follows.
    public func perform<Result>(_ work: (inout Engine, Instant) throws -> Result) rethrows -> Result {
        eventLoop.preconditionInEventLoop()
        defer {
            carryOut()
            flush()
        }
        return try work(&engine, MonotonicClock.now())
    }

    // MARK: Switches

    /// Tells the engine, which fills the switch's tables.
    public func switchConnected(_ connection: SwitchConnection) {
        let datapath = DatapathID(connection.datapathID)
        connections[datapath] = connection
        let isKnown = engine.topology.switch(datapath) != nil
        logger.info(
            isKnown ? "switch connected" : "a switch that is not registered connected",
            metadata: ["datapath": "\(datapath)", "from": "\(connection.remoteAddress)", "ports": "\(connection.ports.count)"])
        perform { $0.connected(datapath, ports: connection.ports, at: $1) }
    }

    /// Tells the engine.
    public func switchDisconnected(_ connection: SwitchConnection, reason: String) {
        let datapath = DatapathID(connection.datapathID)
        guard connections[datapath] === connection else { return }
        connections[datapath] = nil
        logger.warning("switch disconnected", metadata: ["datapath": "\(datapath)", "reason": "\(reason)"])
        perform { $0.disconnected(datapath, at: $1) }
    }

    /// Hands a message to the engine and does what follows.
    public func received(_ envelope: Envelope, from connection: SwitchConnection) {
        let datapath = DatapathID(connection.datapathID)
        let now = MonotonicClock.now()
        switch envelope.message {
        case .portStatus: engine.portsChanged(datapath, ports: connection.ports, at: now)
        case .error(let error):
            logger.error("the switch reports an error", metadata: ["datapath": "\(datapath)", "error": "\(error)"])
            engine.handle(envelope.message, from: datapath, at: now)
        default: engine.handle(envelope.message, from: datapath, at: now)
        }
        carryOut()
    }

    /// Sends what the batch led to.
    public func receivedBatchEnd(from _: SwitchConnection) { flush() }

    // MARK: What follows

    private func carryOut() {
        let outputs = engine.takeOutput()
        writeDown(outputs)
        for output in outputs {
            switch output {
            case .message(let datapath, let message):
                guard let connection = connections[datapath] else { continue }
                connection.send(message)
                unflushed.insert(datapath)
            case .event(let event): publish(event, rule(of: event))
            case .journal, .checkpoint: break
            }
        }
        schedule()
    }

    /// Before anything is sent: a process that is killed in between must not have said what nobody knows of.
    private func writeDown(_ outputs: [Engine.Output]) {
        guard let state else { return }
        for output in outputs {
            switch output {
            case .journal(let entry): state.note(entry)
            case .checkpoint(let checkpoint): state.note(checkpoint)
            case .message, .event: break
            }
        }
        do throws(ServiceFailure) {
            try state.write()
            if state.isLong { try state.begin(engine.journalInShort) }
        } catch {
            // Handovers matter more; but what is written down and not true would do harm.
            state.abandon()
            self.state = nil
            logger.error("what a restarted controller must know is not written down any more", metadata: ["reason": "\(error)"])
        }
    }

    private func rule(of event: Engine.Event) -> String {
        guard case .handover(let record) = event else { return "" }
        return engine.rules.rules[record.rule]?.name ?? ""
    }

    private func flush() {
        for datapath in unflushed { connections[datapath]?.flush() }
        unflushed.removeAll(keepingCapacity: true)
    }

    private func schedule() {
        guard let due = engine.nextDeadline, timer.map({ due < $0.due }) ?? true else { return }
        timer?.task.cancel()
        let wait = max(0, (due - MonotonicClock.now()).nanoseconds)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let task = eventLoop.scheduleTask(in: .nanoseconds(wait)) { bound.value.wake() }
        timer = (task, due)
    }

    private func wake() {
        timer = nil
        perform { $0.advance(to: $1) }
    }
}
