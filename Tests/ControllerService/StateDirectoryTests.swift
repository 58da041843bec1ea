import ControllerService
import Foundation
import HandoverEngine
import ServiceSupport
import Testing

/// What a controller leaves for the next one.
@Suite struct StateDirectoryTests {
    private let path = FileManager.default.temporaryDirectory.appending(path: "sharp-state-\(UUID().uuidString)").path

    private func begun() throws -> StateDirectory {
        let state = try StateDirectory(path)
        try state.begin(([.switch(id: "s1", datapath: DatapathID(1))], []))
        return state
    }

    private func checkpoint(_ serial: UInt64, handled: UInt64) -> Checkpoint {
        Checkpoint(relocation: Serial(serial), handled: (handled, 0))
    }

    @Test func whatWasWrittenIsThereForTheNext() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
            let state = try begun()
            state.note(.switch(id: "s2", datapath: DatapathID(2)))
            for handled in UInt64(1)...5 { state.note(checkpoint(7, handled: handled)) }
            state.note(checkpoint(8, handled: 1))
            state.note(.forgotten(Serial(8)))
            try state.write()
        }
        let past = try #require(try StateDirectory(path).read())
        #expect(past.entries.count == 3)
        #expect(past.checkpoints == [checkpoint(7, handled: 5)])
    }

    @Test func aNewDirectorySaysNothing() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try StateDirectory(path).read() == nil)
    }

    @Test func twoControllersDoNotShareADirectory() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try begun()
        #expect(throws: ServiceFailure.self) { try StateDirectory(path) }
        try first.write()
    }

    @Test func aLineThatWasNeverFinishedIsLeftOut() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        do { _ = try begun() }
        let journal = path + "/journal"
        let text = try String(contentsOfFile: journal, encoding: .utf8)
        try (text + #"{"entry":"swit"#).write(toFile: journal, atomically: false, encoding: .utf8)
        #expect(try #require(try StateDirectory(path).read()).entries.count == 1)
    }

    @Test func aLineThatIsNoEntryIsNamed() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        do { _ = try begun() }
        let journal = path + "/journal"
        let text = try String(contentsOfFile: journal, encoding: .utf8)
        try (text + "nonsense\n").write(toFile: journal, atomically: false, encoding: .utf8)
        let state = try StateDirectory(path)
        #expect { try state.read() } throws: { "\($0)".contains("journal:2") }
    }

    @Test func checkpointsOfAnySizeAreReadWithoutATrap() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        do { _ = try begun() }
        for count in [0, 1, 127, 128, 200, 4_096] {
            try Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }).write(to: URL(fileURLWithPath: path + "/checkpoints"))
            _ = try StateDirectory(path).read()
        }
    }
}
