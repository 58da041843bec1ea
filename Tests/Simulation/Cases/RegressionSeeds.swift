import Simulation
import Testing

/// Seeds that failed once, and why. The generator's name goes with the seed, so that a change of the mix does not change what it means.
struct RegressionSeed: CustomTestStringConvertible, Sendable {
    let scenario: String
    var mode = Modes.sharp
    let seed: UInt64
    let why: String

    var testDescription: String { "\(scenario)\(mode == .sharp ? "" : ", \(mode)") \(seed): \(why)" }

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
            scenario: "lost-switch", seed: 95_029, why: "what came once the switch was back was taken for lost, as it has to be"),
        RegressionSeed(
            scenario: "silence", seed: 80_931, why: "a flow cached since before detection spoke when a switch removed the detection entry"),
        RegressionSeed(scenario: "silence", seed: 202_581, why: "the same, in the forward direction"),
        RegressionSeed(scenario: "rule-for-each", seed: 36_468, why: "a straggler that was returned twice was delivered twice"),
        RegressionSeed(scenario: "many-switches", seed: 11_521, why: "a straggler that came twice after the end was delivered twice"),
        RegressionSeed(scenario: "killed-controller", seed: 48, why: "a handover whose directions were all released never ended"),
        RegressionSeed(scenario: "killed-controller", seed: 205, why: "an identifier was used again that agents still remembered"),
        RegressionSeed(scenario: "killed-controller", seed: 259, why: "a flow's next handover left an entry of the one before"),
        RegressionSeed(scenario: "killed-controller", seed: 261, why: "an entry that was sent twice began to count anew"),
        RegressionSeed(
            scenario: "killed-agent", seed: 138, why: "a source was started anew before anybody had heard of the stragglers in it"),
        RegressionSeed(
            scenario: "killed-agent", seed: 605_370, why: "an agent whose answer was long on its way counted as started since START"),
        RegressionSeed(scenario: "chain", seed: 2_170, why: "a flow was held so long in one group that it was new in the next"),
    ]

    /// The same of functions that name the way back of a flow.
    static let named = [
        RegressionSeed(scenario: "named-mirror-and-on", seed: 0, why: "a function named what the controller knew, and got no answer"),
        RegressionSeed(
            scenario: "named-mirror-and-on", mode: .direct, seed: 233, why: "a later rule moved one direction of a flow before the other"),
        RegressionSeed(
            scenario: "named-mirror-and-on", mode: .direct, seed: 4_947, why: "the same, while the flow was on its way to where it was"),
        RegressionSeed(
            scenario: "named-mirror-and-on", mode: .direct, seed: 2_045, why: "the way back of a flow that went on was forgotten"),
        RegressionSeed(scenario: "named-mirror-broken", seed: 772, why: "the controller trapped when it refused a direction"),
        RegressionSeed(
            scenario: "named-mirror-broken", seed: 7_813, why: "a flow stayed, and nobody let the direction pass that had just been named"),
        RegressionSeed(
            scenario: "named-mirror-broken", seed: 4_681, why: "the next controller did not know which direction had been named"),
    ]

    /// The same of direct mode, and of flows that move together.
    static let direct = [
        RegressionSeed(
            scenario: "removal", mode: .mixed, seed: 600, why: "a direct rule left the entries of a sharp one that it took the place of"),
        RegressionSeed(scenario: "together", seed: 0, why: "a rule was taken back before the group had arrived"),
        RegressionSeed(scenario: "together", seed: 18, why: "stragglers of a flow that was never seen were lost at the end"),
        RegressionSeed(scenario: "together", seed: 5_147, why: "a source that said SYNC too rarely counted as gone"),
        RegressionSeed(scenario: "together", seed: 1_048, why: "packets were held unanswered while the state went back"),
        RegressionSeed(
            scenario: "together-and-back-under-another-controller", mode: .direct, seed: 34,
            why: "a farewell was awaited from a destination that nobody had told to fetch the state"),
        RegressionSeed(
            scenario: "together-and-back-under-another-controller", mode: .direct, seed: 258,
            why: "an instance was told that flows on their way back to it were its own"),
        RegressionSeed(
            scenario: "overload-together", mode: .direct, seed: 62, why: "a source without room for what comes anew gave its group up"),
        RegressionSeed(scenario: "translated-group", seed: 681, why: "stragglers of a flow that was never seen were lost at the end"),
        RegressionSeed(scenario: "removal", mode: .direct, seed: 203, why: "an instance was disarmed before a flow had spoken both ways"),
        RegressionSeed(scenario: "removal", mode: .direct, seed: 730, why: "tables changed twice before a cache had followed once"),
        RegressionSeed(
            scenario: "removal", mode: .direct, seed: 806, why: "an instance was told that flows on their way to another were its own"),
        RegressionSeed(scenario: "overload", mode: .direct, seed: 281, why: "entries of a relocation that had fallen back were left"),
        RegressionSeed(scenario: "overload", mode: .direct, seed: 718, why: "a flow without room for its handover became a new one"),
        RegressionSeed(
            scenario: "overload", mode: .direct, seed: 929, why: "a destination gave up before it could return what it had"),
        RegressionSeed(scenario: "overload", mode: .direct, seed: 3_507, why: "there was no room for a question that was asked already"),
        RegressionSeed(
            scenario: "overload", mode: .direct, seed: 15_206, why: "packets of a direction in which nothing waited came to nobody"),
        RegressionSeed(scenario: "chain", mode: .direct, seed: 2_975, why: "stragglers were taken for another controller's TRANSPORT"),
        RegressionSeed(scenario: "killed-agent", mode: .direct, seed: 1_052, why: "a source repeated SYNC to a destination that was gone"),
        RegressionSeed(
            scenario: "killed-agent", mode: .direct, seed: 2_152, why: "nobody said that a dead destination had held packets of a flow"),
        RegressionSeed(
            scenario: "overlap", mode: .direct, seed: 8_795, why: "a flow that had arrived was held by a later rule, and never released"),
        RegressionSeed(
            scenario: "overlap", mode: .direct, seed: 5_479, why: "what a flow's next instance held counted as held because of a later rule"
        ),
        RegressionSeed(
            scenario: "one-after-the-other", mode: .direct, seed: 6_467, why: "a source's own packets were held, and taken for later ones"),
        RegressionSeed(
            scenario: "one-after-the-other", mode: .direct, seed: 10_365, why: "the same, where one rule's removal held at two instances"),
        RegressionSeed(
            scenario: "one-after-the-other", mode: .direct, seed: 2_623,
            why: "a rule that took effect late was asked where a flow is that a later one had met first"),
        RegressionSeed(
            scenario: "one-after-the-other", mode: .direct, seed: 17_694,
            why: "a rule that was replaced before all its flows had arrived never took effect"),
        RegressionSeed(scenario: "one-after-the-other", mode: .direct, seed: 28_463, why: "the same, where it was removed"),
        RegressionSeed(
            scenario: "many-switches", mode: .direct, seed: 26_384,
            why: "packets of a third rule passed an instance that a flow had still to arrive at because of the first"),
        RegressionSeed(
            scenario: "many-switches", mode: .direct, seed: 5_162,
            why: "a less important rule took a flow that was on its way to where a more important one wants it"),
        RegressionSeed(scenario: "overlap", mode: .direct, seed: 3_527, why: "a rule that waited for its turn counted as one that steers"),
        RegressionSeed(
            scenario: "drain", mode: .direct, seed: 224,
            why: "a rule took effect while it was being asked who has the first packets of a flow"),
        RegressionSeed(
            scenario: "killed-controller", mode: .direct, seed: 367,
            why: "a flow was taken for a new one whose reports were lost until its rule had taken effect"),
        RegressionSeed(
            scenario: "killed-controller", mode: .direct, seed: 2_941, why: "the same, behind two other rules"),
        RegressionSeed(
            scenario: "killed-controller", mode: .direct, seed: 15_178,
            why: "the next controller delivered what the source had given to its function when the flow came back"),
        RegressionSeed(scenario: "killed-controller", mode: .direct, seed: 7_126, why: "the same, after three controllers"),
        RegressionSeed(
            scenario: "overload", mode: .direct, seed: 2_578,
            why: "packets waited at the controller for a silent direction, and later ones overtook them by another rule's entry"),
        RegressionSeed(
            scenario: "overload", mode: .direct, seed: 225_770, why: "the same, where the destination asked, and was told to pass them"),
        RegressionSeed(scenario: "overload", mode: .direct, seed: 72_685, why: "the same, where the flow went on to another instance"),
        RegressionSeed(
            scenario: "overload", mode: .direct, seed: 54_279, why: "packets without room overtook those that waited behind a handover"),
        RegressionSeed(scenario: "overload", mode: .direct, seed: 57_398, why: "the same, with little room for packets"),
        RegressionSeed(
            scenario: "overload", mode: .direct, seed: 400_217,
            why: "packets came by another rule's entry while earlier ones waited at the controller for the flow to arrive"),
        RegressionSeed(
            scenario: "overload", mode: .auto, seed: 500_437,
            why: "the controller began to detect flows of which an instance held packets that it had not reported"),
        RegressionSeed(scenario: "overload", mode: .auto, seed: 500_494, why: "the same, where the flow went to another instance"),
        RegressionSeed(
            scenario: "killed-agent", mode: .direct, seed: 400_638,
            why: "a handover was acknowledged by one process on one side and by the next on the other, and never ended"),
        RegressionSeed(
            scenario: "killed-agent", mode: .direct, seed: 401_209,
            why: "the destination had released everything before a source that was started anew was asked for stragglers"),
        RegressionSeed(
            scenario: "killed-agent", mode: .direct, seed: 405_162, why: "the same, where its predecessor had frozen the state"),
        RegressionSeed(
            scenario: "killed-agent", mode: .direct, seed: 400_274,
            why: "a source that was started anew before it heard of the handover counted as started since"),
        RegressionSeed(
            scenario: "killed-agent", mode: .direct, seed: 54_841,
            why: "an instance counted as armed that one process had acknowledged here and the next one there"),
        RegressionSeed(
            scenario: "overlap", mode: .mixed, seed: 701_448,
            why: "an instance held packets of a flow of which earlier ones waited at the controller, for another rule"),
        RegressionSeed(
            scenario: "killed-agent", seed: 148_018, why: "an agent's answers were long on their way, and it counted as started anew"),
        RegressionSeed(scenario: "killed-agent", seed: 845_451, why: "the same, in two handovers of one flow"),
        RegressionSeed(
            scenario: "killed-controller", seed: 646_229,
            why: "an entry went while no controller was there, and the count of the one in its place hid it"),
        RegressionSeed(scenario: "overlap", mode: .mixed, seed: 702_460, why: "the same"),
        RegressionSeed(scenario: "one-after-the-other", mode: .mixed, seed: 602_826, why: "the same, where the other rule was over soon"),
        RegressionSeed(
            scenario: "overlap", mode: .mixed, seed: 718_655,
            why: "an instance reported one direction of a flow, of whose other direction another one held earlier packets"),
        RegressionSeed(
            scenario: "overlap", mode: .mixed, seed: 722_732, why: "a direct rule began in front of sharp ones that had come before it"),
        RegressionSeed(
            scenario: "killed-agent", mode: .auto, seed: 600_645,
            why: "an agent counted as started since START, by answers that were all long on their way"),
        RegressionSeed(
            scenario: "killed-agent", mode: .auto, seed: 600_227,
            why: "a destination that was started anew was never told that its predecessor had all stragglers"),
        RegressionSeed(
            scenario: "killed-agent", mode: .auto, seed: 605_749,
            why: "START came late to a destination that was started anew when its predecessor had released everything"),
        RegressionSeed(
            scenario: "overlap", mode: .direct, seed: 2_000_918,
            why: "a report came once more after it was answered, when its rule had taken effect"),
        RegressionSeed(
            scenario: "killed-agent", mode: .direct, seed: 4_003_469,
            why: "the word of a process that was gone came behind its successor's, and the instance counted as armed by both"),
        RegressionSeed(
            scenario: "killed-agent", mode: .direct, seed: 4_003_068,
            why: "a destination died when it had let one direction pass and not the other, and nobody asked it any more"),
        RegressionSeed(
            scenario: "killed-agent", mode: .direct, seed: 8_006_117,
            why: "a source's successor said that there were no stragglers, and the destination dropped those that had come behind a gap"),
        RegressionSeed(
            scenario: "one-after-the-other", mode: .direct, seed: 9_002_941,
            why: "an instance was armed for a removal, and held what the rule still sent there"),
        RegressionSeed(scenario: "one-after-the-other", mode: .direct, seed: 9_004_477, why: "the same, with another end"),
        RegressionSeed(
            scenario: "one-after-the-other", mode: .direct, seed: 9_104_622,
            why: "of two instances armed for a removal, the one that held the first packets was not the one armed first"),
        RegressionSeed(scenario: "overlap", mode: .direct, seed: 9_104_532, why: "the same"),
        RegressionSeed(
            scenario: "overlap", mode: .direct, seed: 2_028_820,
            why: "a flow was sent once more to where it had still to come because of an earlier rule"),
        RegressionSeed(
            scenario: "one-after-the-other", mode: .direct, seed: 10_023_220,
            why: "what an instance had been asked because of an earlier arming was taken for an answer"),
        RegressionSeed(
            scenario: "killed-agent", seed: 8_002_802,
            why: "an agent had been running for less than any answer of its takes when START left and was lost"),
        RegressionSeed(
            scenario: "overload-together", seed: 294_619,
            why: "a destination without room got stragglers one by one, and the source was given up meanwhile"),
        RegressionSeed(
            scenario: "overload-together", seed: 827_324,
            why: "for each flow that waited, stragglers were asked for, and each time every flow was said to wait: without room, for ever"),
        RegressionSeed(
            scenario: "overload", mode: .direct, seed: 10_033_110,
            why: "the controller took over, and a new flow's packets there passed those that its instance held unreported"),
        RegressionSeed(
            scenario: "overload", mode: .direct, seed: 13_003_886,
            why: "an instance reported packets of a flow that had been kept where it was, and waited behind what was over"),
        RegressionSeed(
            scenario: "overload", mode: .direct, seed: 13_004_994,
            why: "a source that had heard of the end alone did not say that it had no stragglers"),
        RegressionSeed(
            scenario: "overload", mode: .auto, seed: 30_003_896,
            why: "a rule changed the tables although the controller had begun meanwhile to detect flows of it"),
        RegressionSeed(
            scenario: "overlap", mode: .direct, seed: 21_001_924,
            why: "a less important rule took effect while one was taken back, and counted for its flows, too"),
        RegressionSeed(
            scenario: "overlap", mode: .direct, seed: 40_002_032,
            why: "what was under a rule being removed fell to one that was removed after it, whose instance held nothing"),
        RegressionSeed(
            scenario: "killed-controller", mode: .opennf, seed: 12_003_909,
            why: "nobody said any more what detection entries of OpenNF's move had lost, and the handover waited for that for ever"),
        RegressionSeed(
            scenario: "killed-controller", mode: .direct, seed: 13_002_943,
            why: "a flow began in the moment of DISARM, and its second direction passed until START had come there too"),
        RegressionSeed(
            scenario: "removal", mode: .direct, seed: 9_006_826,
            why: "a flow was found while its rule was taken back, fell silent, and stayed where it had come to"),
        RegressionSeed(
            scenario: "killed-controller", seed: 61_004_882,
            why: "an entry to the controller that a switch had missed was given it anew, and then written over uncounted"),
        RegressionSeed(
            scenario: "named-mirror-broken", seed: 20_967,
            why: "a switch came back, and an entry was removed before the one below it was right"),
        RegressionSeed(
            scenario: "together-and-back-under-another-controller", seed: 35_875,
            why: "the controller took over during a group's farewell, and flows joined where the destination had taken its leave"),
        RegressionSeed(
            scenario: "together-under-another-controller", seed: 985_138,
            why: "the same without a way back"),
    ]
}
