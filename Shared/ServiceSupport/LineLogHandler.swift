import Glibc
import Logging

/// Logs one line an event: time (UTC), level, label, message, then the metadata as `key=value`, sorted.
package struct LineLogHandler: LogHandler {
    private let label: String
    private let write: @Sendable (String) -> Void
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    /// A handler that hands whole lines to `write`.
    package init(label: String, level: Logger.Level, write: @escaping @Sendable (String) -> Void = StandardError.write) {
        self.label = label
        self.write = write
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadataProvider?.get() ?? [:]
        all.merge(metadata) { $1 }
        all.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error { all["error"] = "\(error)" }
        let pairs = all.sorted { $0.key < $1.key }.map { " \($0.key)=\(Self.quoted("\($0.value)"))" }.joined()
        write("\(Self.time()) \(event.level) \(label): \(Self.oneLine("\(event.message)"))\(pairs)\n")
    }

    private static func time() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var parts = tm()
        gmtime_r(&time.tv_sec, &parts)
        let fields = [Int(parts.tm_year) + 1_900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)].map { padded($0, to: 2) }
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0), to: 2) }
        return fields.joined(separator: "-") + "T" + clock.joined(separator: ":") + "." + padded(time.tv_nsec / 1_000_000, to: 3) + "Z"
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && !text.contains { $0.isWhitespace || $0 == "\"" || $0 == "=" }
        return isPlain ? text : "\"" + oneLine(text).replacing("\"", with: "\\\"") + "\""
    }

    private static func oneLine(_ text: String) -> String {
        text.contains(where: \.isNewline) ? text.split(whereSeparator: \.isNewline).joined(separator: " | ") : text
    }
}
