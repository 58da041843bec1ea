/// Something that is done in a run.
package enum Step: Hashable, Sendable, Codable {
    /// Asks for all flows of a stream, or a connection, to be moved, with one rule.
    case move(Move)
    /// Asks for the first flows of a stream to be moved, with a rule for each, arriving as a Poisson process.
    case moveEach(Moves)
    /// Removes a rule, so that its flows go back.
    case remove(rule: String)
    /// Takes a function out of service.
    case drain(function: Int)
    /// Puts it back, so that its flows go back.
    case endDrain(function: Int)
    /// Waits for something; a run in which it does not come about in time has failed.
    case wait(Condition, within: Double = 20)
    /// Lets traffic go on for so many seconds.
    case run(Double)
    /// Counts the measured stream's delays apart from here on.
    case mark(TrafficLabel)
    /// Starts a stream that does not start by itself, and waits until all its flows have come through.
    case start(stream: String)
    /// Has a stream's sender fall silent, and waits until what was under way has arrived.
    case quiet(stream: String)
    /// Has it send again.
    case speak(stream: String)
    /// Ends a part of the system without notice.
    case kill(Part)
    /// Starts it again, and registers anew what a controller without memory has forgotten.
    case restart(Part)
    /// Stops a part's process, which then does nothing, until it is resumed.
    case pause(Part)
    /// Lets it go on.
    case resume(Part)
    /// Writes down the switches' tables and what the services say they hold.
    case snapshot(String)
    /// Has host 1 send frames that it should not, so many times.
    case inject([HostileFrame], times: Int)

    /// The mode that a rule names, if it names one.
    static func named(_ mode: String) -> String? { mode == "auto" ? nil : mode }

    /// A rule for many flows.
    package struct Move: Hashable, Sendable, Codable {
        /// What the other steps call it.
        package var rule: String
        /// The stream or connection.
        package var what = Stream.measured
        /// The function that is to have it.
        package var destination: Int
        /// The rule's priority.
        package var priority = 10
        /// Milliseconds a flow may be silent and still be moved with its state.
        package var maximumSilenceMs = 1000
        /// `sharp`, `direct` (design 2.4) or `opennf`; `auto` names none.
        package var mode = "sharp"
        /// Whether all flows move together, which is in direct mode always.
        package var isGroup = false
        /// Whether the other direction moves too; nil is as the stream has one.
        package var isBidirectional: Bool?

        /// A rule and what it moves where.
        package init(_ rule: String, of what: String = Stream.measured, to destination: Int, priority: Int = 10) {
            self.rule = rule
            self.what = what
            self.destination = destination
            self.priority = priority
        }
    }

    /// Rules for a flow each.
    package struct Moves: Hashable, Sendable, Codable {
        /// The stream.
        package var stream = Stream.measured
        /// How many of its flows.
        package var count: Int
        /// The function that is to have them.
        package var destination = 2
        /// How many requests arrive a second, on average.
        package var rate: Double
        /// What the arrivals are drawn from.
        package var seed: UInt64 = 1
        /// Milliseconds a flow may be silent and still be moved with its state.
        package var maximumSilenceMs = 1000
        /// `sharp`, `direct` (design 2.4) or `opennf`; `auto` names none.
        package var mode = "sharp"

        /// So many requests at such a rate.
        package init(count: Int, rate: Double) {
            self.count = count
            self.rate = rate
        }
    }
}

/// A part of the system that can be ended and started again.
package enum Part: Hashable, Sendable, Codable, CustomStringConvertible {
    case controller
    case northbound
    case metrics
    /// The HSL agent of a function.
    case agent(Int)
    /// A function.
    case function(Int)
    /// A switch's connection to the controller.
    case connection(ofSwitch: String)

    /// What the lab calls it, which is also the name of its log.
    package var description: String {
        switch self {
        case .controller: "controller"
        case .northbound: "northbound"
        case .metrics: "metrics"
        case .agent(let function): "agent-\(function)"
        case .function(let function): "vnf-\(function)"
        case .connection(let name): "connection of switch \(name)"
        }
    }
}

/// What a step waits for.
package enum Condition: Hashable, Sendable, Codable {
    /// The controller took the rule up and looks for its flows.
    case detecting(rule: String)
    /// A flow handover of the rule waits in this phase.
    case phase(HandoverPhase, rule: String)
    /// No handover of the rule is open and so many have ended as it has flows; a rule that is no longer known has none.
    case ended(rule: String)
    /// The same of all requests of ``Step/moveEach(_:)``.
    case endedEach
    /// The rule's flows have moved and its detection is over.
    case settled(rule: String)
    /// It is known how many packets a rule lost while its controller was away: its detection entries have told their counts.
    case counted(rule: String)
    /// The rule could not be carried out, and its flows are where they were.
    case failed(rule: String)
    /// A handover of the rule goes back, because its destination cannot take it.
    case goingBack(rule: String)
    /// The rule is gone and its flows are back.
    case removed(rule: String)
    /// No flow goes to a function that is taken out of service.
    case drained(function: Int)
    /// A function is back in service, with its flows.
    case inService(function: Int)
    /// A function has the state of all flows of a stream.
    case owned(stream: String, function: Int)
    /// A function has frozen the state of all flows of a stream.
    case frozen(stream: String, function: Int)
    /// The agent of a function has not read what the function said on the control channel.
    case unread(controlChannelOf: Int)
    /// The switches' tables are as they were at a snapshot, and no handover is open.
    case tables(asAt: String)
    /// The switches have at least so many entries in their caches.
    case cached(Int)
}

/// A phase of a handover, in the order in which they usually end.
package enum HandoverPhase: String, Hashable, Sendable, Codable, CaseIterable {
    case arm, redirect, fence, release, transfer
}

/// The names of the stretches of time in which delays are counted apart.
package enum TrafficLabel: String, Hashable, Sendable, Codable {
    case before, during, after
}
