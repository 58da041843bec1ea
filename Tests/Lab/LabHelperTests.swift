import Foundation
import Lab
import LabSockets
import Testing

@Suite("The lab's helpers")
struct LabHelperTests {
    @Test func aProgramsOutputAndStatusAreSeen() throws {
        let output = try Processes().capture(["sh", "-c", "echo out; echo bad >&2; exit 3"])
        #expect(output.status == 3)
        #expect(output.text == "out\n")
        #expect(output.errors == "bad\n")
    }

    @Test func moreOutputThanAPipeHoldsIsRead() throws {
        let text = try Processes().run("sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x; head -c 1000000 /dev/zero >&2")
        #expect(text.utf8.count == 1_000_000)
    }

    @Test func aProgramThatIsNotThereIsNamed() {
        #expect { try Processes().run("no-such-program") } throws: { "\($0)".contains("no-such-program") }
    }

    @Test func receiveBuffersArePutBackEvenByTheNextRun() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "sharp-lab-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let setting = directory.appending(path: "rmem_default")
        let lock = directory.appending(path: "lock").path
        // Trailing blanks stand for the rest of a longer number, since a file is not cut short as a kernel setting is.
        try "212992   \n".write(to: setting, atomically: false, encoding: .utf8)
        func value() throws -> String { String(try String(contentsOf: setting, encoding: .utf8).prefix { $0 != "\n" && $0 != " " }) }

        var killed: ReceiveBuffers? = try ReceiveBuffers(setting: setting.path, lockFile: lock)
        #expect(try killed?.raise() == true)
        #expect(try value() == "33554432")
        killed = nil

        let next = try ReceiveBuffers(setting: setting.path, lockFile: lock)
        #expect(try next.raise())
        next.restore()
        #expect(try value() == "212992")
    }
}
