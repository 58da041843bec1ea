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

    @Test func limitsOfTheKernelArePutBackByTheLastLabEvenIfOneIsKilled() throws {
        let directory = try newDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        let lock = directory.appending(path: "lock").path
        let before = ["rmem_default": "212992", "wmem_default": "212992", "netdev_max_backlog": "200000"]
        for (name, value) in before {
            // Trailing blanks stand for the rest of a longer number, since a file is not cut short as a kernel setting is.
            try "\(value)   \n".write(to: directory.appending(path: name), atomically: false, encoding: .utf8)
        }
        func values() throws -> [String: String] {
            try before.keys.reduce(into: [:]) { values, name in
                let text = try String(contentsOf: directory.appending(path: name), encoding: .utf8)
                values[name] = String(text.prefix { $0 != "\n" && $0 != " " })
            }
        }
        let raised = ["rmem_default": "33554432", "wmem_default": "33554432", "netdev_max_backlog": "200000"]

        var killed: KernelLimits? = try KernelLimits(directory: directory.path, lockFile: lock)
        #expect(killed?.refused == [])
        #expect(try values() == raised)
        killed = nil

        let next = try KernelLimits(directory: directory.path, lockFile: lock)
        let beside = try KernelLimits(directory: directory.path, lockFile: lock)
        next.restore()
        #expect(try values() == raised)
        beside.restore()
        #expect(try values() == before)
    }

    @Test func aLimitThatCannotBeRaisedIsNamed() throws {
        let directory = try newDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        try "200000\n".write(to: directory.appending(path: "netdev_max_backlog"), atomically: false, encoding: .utf8)
        let limits = try KernelLimits(directory: directory.path, lockFile: directory.appending(path: "lock").path)
        #expect(limits.refused.map(\.name) == ["rmem_default", "wmem_default"])
    }

    private func newDirectory() throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appending(path: "sharp-lab-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }
}
