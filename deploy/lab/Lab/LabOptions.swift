/// What `sharp-lab demo` is asked for: the traffic, the handovers, and what disturbs them.
package struct LabOptions: Hashable, Sendable {
    /// Packets a second from host 1, over all flows together; nil for 1,000, or 50 a flow where each flow has its own request.
    package var rate: Double?
    /// Bytes of each Ethernet frame without its checksum, 58 and up.
    package var size = 58
    /// UDP flows between the two hosts.
    package var flows = 1
    /// Milliseconds by which the functions prolong each state transfer.
    package var stateMs = 0
    /// Whether host 2 answers every packet and the rule moves both directions.
    package var bidirectional = true
    /// Handovers in a row, to and fro between the two functions.
    package var handovers = 1
    /// How the rule asks for the move: `sharp`, `direct` (design 2.4), or `opennf`, to compare with.
    package var mode = "sharp"
    /// Milliseconds a flow may be silent and still be moved with its state.
    package var maximumSilenceMs = 1000
    /// The MTU of all links.
    package var mtu = 1500
    /// Whether frames may go past the agents while nothing is armed.
    package var fastPath = false
    /// Switches on each side, 1 or 2; with two, another stream through the first function enters and leaves at the other switches.
    package var switchesPerSide = 1
    /// Whether northbound and metrics are killed as soon as the first rule was accepted.
    package var killObservers = false
    /// Requests for a flow each; 0 for one request for all flows.
    package var requests = 0
    /// How many such requests arrive a second, on average, as a Poisson process.
    package var requestRate = 10.0
    /// What their arrivals are drawn from.
    package var seed: UInt64 = 1
    /// Flows beside those that move, through the first function, which fill the switches' caches.
    package var backgroundFlows = 0
    /// Packets a second of all of them together.
    package var backgroundRate = 3000.0
    /// What is killed in the middle of a handover.
    package var kill: Victim?
    /// When it is killed.
    package var killAt = Moment.transferring
    /// Seconds after which it is started again.
    package var killDelay = 1.0
    /// Whether the controller keeps its state in a directory that outlives it.
    package var keepsControllerState = false
    /// How many rounds of forged control frames a host sends during each handover.
    package var forge = 0
    /// Seconds of traffic before the first handover and after the last.
    package var margin = 2.0
    /// Milliseconds that OpenFlow messages take longer, each way.
    package var controllerDelayMs = 0.0
    /// Whether the report has the delay of each packet.
    package var keepsDelays = false

    /// One handover of one flow, 1,000 packets of 58 bytes a second, in both directions.
    package init() {}

    /// The case that is asked for.
    package var scenario: Scenario {
        var scenario = Scenario()
        scenario.margin = margin
        scenario.mtu = mtu
        scenario.fastPath = fastPath
        scenario.stateMs = stateMs
        scenario.keepsControllerState = keepsControllerState
        scenario.controllerDelayMs = controllerDelayMs
        scenario.measured.flows = max(flows, requests)
        scenario.measured.rate = rate ?? (requests > 0 ? 50 * Double(scenario.measured.flows) : 1000)
        scenario.measured.size = size
        scenario.measured.bidirectional = bidirectional
        scenario.measured.keepsDelays = keepsDelays
        scenario.switchesPerSide = switchesPerSide
        if switchesPerSide > 1 {
            scenario.streams.append(Stream("other switches", flows: 1, rate: 500, addressPair: Layout.firstOtherPair))
        }
        if backgroundFlows > 0 {
            scenario.streams.append(
                Stream("background", flows: backgroundFlows, rate: backgroundRate, addressPair: 2, bidirectional: false))
            scenario.cachesEachFlow = true
            scenario.steps = [.wait(.cached(2 * backgroundFlows))]
        }
        if let kill {
            scenario.interrupt(kill, killAt, restartAfter: killDelay)
        } else if requests > 0 {
            requestEach(&scenario)
        } else {
            moveToAndFro(&scenario)
        }
        scenario.title = title(of: scenario)
        return scenario
    }

    private func moveToAndFro(_ scenario: inout Scenario) {
        for number in stride(from: 1, through: handovers, by: 1) {
            let rule = "handover \(number)"
            var move = Step.Move(rule, to: number % 2 == 1 ? 2 : 1, priority: 10 + number)
            move.maximumSilenceMs = maximumSilenceMs
            move.mode = mode
            scenario.steps += [.mark(.during), .move(move)]
            if forge > 0 { scenario.steps.append(.inject(HostileFrame.forgeries(of: 1...8), times: forge)) }
            if killObservers && number == 1 {
                scenario.steps += [
                    .kill(.northbound), .kill(.metrics), .wait(.owned(stream: Stream.measured, function: move.destination)),
                    .restart(.metrics), .restart(.northbound),
                ]
            }
            // How long 1,000 flows take is the report's business, not the deadline's.
            scenario.steps.append(.wait(.ended(rule: rule), within: 20 + Double(stateMs) / 1000 * 3))
            if number < handovers { scenario.steps.append(.wait(.settled(rule: rule), within: 20 + Double(maximumSilenceMs) / 1000)) }
            scenario.steps.append(.mark(.after))
        }
    }

    private func requestEach(_ scenario: inout Scenario) {
        var moves = Step.Moves(count: requests, rate: requestRate)
        moves.seed = seed
        moves.maximumSilenceMs = maximumSilenceMs
        moves.mode = mode
        scenario.steps += [.mark(.during), .moveEach(moves), .wait(.endedEach, within: 30), .mark(.after)]
    }

    private func title(of scenario: Scenario) -> String {
        let measured = scenario.measured
        let what = measured.flows == 1 ? "one flow" : counted(measured.flows, "flow")
        var parts: [String] = []
        if let kill {
            parts.append("\(kill.rawValue) killed while \(killAt.rawValue), \(what)")
        } else if requests > 0 {
            parts.append("\(counted(requests, "request")) for a flow each at \(requestRate) a second, of \(what)")
        } else {
            parts.append((handovers == 1 ? "one handover" : "\(handovers) handovers") + " of \(what)")
        }
        parts.append("\(Int(measured.rate)) packets a second of \(size) bytes")
        parts.append(bidirectional ? "both directions" : "one direction")
        parts.append("state transfer \(scenario.stateMs) ms")
        if backgroundFlows > 0 { parts.append("\(backgroundFlows) other flows in the switches' caches") }
        if fastPath { parts.append("fast path") }
        if forge > 0 { parts.append("forged control frames") }
        if switchesPerSide > 1 { parts.append("\(switchesPerSide) switches on each side") }
        return parts.joined(separator: ", ")
    }
}
