import Timing

/// Why a request has no answer; the description is one line with the reason and the way out.
public enum RequestError: Error, Hashable, Sendable {
    /// No answer came in time. Whether the request was carried out is not known.
    case timedOut(after: TimeSpan, endpoint: String)
    /// The other side would not take the request.
    case refused(String)
    /// As many requests wait for an answer as may.
    case tooManyWaiting(limit: Int)
    /// The request does not fit a message.
    case tooLarge
    /// The task that asked was cancelled.
    case cancelled
    /// The bus was shut down.
    case closed
}

extension RequestError: CustomStringConvertible {
    /// One line: the thing, the reason, the way out.
    public var description: String {
        switch self {
        case .timedOut(let span, let endpoint):
            "no answer from \(endpoint) within \(span.seconds) s: see that the service there runs and is reachable"
        case .refused(let reason): "the request was refused: \(reason)"
        case .tooManyWaiting(let limit): "\(limit) requests wait for an answer already: try again later"
        case .tooLarge: "the request is too large for one message: ask for less at once"
        case .cancelled: "the request was cancelled"
        case .closed: "the bus was shut down: nothing can be asked any more"
        }
    }
}
