/// What is killed, or cut off, in the middle of a handover from function 1 to function 2.
package enum Victim: String, Hashable, Sendable, CaseIterable {
    case sourceAgent = "source-agent"
    case destinationAgent = "destination-agent"
    case sourceVNF = "source-vnf"
    case destinationVNF = "destination-vnf"
    case controller
    case ingressSwitch = "ingress-switch"
    case egressSwitch = "egress-switch"

    /// The part of the lab; of a switch it is its connection to the controller.
    package var part: Part {
        switch self {
        case .sourceAgent: .agent(1)
        case .destinationAgent: .agent(2)
        case .sourceVNF: .function(1)
        case .destinationVNF: .function(2)
        case .controller: .controller
        case .ingressSwitch: .connection(ofSwitch: "s1")
        case .egressSwitch: .connection(ofSwitch: "s2")
        }
    }
}

/// When it is killed.
package enum Moment: String, Hashable, Sendable, CaseIterable {
    /// The rule waits for the first packet of its flow.
    case detecting
    /// The destination has not acknowledged START.
    case arming
    /// The destination has not got the state.
    case transferring
    /// The destination has the state and has released nothing.
    case releasing
    /// The handover has completed.
    case after
}

extension Scenario {
    /// Other flows, settled at a third function, which must never notice what happens.
    package static let bystanders = "bystanders"
    /// Flows that begin after the repair, which must move as if nothing had been.
    package static let repaired = "repaired"

    /// Kills a part at a moment of a handover, starts it again after so many seconds, waits until no handover is open, and does
    /// another handover with flows of its own. What the killed part had is lost; the bystanders lose nothing. A controller that keeps its
    /// state knows how much it was.
    ///
    /// Phases that are over in a moment are made to wait: for a packet that is not sent, or for an agent that is stopped.
    package mutating func interrupt(_ victim: Victim, _ moment: Moment, restartAfter delay: Double = 1) {
        functions = 3
        streams += [
            Stream(Self.bystanders, flows: 10, rate: 2000, addressPair: 1, startsLater: true),
            Stream(Self.repaired, flows: 1, rate: 500, addressPair: 3, startsLater: true),
        ]
        expectations.lossy = [Stream.measured]
        expectations.outcome = .ended
        expectations.unmoved = [Self.bystanders]
        if victim == .controller, keepsControllerState {
            if moment == .after { expectations.lossy = [] } else { expectations.lossesInRecords = true }
        }
        if moment == .transferring { stateMs = max(stateMs, 1000) }
        if moment == .releasing { stateMs = max(stateMs, 300) }

        var move = Step.Move("interrupted", to: 2, priority: 20)
        move.maximumSilenceMs = moment == .detecting ? 3000 : 1000
        let rule = move.rule
        let armed = Part.agent(2)
        steps += [
            .move(Step.Move(Self.bystanders, of: Self.bystanders, to: 3)), .wait(.settled(rule: Self.bystanders)),
            .start(stream: Self.bystanders), .run(margin), .mark(.during),
        ]
        switch moment {
        case .detecting:
            steps += [
                .quiet(stream: Stream.measured), .move(move), .wait(.detecting(rule: rule)), .kill(victim.part),
                .speak(stream: Stream.measured),
            ]
        case .arming:
            steps += [.pause(armed), .move(move), .wait(.phase(.arm, rule: rule)), .kill(victim.part), .resume(armed)]
        case .transferring:
            steps += [.move(move), .wait(.phase(.transfer, rule: rule)), .kill(victim.part)]
        case .releasing:
            steps += [
                .move(move), .wait(.phase(.transfer, rule: rule)), .pause(armed), .wait(.unread(controlChannelOf: 2)),
                .kill(victim.part), .resume(armed),
            ]
        case .after:
            steps += [.move(move), .wait(.ended(rule: rule)), .kill(victim.part)]
        }
        steps += [
            .run(delay), .restart(victim.part), .wait(.ended(rule: rule), within: 30), .mark(.after), .run(margin),
            .start(stream: Self.repaired), .run(margin), .move(Step.Move(Self.repaired, of: Self.repaired, to: 2, priority: 30)),
            .wait(.ended(rule: Self.repaired)),
        ]
    }
}
