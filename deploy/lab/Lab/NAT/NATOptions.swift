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

    /// The functions.
    package var function = Function.nat
    /// What moves, one after the other.
    package var traffic = Traffic.allCases
    /// `sharp` or `direct`.
    package var mode = "sharp"
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

    /// One run of everything, in sharp mode, through NATs.
    package init() {}
}
