import Glibc
import HandoverEngine
import ServiceSupport
import Synchronization

/// A file of checkpoints in memory that outlives the process: one slot each, written without a system call.
///
/// A slot has two halves of seven words and a version. The older half is written and then gets the higher version, so that a process
/// killed in between leaves the newer half as it was. The words are in the machine's own order: no other machine reads them.
final class CheckpointFile {
    private static let halfBytes = 64
    private static let slotBytes = 2 * halfBytes
    private static let versionOffset = 56
    private static let capacity = 100_000

    private let memory: UnsafeMutableRawPointer
    private var slots: [Serial: Int] = [:]
    private var free: [Int] = []
    private var used = 0

    /// An empty file.
    init(_ path: String) throws(ServiceFailure) {
        let file = try FileDescriptor(path, O_RDWR | O_CREAT | O_TRUNC)
        let length = Self.capacity * Self.slotBytes
        guard ftruncate(file.number, off_t(length)) == 0,
            let memory = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, 0), memory != MAP_FAILED
        else { throw StateDirectory.failure(path) }
        self.memory = memory
    }

    deinit { munmap(memory, Self.capacity * Self.slotBytes) }

    /// Writes a checkpoint over the one before it. Beyond the capacity, which is above what the engine's limits allow, none is.
    func set(_ checkpoint: Checkpoint) {
        guard let slot = slots[checkpoint.serial] ?? allocate(checkpoint.serial) else { return }
        let words = checkpoint.words
        write(slot) { half in
            for index in words.indices { half.storeBytes(of: words[index], toByteOffset: 8 * index, as: UInt64.self) }
        }
    }

    /// Forgets a checkpoint.
    func clear(_ serial: Serial) {
        guard let slot = slots.removeValue(forKey: serial) else { return }
        write(slot) { half in half.storeBytes(of: 0, toByteOffset: 0, as: UInt64.self) }
        free.append(slot)
    }

    private func allocate(_ serial: Serial) -> Int? {
        let slot = free.popLast() ?? used
        guard slot < Self.capacity else { return nil }
        if slot == used { used += 1 }
        slots[serial] = slot
        return slot
    }

    private func write(_ slot: Int, _ fill: (UnsafeMutableRawPointer) -> Void) {
        let first = memory + slot * Self.slotBytes
        let second = first + Self.halfBytes
        let versions = (Self.version(first), Self.version(second))
        let half = versions.0 <= versions.1 ? first : second
        fill(half)
        // The version must not be seen before the words: not by a reader in another process, after this one's end.
        atomicMemoryFence(ordering: .releasing)
        half.storeBytes(of: max(versions.0, versions.1) &+ 1, toByteOffset: Self.versionOffset, as: UInt64.self)
    }

    private static func version(_ half: UnsafeMutableRawPointer) -> UInt64 {
        half.load(fromByteOffset: versionOffset, as: UInt64.self)
    }

    /// The checkpoints that a process has left; none if there is no file.
    static func read(_ path: String) throws(ServiceFailure) -> [Checkpoint] {
        guard access(path, F_OK) == 0 else { return [] }
        let bytes = try FileDescriptor(path, O_RDONLY).readAll(atMost: capacity * slotBytes)
        return stride(from: 0, through: bytes.count - slotBytes, by: slotBytes).compactMap { slot in
            func word(_ index: Int) -> UInt64 {
                bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: slot + 8 * index, as: UInt64.self) }
            }
            let half = word(versionOffset / 8) >= word((halfBytes + versionOffset) / 8) ? 0 : halfBytes / 8
            var words = Checkpoint.Words(repeating: 0)
            for index in words.indices { words[index] = word(half + index) }
            return Checkpoint(words)
        }
    }
}
