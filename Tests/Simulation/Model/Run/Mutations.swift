#if MUTATIONS
    import Mutations
#endif

/// Omissions of the protocol that can be switched on in a build made for it (`make mutations`), to show that the simulator finds them.
public enum Mutations {
    /// The mutations that this build knows; none as a rule.
    public static var names: [String] {
        #if MUTATIONS
            Mutation.allCases.map(\.rawValue)
        #else
            []
        #endif
    }

    /// The scenarios that show a mutation, and the mode of their rules; nil when this build does not know it.
    public static func generators(showing name: String) -> Generators? {
        #if MUTATIONS
            Mutation(rawValue: name)?.generators
        #else
            nil
        #endif
    }

    /// Switches one on for every run from now on, or all off; false when this build does not know it. Not while seeds run.
    public static func activate(_ name: String?) -> Bool {
        #if MUTATIONS
            Mutation.active = name.flatMap { Mutation(rawValue: $0) }
            return name == nil || Mutation.active != nil
        #else
            return name == nil
        #endif
    }
}

#if MUTATIONS
    extension Mutation {
        /// The everyday mix shows most of them; some need what is rare in it.
        fileprivate var generators: Generators? {
            switch self {
            case .trustFollowUp, .trustBarrier, .fenceOnBarrier, .fenceFromOwnSwitch, .skipCrossing, .reuseCookie, .steerBeforeDetection,
                .releaseSwitchBufferFirst, .passDirectPackets, .dropStragglers, .skipCheckpoints:
                .everyday
            case .steerBeforeArmed, .takeSeenForOwn, .fenceUnseenDirections, .passUnknownFlows, .openWithoutSync, .fetchAtFirstWord,
                .takeNewForOld, .disarmEarly:
                Generators.everyday.inMode(.direct)
            case .turnAtOnce: Generators.named("removal")?.inMode(.direct)
            case .returnUnfenced: Generators.named("together-and-back")?.inMode(.direct)
            case .believeWhoReports: Generators.named("overlap")?.inMode(.direct)
            case .holdWhatIsDetected: Generators.named("overlap")?.inMode(.mixed)
            case .hideRepeats: Generators.named("killed-agent")
            case .forgetGroups: Generators.named("together-under-another-controller")?.inMode(.direct)
            }
        }
    }
#endif
