import Foundation

/// Where a report and the logs of its run are kept.
package struct ReportFiles {
    private let path: String
    /// Where the logs go.
    package var logs: String { directory.isEmpty ? "logs" : directory + "/logs" }
    private var directory: String { (path as NSString).deletingLastPathComponent }

    /// The report at `path`, with the logs in `logs` beside it.
    package init(_ path: String) {
        self.path = path
    }

    /// A report as JSON with sorted keys.
    package static func json(_ report: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }

    /// Writes the report.
    package func save(_ report: some Encodable) throws(LabError) {
        do {
            try makeDirectory(directory)
            try (Self.json(report) + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        } catch { throw LabError("cannot write \(path): \(error.localizedDescription)") }
        giveToCaller(path)
    }

    /// Copies all logs out of the run's own file system, which ends with the run.
    package func saveLogs() {
        guard (try? makeDirectory(logs)) != nil else { return }
        for place in [Layout.runDirectory, Layout.runDirectory + "/ovs"] {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [] where name.hasSuffix(".log") {
                try? FileManager.default.removeItem(atPath: "\(logs)/\(name)")
                try? FileManager.default.copyItem(atPath: "\(place)/\(name)", toPath: "\(logs)/\(name)")
                giveToCaller("\(logs)/\(name)")
            }
        }
    }

    private func makeDirectory(_ path: String) throws {
        guard !path.isEmpty, !FileManager.default.fileExists(atPath: path) else { return }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        giveToCaller(path)
    }

    /// What sudo's user asked for is theirs.
    private func giveToCaller(_ path: String) {
        let environment = ProcessInfo.processInfo.environment
        guard let user = environment["SUDO_UID"].flatMap(UInt32.init), let group = environment["SUDO_GID"].flatMap(UInt32.init)
        else { return }
        chown(path, user, group)
    }
}
