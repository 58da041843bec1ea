import CLab
import Foundation
import LabSockets

/// The machine's default size of receive buffers, raised while switch ports are added and put back after.
///
/// Open vSwitch reads packets through sockets with the default size, which holds about 277 small frames. The setting belongs to the
/// machine: one lab at a time may change it (a lock says which), and what it was is written down first, so that the next lab
/// puts it back if this one is killed.
package final class ReceiveBuffers {
    /// What a port's socket needs to lose nothing at 100,000 packets a second, in bytes.
    package static let wanted = 32 << 20
    private let setting: String
    private let record: Descriptor
    private let original: Int
    private var isRaised = false

    /// Waits for other labs to have added their ports, and takes over what a killed one has left.
    package init(setting: String = "/proc/sys/net/core/rmem_default", lockFile: String = "/run/lock/sharp-lab") throws(LabError) {
        self.setting = setting
        record = Descriptor(open(lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o644))
        guard record.number >= 0 else { throw LabError("cannot open \(lockFile): \(String(cString: strerror(errno))); run as root") }
        guard flock(record.number, LOCK_EX) == 0 else { throw LabError("cannot lock \(lockFile): \(String(cString: strerror(errno)))") }
        guard let text = try? String(contentsOfFile: setting, encoding: .utf8), let present = Int(text.trimmed) else {
            throw LabError("cannot read \(setting)")
        }
        let left = (try? String(contentsOfFile: lockFile, encoding: .utf8))?.split(separator: " ").map(String.init) ?? []
        if left.count == 2, left[0] == Self.bootIdentity, let value = Int(left[1].trimmed) {
            original = value
            isRaised = true
        } else {
            original = present
        }
    }

    /// Raises the size if it is less than wanted. False if the machine does not let us.
    package func raise() throws(LabError) -> Bool {
        guard original < Self.wanted else { return true }
        guard write("\(Self.bootIdentity) \(original)\n") else { throw LabError("cannot write down what \(setting) was") }
        isRaised = true
        if set(Self.wanted) { return true }
        restore()
        return false
    }

    /// Puts the size back to what it was and lets other labs go on.
    package func restore() {
        if isRaised, set(original) {
            isRaised = false
            ftruncate(record.number, 0)
        }
        flock(record.number, LOCK_UN)
    }

    private func set(_ value: Int) -> Bool {
        let file = open(setting, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        let text = "\(value)\n"
        return Glibc.write(file, text, text.utf8.count) == text.utf8.count
    }

    private func write(_ text: String) -> Bool {
        ftruncate(record.number, 0) == 0 && pwrite(record.number, text, text.utf8.count, 0) == text.utf8.count
            && fsync(record.number) == 0
    }

    private static var bootIdentity: String {
        (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?.trimmed ?? "unknown"
    }
}

extension String {
    var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
