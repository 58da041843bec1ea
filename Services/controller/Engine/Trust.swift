import ControlFrames
import Frames

/// Seals the control frames that go out, and tells which of those that come in are to be believed (design, Section 3).
struct Trust: Sendable {
    /// Why a frame is not believed.
    enum Problem: Error, Hashable, Sendable {
        /// It is no control frame.
        case malformed
        /// It has no valid tag, is not from the instance whose port it came through, or was seen before.
        case untrusted
    }

    private struct Sender: Hashable {
        let vnf: VNFID
        let direction: Direction
    }

    private let key: ControlKey?
    private(set) var counter: UInt64
    private var guards: [Sender: ReplayGuard] = [:]

    init(key: ControlKey?, firstCounter: UInt64) {
        self.key = key
        counter = firstCounter
    }

    /// Another process may have used every number up to this one.
    mutating func goOn(behind used: UInt64) { counter = max(counter, used) }

    mutating func encode(_ frame: ControlFrame) -> [UInt8] {
        guard let key else { return frame.encoded() }
        counter += 1
        return key.seal(frame, counter: counter)
    }

    /// Reads a frame of the controller's own that came back.
    func recognise(_ bytes: [UInt8]) -> ControlFrame? {
        guard let key else { return try? ControlFrame(decoding: bytes.span.bytes) }
        return try? key.open(bytes.span.bytes).frame
    }

    mutating func decode(_ bytes: [UInt8], from vnf: VNF, _ direction: Direction) throws(Problem) -> ControlFrame {
        guard let key else {
            do { return try ControlFrame(decoding: bytes.span.bytes) } catch { throw .malformed }
        }
        let opened: (frame: ControlFrame, counter: UInt64)
        do throws(AuthenticationError) {
            opened = try key.open(bytes.span.bytes)
        } catch {
            if case .malformed = error { throw .malformed }
            throw .untrusted
        }
        // A frame that was reflected must not count as its sender's.
        guard opened.frame.source == vnf.attachment(direction).address, opened.frame.destination == .zero,
            guards[Sender(vnf: vnf.id, direction: direction), default: ReplayGuard()].accepts(opened.counter)
        else { throw .untrusted }
        return opened.frame
    }
}
