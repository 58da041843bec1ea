import OpenFlow

/// Whoever wants to know what switches say.
///
/// All calls come on the server's event loop. ``switchDisconnected(_:reason:)`` never comes from within a call to a
/// ``SwitchConnection`` or ``SwitchServer``, so an owner may send, flush and close in the middle of its own work.
public protocol SwitchObserver: AnyObject {
    /// A switch has said who it is and which ports it has.
    func switchConnected(_ connection: SwitchConnection)
    /// A switch that was connected is gone; what is sent to it from now on is dropped.
    func switchDisconnected(_ connection: SwitchConnection, reason: String)
    /// A switch said something, other than what keeps the connection itself alive.
    func received(_ envelope: Envelope, from connection: SwitchConnection)
    /// Everything that was there to read has been handed over: time to flush.
    func receivedBatchEnd(from connection: SwitchConnection)
}
