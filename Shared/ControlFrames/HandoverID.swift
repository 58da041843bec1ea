/// The number by which the controller and both ends tell flow handovers apart; it is reused when all 65,536 were given.
public struct HandoverID: RawRepresentable, Hashable, Sendable {
    /// The number as control frames carry it.
    public let rawValue: UInt16

    /// In frames that are about no handover.
    public static let none = HandoverID(rawValue: 0)

    /// The handover of that number.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }
}

extension HandoverID: CustomStringConvertible {
    /// The number in decimal.
    public var description: String { "\(rawValue)" }
}
