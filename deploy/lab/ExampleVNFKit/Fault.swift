/// What the function is told to do wrong, so that flows have to go back.
package enum Fault: String, Hashable, Sendable, Codable, CaseIterable {
    /// As destination: it says that it cannot get the state.
    case stateFailed = "state-failed"
    /// It never says that it is ready, and as destination does not come to ask for the state.
    case neverReady = "never-ready"
    /// As destination: it ends when it is told to fetch the state.
    case dies
}
