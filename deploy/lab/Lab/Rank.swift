/// Who goes before whom on the processors that everything in the lab shares.
///
/// In a network they are machines of their own: a packet waits neither for whoever collects metrics nor for the hosts' programs.
enum Rank: Int {
    /// What packets pass in any case.
    case wire = -10
    /// What packets wait for during a handover.
    case handover = -5
    /// The hosts, and whoever looks at the run.
    case host = 0
    /// What no packet ever waits for.
    case aside = 10

    /// A command that runs in this rank.
    func command(_ arguments: [String]) -> [String] {
        self == .host ? arguments : ["nice", "-n", "\(rawValue)"] + arguments
    }
}
