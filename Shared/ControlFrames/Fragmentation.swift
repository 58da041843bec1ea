/// Divides data frames that, wrapped, would exceed the link's MTU.
public enum Fragmentation {
    /// What wrapping adds to a frame at most: Ethernet and control headers, sequence, part, and room for authentication.
    public static let overhead = wholeOverhead + (Size.tlv + 4)

    /// The smallest ``split(frame:sequence:maximumFrame:)`` goes to, whatever it is asked for.
    public static let smallestMaximumFrame = 128

    /// How many sequence numbers a RESEND on a link of `maximumFrame` bytes may name, at least one.
    public static func resendLimit(maximumFrame: Int) -> Int {
        let room = max(maximumFrame, smallestMaximumFrame) - Size.ethernet - Size.header - Size.authentication
        return min(room / (Size.tlv + 4), ControlMessage.resendLimit)
    }

    private static let wholeOverhead = Size.ethernet + Size.header + (Size.tlv + 4) + Size.tlv + Size.authentication

    /// The frame as wrapped frames of which none, as a control frame, exceeds `maximumFrame`.
    ///
    /// - Parameters:
    ///   - frame: The frame without the checksum; up to 65,535 parts of it are carried.
    ///   - sequence: Its number within the handover and direction.
    ///   - maximumFrame: The longest Ethernet frame of the link in bytes, without the checksum: 1,514 where the MTU is 1,500.
    public static func split(frame: [UInt8], sequence: UInt32, maximumFrame: Int) -> [WrappedFrame] {
        let maximum = max(maximumFrame, smallestMaximumFrame)
        if frame.count <= min(maximum - wholeOverhead, Int(UInt16.max)) {
            return [WrappedFrame(sequence: sequence, bytes: frame)]
        }
        let size = min(maximum - overhead, Int(UInt16.max))
        let count = UInt16(clamping: (frame.count + size - 1) / size)
        return (0..<count).map { index in
            let start = Int(index) * size
            return WrappedFrame(
                sequence: sequence, part: .init(index: index, of: count), bytes: Array(frame[start..<min(start + size, frame.count)]))
        }
    }
}
