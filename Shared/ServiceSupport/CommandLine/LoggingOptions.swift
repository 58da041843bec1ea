import ArgumentParser
import Logging

/// The options of a service's log.
public struct LoggingOptions: ParsableArguments {
    /// The least urgent level that is logged.
    @Option(help: "What to log at least: trace, debug, info, notice, warning, error or critical.")
    public var logLevel = LogLevel(.info)

    /// The defaults.
    public init() {}

    /// Sends all logs to stderr, one line each, and returns the service's logger. Once a process.
    public func bootstrap(service: String) -> Logger {
        let level = logLevel.level
        LoggingSystem.bootstrap { label in LineLogHandler(label: label, level: level) }
        return Logger(label: service)
    }
}

/// A log level on a command line.
public struct LogLevel: ExpressibleByArgument, Hashable, Sendable, CustomStringConvertible {
    /// The level.
    public let level: Logger.Level

    /// The level as an argument.
    public init(_ level: Logger.Level) {
        self.level = level
    }

    /// The level that `argument` names.
    public init?(argument: String) {
        guard let level = Logger.Level(rawValue: argument.lowercased()) else { return nil }
        self.level = level
    }

    /// The level's name.
    public var description: String { level.rawValue }
    /// The level's name, as the help shows it.
    public var defaultValueDescription: String { level.rawValue }
}
