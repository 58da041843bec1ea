import Foundation

/// Runs tshark with the dissector of deploy/wireshark over frames.
enum Tshark {
    static let path = ["/usr/bin/tshark", "/usr/local/bin/tshark"].first(where: FileManager.default.isExecutableFile)

    /// What came out for one frame, and what tshark complained about.
    struct Dissection {
        /// One dictionary for each frame; a field that comes several times has its values joined by ``separator``.
        let frames: [[String: String]]
        let complaints: String
    }

    struct Failure: Error {
        let status: Int32
        let complaints: String
    }

    static let separator: Character = ";"

    static func dissect(_ frames: [[UInt8]], fields: [String]) throws -> Dissection {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sharp-wireshark-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let capture = folder.appending(path: "frames.pcap")
        try Data(pcap(frames)).write(to: capture)
        let errors = folder.appending(path: "errors")
        try Data().write(to: errors)

        let process = Process()
        process.executableURL = URL(fileURLWithPath: path ?? "tshark")
        let form = ["-T", "fields", "-E", "separator=/t", "-E", "aggregator=\(separator)"]
        process.arguments = ["-n", "-X", "lua_script:\(script)", "-r", capture.path] + form + fields.flatMap { ["-e", $0] }
        // A folder of its own: nobody's preferences and plug-ins.
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path, "WIRESHARK_CONFIG_DIR": folder.path, "LC_ALL": "C.UTF-8"]
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let complaints = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
        guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus, complaints: complaints) }
        let rows = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        return Dissection(frames: rows.map { row($0, fields) }, complaints: complaints)
    }

    private static func row(_ line: Substring, _ fields: [String]) -> [String: String] {
        let values = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        return Dictionary(uniqueKeysWithValues: zip(fields, values)).filter { !$0.value.isEmpty }
    }

    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "deploy/wireshark/sharp.lua").path

    /// A capture file of Ethernet frames, a second apart.
    private static func pcap(_ frames: [[UInt8]]) -> [UInt8] {
        func word(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
        let header = word(0xA1B2_C3D4) + [0, 2, 0, 4] + word(0) + word(0) + word(262_144) + word(1)
        return frames.enumerated().reduce(into: header) { file, frame in
            let length = word(UInt32(frame.element.count))
            file += word(UInt32(frame.offset)) + word(0) + length + length + frame.element
        }
    }
}
