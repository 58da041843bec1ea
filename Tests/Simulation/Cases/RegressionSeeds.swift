import Testing

/// Seeds that failed once, and why. The generator's name goes with the seed, so that a change of the mix does not change what it means.
struct RegressionSeed: CustomTestStringConvertible, Sendable {
    let scenario: String
    let seed: UInt64
    let why: String

    var testDescription: String { "\(scenario) \(seed): \(why)" }

    static let all = [
        RegressionSeed(scenario: "silence", seed: 78, why: "a packet took the detection entry's cached action after the rule had settled"),
        RegressionSeed(scenario: "overlap", seed: 40, why: "detection ended in one direction while the other went on finding new flows"),
        RegressionSeed(scenario: "overlap", seed: 52, why: "a rule was removed while another one moved the same flow"),
        RegressionSeed(scenario: "slow-links", seed: 66, why: "the source's last packet was slower on its way out than the state"),
        RegressionSeed(scenario: "slow-links", seed: 9_762, why: "the same, in the direction that was acknowledged later"),
        RegressionSeed(scenario: "failed-state", seed: 142, why: "an agent never heard that a handover without a state was over"),
        RegressionSeed(scenario: "killed-agent", seed: 14_362, why: "a rule never settled after its flow was handed back"),
        RegressionSeed(
            scenario: "killed-agent", seed: 97_947, why: "a destination that was started anew held a flow that had gone back"),
        RegressionSeed(scenario: "killed-agent", seed: 1_696, why: "the same, with the state in place by then"),
        RegressionSeed(scenario: "lost-switch", seed: 1_200, why: "a switch that came back was given steering before detection"),
        RegressionSeed(
            scenario: "silence", seed: 80_931, why: "a flow cached since before detection spoke when a switch removed the detection entry"),
        RegressionSeed(scenario: "silence", seed: 202_581, why: "the same, in the forward direction"),
        RegressionSeed(scenario: "rule-for-each", seed: 36_468, why: "a straggler that was returned twice was delivered twice"),
        RegressionSeed(scenario: "many-switches", seed: 11_521, why: "a straggler that came twice after the end was delivered twice"),
        RegressionSeed(scenario: "killed-controller", seed: 48, why: "a handover whose directions were all released never ended"),
        RegressionSeed(scenario: "killed-controller", seed: 205, why: "an identifier was used again that agents still remembered"),
        RegressionSeed(scenario: "killed-controller", seed: 259, why: "a flow's next handover left an entry of the one before"),
        RegressionSeed(scenario: "killed-controller", seed: 261, why: "an entry that was sent twice began to count anew"),
        RegressionSeed(scenario: "chain", seed: 2_170, why: "a flow was held so long in one group that it was new in the next"),
    ]
}
