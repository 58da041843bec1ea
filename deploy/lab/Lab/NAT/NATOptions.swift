/// What a run with unmodified Linux functions is to show.
package struct NATOptions: Sendable {
    /// What the functions are.
    package enum Function: String, Sendable, Codable, CaseIterable {
        /// Hides the client's address behind its own, and lets in only what was asked for.
        case nat
        /// Lets in only what was asked for, and translates nothing.
        case firewall
    }

    /// What moves from one function to the other.
    package enum Traffic: String, Sendable, Codable, CaseIterable {
        /// One HTTP download with curl, a flow by itself.
        case download
        /// One UDP conversation.
        case datagrams
        /// Many HTTP downloads at once.
        case downloads
    }

    /// How flows move, and who says what comes back through a function that translates.
    package struct Way: Hashable, Sendable, Codable {
        /// Who says it.
        package enum Namer: String, Sendable, Codable, CaseIterable {
            /// The function, of each flow that moves.
            case function
            /// The rule (`reverseMatch`), whose flows move together.
            case rule
        }

        /// `sharp` or `direct`.
        package var mode: String
        /// Who says what comes back.
        package var wayBack: Namer

        /// A way; nil where there is none: flows that move together do so in direct mode.
        package init?(mode: String, wayBack: Namer) {
            guard wayBack == .function || mode == "direct" else { return nil }
            (self.mode, self.wayBack) = (mode, wayBack)
        }

        /// Every one, of those in these modes and with these namers.
        package static func all(modes: [String], wayBack: [Namer]) -> [Way] {
            modes.flatMap { mode in wayBack.compactMap { Way(mode: mode, wayBack: $0) } }
        }
    }

    /// The functions.
    package var function = Function.nat
    /// What moves, one after the other.
    package var traffic = Traffic.allCases
    /// How, one after the other.
    package var ways = Way.all(modes: ["sharp", "direct"], wayBack: Way.Namer.allCases)
    /// How often.
    package var runs = 1
    /// Connections of `downloads`.
    package var connections = 100
    /// What the server sends in all, in megabits a second.
    package var megabits = 40
    /// How long the traffic lasts, in seconds.
    package var seconds = 6

    /// The hosts' least retransmission timeout, in milliseconds: what takes longer than this counts as lost for TCP.
    package var leastTimeoutMs = 1_000
    /// Whether nothing is moved after all, to see what the machine does by itself.
    package var stays = false

    /// One run of everything, in every way, through NATs.
    package init() {}
}
