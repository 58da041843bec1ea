import Frames

/// The 64-bit identifier by which a switch introduces itself (OpenFlow 1.3.5, Section 7.3.1).
public struct DatapathID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The identifier as in FEATURES_REPLY.
    public let value: UInt64

    /// The identifier with this value.
    public init(_ value: UInt64) {
        self.value = value
    }

    /// Whether the first comes before the second.
    public static func < (left: DatapathID, right: DatapathID) -> Bool { left.value < right.value }

    /// Sixteen hexadecimal digits, as Open vSwitch writes it.
    public var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// The number of a network function instance, 1…65535, as control frames carry it.
public struct VNFID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number.
    public let value: UInt16

    /// The instance with this number.
    public init(_ value: UInt16) {
        self.value = value
    }

    /// Whether the first comes before the second.
    public static func < (left: VNFID, right: VNFID) -> Bool { left.value < right.value }

    /// The number in decimal.
    public var description: String { String(value) }
}

/// The number of a rule, counted up from 1.
public struct RuleID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number.
    public let value: UInt64

    /// The rule with this number.
    public init(_ value: UInt64) {
        self.value = value
    }

    /// Whether the first comes before the second.
    public static func < (left: RuleID, right: RuleID) -> Bool { left.value < right.value }

    /// The number in decimal.
    public var description: String { String(value) }
}

/// The number of a flow handover or of a detection, never used twice: the part of a cookie that makes it fresh.
public struct Serial: Hashable, Comparable, Sendable {
    /// The number, at most 41 bits.
    public let value: UInt64

    /// The serial with this number.
    public init(_ value: UInt64) {
        self.value = value & Cookie.serialMask
    }

    /// The same serial for a flow whenever it is asked for: what must not be.
    init(fixedFor flow: FlowKey) {
        self.init("\(flow)".utf8.reduce(1 << 40) { ($0 &* 31 &+ UInt64($1)) & (1 << 40 - 1) | 1 << 40 })
    }

    /// What comes right before it, and after everything earlier.
    var predecessor: Serial { Serial(max(value, 1) - 1) }

    /// Whether the first comes before the second.
    public static func < (left: Serial, right: Serial) -> Bool { left.value < right.value }
}

/// Where a flow's packets enter a VNF group (paper, Section 3.7).
public enum Direction: UInt8, Hashable, Sendable, CaseIterable, Comparable {
    /// Through the ingress switch.
    case forward = 0
    /// Through the egress switch.
    case reverse = 1

    /// The other one.
    public var opposite: Direction { self == .forward ? .reverse : .forward }

    /// Whether the first comes before the second.
    public static func < (left: Direction, right: Direction) -> Bool { left.rawValue < right.rawValue }
}

/// A value for each of the directions that a flow has: one or both.
public struct PerDirection<Value: Sendable>: Sendable {
    /// The values, forward first.
    public private(set) var all: [Value]
    /// The directions that have a value, forward first.
    public private(set) var directions: [Direction]

    /// Values for the directions that have one.
    public init(forward: Value?, reverse: Value?) {
        all = [forward, reverse].compactMap(\.self)
        directions = [forward.map { _ in .forward }, reverse.map { _ in .reverse }].compactMap(\.self)
    }

    /// Whether the flow has a direction.
    public func has(_ direction: Direction) -> Bool { directions.contains(direction) }

    /// The value of a direction.
    ///
    /// - Precondition: the flow has that direction.
    public subscript(direction: Direction) -> Value {
        get { all[index(direction)] }
        _modify { yield &all[index(direction)] }
    }

    /// Gives a direction a value that has none.
    mutating func add(_ value: Value, _ direction: Direction) {
        precondition(!has(direction), "the flow has a \(direction) direction")
        let place = direction == .forward ? 0 : all.count
        all.insert(value, at: place)
        directions.insert(direction, at: place)
    }

    private func index(_ direction: Direction) -> Int {
        precondition(has(direction), "the flow has no \(direction) direction")
        return directions.count == 1 ? 0 : Int(direction.rawValue)
    }
}
