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

    /// The mode of the rules that show a mutation.
    public static func modes(showing name: String) -> Modes {
        #if MUTATIONS
            Mutation(rawValue: name)?.isOfDirectMode ?? false ? .direct : .sharp
        #else
            .sharp
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
