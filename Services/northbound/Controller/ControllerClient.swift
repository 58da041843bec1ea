import BusMessages

/// The way to the controller: the bus in service, a fake in tests.
public protocol ControllerClient: Sendable {
    /// Sends a request and waits for its reply, for a limited time.
    ///
    /// - Throws: ``ControllerClientError`` when there is no reply, or none that can be read.
    func send(_ request: ControllerRequest) async throws(ControllerClientError) -> ControllerReply
}

/// Why there is no reply from the controller.
public enum ControllerClientError: Error, Hashable, Sendable {
    /// It does not answer in time. Whether the request was carried out is not known.
    case silent
    /// Too many requests wait for their reply; this one was not sent.
    case overloaded
    /// What came back cannot be read.
    case unreadable(String)
}
