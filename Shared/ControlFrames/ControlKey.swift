import Crypto
import Wire

/// The key that a controller and its agents share, by which they know each other's control frames (HMAC-SHA-256, cut to 16 bytes).
///
/// A sealed frame carries its sender's counter and, as its last TLV, a tag over everything from the destination's Ethernet address to
/// the end of the TLVs, with the tag's own bytes taken as zeros. Padding is not covered. The addresses are, so that a frame is of no
/// use to anybody but its receiver; a receiver looks at them before it asks its ``ReplayGuard``.
public struct ControlKey: Sendable {
    /// The shortest key in bytes.
    public static let shortest = 16

    private let key: SymmetricKey

    /// A key of at least ``shortest`` bytes, which should be random.
    public init(_ bytes: [UInt8]) throws(ControlKeyError) {
        guard bytes.count >= Self.shortest else { throw .tooShort(bytes: bytes.count) }
        key = SymmetricKey(data: bytes)
    }

    /// The key that `text` spells in hexadecimal digits, with white space around them at most.
    public init(hexadecimal text: String) throws(ControlKeyError) {
        let digits = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed().map(\.hexDigitValue)
        guard digits.count.isMultiple(of: 2) else { throw .notHexadecimal }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { throw .notHexadecimal }
            bytes.append(UInt8(high << 4 | low))
        }
        try self.init(bytes)
    }

    /// The first counter of a sender that starts at this time, in milliseconds since 1970: above all that it used before, as long as it
    /// sends fewer than a million frames a millisecond and its clock is not set back.
    public static func firstCounter(unixMilliseconds: Int64) -> UInt64 {
        UInt64(clamping: unixMilliseconds) << 20
    }

    /// The frame as bytes with the counter and the tag, padded as ``ControlFrame/encoded()`` is.
    ///
    /// - Parameter counter: higher than that of every frame that its sender sealed before.
    public func seal(_ frame: ControlFrame, counter: UInt64) -> [UInt8] {
        var bytes = frame.unpadded(counter: counter)
        bytes.replaceSubrange(bytes.count - Size.tag..<bytes.count, with: tag(of: bytes))
        return ControlFrame.padded(bytes)
    }

    /// Reads a sealed frame. Nothing of it but its length is looked at before the tag was found valid.
    ///
    /// The counter is for the receiver to check with the ``ReplayGuard`` that it keeps for the sender.
    public func open(_ frame: RawSpan) throws(AuthenticationError) -> (frame: ControlFrame, counter: UInt64) {
        var bytes: [UInt8]
        do { bytes = try ControlFrame.withoutPadding(frame) } catch { throw .malformed(error) }
        guard bytes.count >= Size.ethernet + Size.header + Size.authentication else { throw .unsealed }
        let received = Array(bytes.suffix(Size.tag))
        bytes.replaceSubrange(bytes.count - Size.tag..<bytes.count, with: repeatElement(0, count: Size.tag))
        let expected = tag(of: bytes)
        // In constant time, so that nobody can find a tag byte by byte.
        guard zip(expected, received).reduce(0, { $0 | ($1.0 ^ $1.1) }) == 0 else {
            throw ControlFrame.looksSealed(bytes) ? .forged : .unsealed
        }
        let decoded: ControlFrame.Decoded
        do { decoded = try ControlFrame.decode(frame) } catch { throw .malformed(error) }
        guard let counter = decoded.counter, decoded.endsWithTag else { throw .unsealed }
        return (decoded.frame, counter)
    }

    private func tag(of bytes: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key).prefix(Size.tag))
    }
}

extension ControlKey: CustomStringConvertible {
    /// Says nothing of the key.
    public var description: String { "control key" }
}

/// Why something is no key.
public enum ControlKeyError: Error, Hashable, Sendable {
    /// It has so many bytes only.
    case tooShort(bytes: Int)
    /// The text is not pairs of hexadecimal digits.
    case notHexadecimal
}

/// Why a frame was not opened.
public enum AuthenticationError: Error, Hashable, Sendable {
    /// The bytes are no control frame; with a valid tag, its sender made it so.
    case malformed(ControlFrameError)
    /// It has no counter, or no tag at the end of its TLVs.
    case unsealed
    /// The tag is not that of this frame and key.
    case forged
}

/// Refuses frames that came before: a sender's counters have to rise.
///
/// A guard that has seen no frame accepts any counter, so a receiver that restarts takes one recorded frame for new if that comes
/// before the sender's next. Steps may be of any size: frames get lost.
public struct ReplayGuard: Hashable, Sendable {
    private var last: UInt64?

    /// A guard that has seen no frame.
    public init() {}

    /// Whether a frame with this counter, whose tag is valid and which is for this receiver, is new; if so, it is remembered.
    public mutating func accepts(_ counter: UInt64) -> Bool {
        if let last, counter <= last { return false }
        last = counter
        return true
    }
}
