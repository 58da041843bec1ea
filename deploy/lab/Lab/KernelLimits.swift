import CLab
import Foundation
import LabSockets

/// The kernel's limits on how much may wait, raised while labs run and put back after.
///
/// They belong to the machine, and labs share them. The first writes down what they were before it raises them, and the last to end puts
/// them back; if that is killed, the next one does.
package final class KernelLimits {
    /// A limit that is too low for a lab.
    package struct Limit: Hashable, Sendable {
        /// Its name in `/proc/sys/net/core`.
        package let name: String
        let wanted: Int
        /// What may happen with less.
        package let danger: String
    }

    /// All of them.
    static let all = [
        // Open vSwitch receives from each port through a socket with the default size, 277 small frames.
        Limit(name: "rmem_default", wanted: 32 << 20, danger: "the switches may drop packets above 10,000 a second"),
        // It sends to all ports through one socket, and a frame counts until the processor at the other end of its veth takes it in.
        Limit(
            name: "wmem_default", wanted: 32 << 20,
            danger: "the switches may drop what they send while a processor stands still for a few milliseconds"),
        // There frames wait for that processor: half a second of what a lab carries at most.
        Limit(name: "netdev_max_backlog", wanted: 100_000, danger: "so may the links"),
    ]

    /// Those that the machine does not let us raise.
    package private(set) var refused: [Limit] = []
    private let directory: String
    private let lockFile: String
    private let record: Descriptor

    /// Raises what is lower than a lab needs.
    package init(directory: String = "/proc/sys/net/core", lockFile: String = "/run/lock/sharp-lab-limits") throws(LabError) {
        self.directory = directory
        self.lockFile = lockFile
        record = Descriptor(open(lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o644))
        guard record.number >= 0 else { throw failure("open") }
        while true {
            if flock(record.number, LOCK_EX | LOCK_NB) == 0 {
                let isWritten = raise()
                guard flock(record.number, LOCK_SH) == 0, isWritten else { throw failure("write down the kernel's limits in") }
                return
            }
            guard flock(record.number, LOCK_SH) == 0 else { throw failure("lock") }
            // The other one may have been at its end.
            if !originals.isEmpty { return }
            flock(record.number, LOCK_UN)
        }
    }

    /// Puts the limits back, unless another lab runs.
    package func restore() {
        defer { flock(record.number, LOCK_UN) }
        guard flock(record.number, LOCK_EX | LOCK_NB) == 0 else { return }
        for (name, value) in originals { _ = set(name, to: value) }
        ftruncate(record.number, 0)
    }

    /// False if what the limits were cannot be written down.
    private func raise() -> Bool {
        var before = originals
        for limit in Self.all where before[limit.name] == nil { before[limit.name] = number(of: limit.name) }
        let text = before.reduce("boot \(Self.boot)\n") { "\($0)\($1.key) \($1.value)\n" }
        guard ftruncate(record.number, 0) == 0, pwrite(record.number, text, text.utf8.count, 0) == text.utf8.count,
            fsync(record.number) == 0
        else { return false }
        refused = Self.all.filter { limit in
            guard let value = before[limit.name] else { return true }
            return value < limit.wanted && !set(limit.name, to: limit.wanted)
        }
        return true
    }

    /// What the limits were before the first lab, as it has written down since the machine was started; empty where none runs.
    private var originals: [String: Int] {
        let lines = ((try? String(contentsOfFile: lockFile, encoding: .utf8)) ?? "").split(separator: "\n").map { $0.split(separator: " ") }
        guard let first = lines.first, first.count == 2, first[1] == Self.boot else { return [:] }
        return lines.dropFirst().reduce(into: [:]) { originals, words in
            if words.count == 2, let value = Int(words[1]) { originals[String(words[0])] = value }
        }
    }

    private func number(of name: String) -> Int? {
        (try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)).flatMap { Int($0.trimmed) }
    }

    private func set(_ name: String, to value: Int) -> Bool {
        let file = Descriptor(open("\(directory)/\(name)", O_WRONLY | O_CLOEXEC))
        let text = "\(value)\n"
        return file.number >= 0 && Glibc.write(file.number, text, text.utf8.count) == text.utf8.count
    }

    private func failure(_ what: String) -> LabError {
        LabError("cannot \(what) \(lockFile): \(String(cString: strerror(errno))); run as root")
    }

    private static let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?.trimmed ?? "unknown"
}

extension String {
    var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
