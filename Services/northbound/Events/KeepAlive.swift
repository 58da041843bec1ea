import ServiceLifecycle

/// Lets everybody who follows the events write something now and then, so that proxies keep the connection and dead clients show.
public struct KeepAlive: Service {
    private let log: EventLog
    private let interval: Duration

    /// Wakes the readers of `log` every `interval`.
    public init(_ log: EventLog, every interval: Duration = .seconds(15)) {
        self.log = log
        self.interval = interval
    }

    /// Runs until the service stops.
    public func run() async {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: interval)) != nil { await log.keepAlive() }
        }
    }
}
