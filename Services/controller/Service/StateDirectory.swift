import ControllerJournal
import Glibc
import HandoverEngine
import JSONLines
import ServiceSupport
import Timing

/// The directory where a controller writes down what the next one must know, should this process be killed.
///
/// - `journal`: what was registered, what has begun and ended, one JSON line each. Written anew at the start and when it has grown long.
/// - `checkpoints`: how far each open handover is (``CheckpointFile``).
/// - `lock`: held by the process that uses the directory.
///
/// What was written outlives the process, however it ends, for the kernel has it; it is not forced to the disk, since a machine that
/// loses its power has lost its switches and packets too. To be used by one thread at a time.
public final class StateDirectory {
    /// What another process has left.
    public typealias Past = (entries: [JournalEntry], checkpoints: [Checkpoint])

    private static let shortest = 16 << 20
    private static let longestJournal = 1 << 30
    private let path: String
    private let lock: FileDescriptor
    private var journal: FileDescriptor?
    private var checkpoints: CheckpointFile?
    private var writer = JSONWriter()
    private var written = 0
    private var limit = shortest

    /// Takes possession of a directory, which is made if there is none.
    ///
    /// - Throws: ``ServiceFailure`` when it cannot be used, or another process does.
    public init(_ path: String) throws(ServiceFailure) {
        self.path = path
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw Self.failure(path) }
        lock = try FileDescriptor(path + "/lock", O_RDWR | O_CREAT)
        guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
            throw ServiceFailure(path, reason: "another controller uses it", wayOut: "stop that one, or name another --state-directory")
        }
    }

    /// What the process before this one has left; nil if there was none.
    ///
    /// - Throws: ``ServiceFailure`` with the line at fault.
    public func read() throws(ServiceFailure) -> Past? {
        guard access(path + "/journal", F_OK) == 0 else { return nil }
        let text = try FileDescriptor(path + "/journal", O_RDONLY).readAll(atMost: Self.longestJournal)
        let checkpoints = try CheckpointFile.read(path + "/checkpoints")
        do throws(JournalCodec.LineProblem) {
            return (try JournalCodec.entries(text.span), checkpoints)
        } catch {
            throw failure(line: error.line, error.description)
        }
    }

    /// What is wrong with a line.
    public func failure(line: Int, _ reason: String) -> ServiceFailure {
        ServiceFailure(
            "\(path)/journal:\(line)", reason: reason,
            wayOut: "move \(path) away: the controller then knows nothing, and flows whose handover was open stay held")
    }

    /// Writes everything anew, in as few entries as possible; the old files are there until the new ones are whole.
    public func begin(_ short: Past) throws(ServiceFailure) {
        let fresh = try FileDescriptor(path + "/journal.new", O_WRONLY | O_CREAT | O_TRUNC)
        var lines = JSONWriter()
        for entry in short.entries { JournalCodec.write(entry, to: &lines) }
        try fresh.write(lines.bytes)
        let slots = try CheckpointFile(path + "/checkpoints.new")
        for checkpoint in short.checkpoints { slots.set(checkpoint) }
        guard rename(path + "/checkpoints.new", path + "/checkpoints") == 0, rename(path + "/journal.new", path + "/journal") == 0 else {
            throw Self.failure(path)
        }
        (journal, checkpoints, written) = (fresh, slots, lines.bytes.count)
        limit = max(Self.shortest, 4 * written)
    }

    /// Whether the journal is so long that it is to be written anew.
    public var isLong: Bool { written > limit }

    /// Notes an entry, for ``write()``.
    public func note(_ entry: JournalEntry) {
        JournalCodec.write(entry, to: &writer)
        switch entry {
        case .forgotten(let serial): checkpoints?.clear(serial)
        case .relocation(let note) where note.phase == .closed: checkpoints?.clear(note.serial)
        default: break
        }
    }

    /// Writes down how far something is.
    public func note(_ checkpoint: Checkpoint) { checkpoints?.set(checkpoint) }

    /// Hands what was noted to the kernel.
    public func write() throws(ServiceFailure) {
        guard !writer.bytes.isEmpty else { return }
        try journal?.write(writer.bytes)
        written += writer.bytes.count
        writer.bytes.removeAll(keepingCapacity: true)
    }

    /// Leaves nothing that a later process could take for the truth.
    public func abandon() {
        for name in ["journal", "checkpoints"] { unlink("\(path)/\(name)") }
    }

    static func failure(_ path: String) -> ServiceFailure {
        ServiceFailure(path, reason: String(cString: strerror(errno)).lowercased(), wayOut: "name a directory that this user may write to")
    }
}

/// An open file, closed with its last reference.
final class FileDescriptor {
    let number: Int32
    private let path: String

    init(_ path: String, _ flags: Int32) throws(ServiceFailure) {
        number = open(path, flags | O_CLOEXEC, 0o600)
        self.path = path
        guard number >= 0 else { throw StateDirectory.failure(path) }
    }

    deinit { if number >= 0 { close(number) } }

    func readAll(atMost limit: Int) throws(ServiceFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StateDirectory.failure(path) }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= limit else {
                throw ServiceFailure(path, reason: "longer than any journal", wayOut: "move it away")
            }
            bytes += chunk.prefix(count)
        }
    }

    func write(_ bytes: [UInt8]) throws(ServiceFailure) {
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress.map { $0 + start }, $0.count - start) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StateDirectory.failure(path) }
            start += count
        }
    }
}
