import Foundation

/// The three ways of moving a flow that are compared.
package enum EvaluatedMode: String, Hashable, Sendable, Codable, CaseIterable {
    case opennf, sharp, direct

    /// What figures call it.
    package var title: String {
        switch self {
        case .opennf: "OpenNF"
        case .sharp: "SHarP"
        case .direct: "direct"
        }
    }
}

/// One measurement: what is set up, and which repetition it is.
package struct Trial: Hashable, Sendable, Codable {
    /// What is done.
    package enum Kind: Hashable, Sendable, Codable {
        /// One handover of one flow.
        case handover
        /// A request for a flow each, arriving as a Poisson process.
        case requests(count: Int, perSecond: Double)
        /// Nothing, without controller and services: what the machine carries.
        case baseline
    }

    /// What is done.
    package var kind = Kind.handover
    /// How flows move; sharp where none does.
    package var mode: EvaluatedMode
    /// Packets a second from host 1, over all flows.
    package var rate = 1000
    /// Bytes of each frame.
    package var size = 58
    /// Milliseconds that the state transfer takes.
    package var stateMs = 0
    /// Milliseconds that OpenFlow messages take longer, each way.
    package var controllerDelayMs = 0.0
    /// Counts from 1.
    package var repetition = 1

    /// One handover of a flow of 1,000 packets of 58 bytes a second.
    package init(_ mode: EvaluatedMode) { self.mode = mode }

    /// The name of its file, without an extension: the same measurement has the same name always.
    package var id: String {
        var parts: [String] = []
        switch kind {
        case .handover: parts += [mode.rawValue, "rate\(rate)", "size\(size)", "state\(stateMs)"]
        case .requests(let count, let perSecond): parts += [mode.rawValue, "requests\(count)", "at\(short(perSecond))", "size\(size)"]
        case .baseline: parts += ["baseline", "rate\(rate)", "size\(size)"]
        }
        if controllerDelayMs > 0 { parts.append("delay\(short(controllerDelayMs))") }
        return (parts + ["\(repetition)"]).joined(separator: "-")
    }

    /// The same measurement, whichever repetition.
    package var setting: Trial {
        var setting = self
        setting.repetition = 1
        return setting
    }

    /// What the lab runs.
    package var scenario: Scenario {
        var options = LabOptions()
        options.mode = mode.rawValue
        options.size = size
        options.stateMs = stateMs
        options.controllerDelayMs = controllerDelayMs
        options.margin = 0.5
        switch kind {
        case .handover:
            options.rate = Double(rate)
            options.keepsDelays = repetition == 1
        case .requests(let count, let perSecond):
            options.requests = count
            options.requestRate = perSecond
            options.seed = UInt64(repetition)
        case .baseline:
            options.rate = Double(rate)
            options.margin = 1
            return options.scenario.withoutSteps
        }
        return options.scenario
    }
}

/// A number without a fraction that says nothing.
func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : String(format: "%.4g", value)
}
