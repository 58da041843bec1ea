/// Why a request was not accepted; the text names the thing at fault.
public enum Refusal: Error, Hashable, Sendable {
    /// The request names something that was never registered.
    case unknown(String, field: String?)
    /// The request contradicts something that exists.
    case conflict(String)
    /// A value makes no sense.
    case invalid(String, field: String)
    /// A limit is reached.
    case exhausted(String)
}
