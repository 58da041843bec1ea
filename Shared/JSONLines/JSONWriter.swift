/// Writes JSON objects, one a line, into a buffer that is kept for the next; members that are nil are left out.
///
/// Ours, as ``JSONReader`` is: Foundation's encoder takes many times as long for a line.
public struct JSONWriter: Sendable {
    /// What was written and not yet taken.
    public var bytes: [UInt8] = []

    /// A writer with an empty buffer.
    public init() {}

    /// Begins an object: a line's, or an array's next.
    public mutating func beginObject() {
        separate()
        append("{")
    }

    /// Begins an object that is a member.
    public mutating func beginObject(_ name: StaticString) {
        begin(name)
        append("{")
    }

    /// Ends the innermost object.
    public mutating func endObject() { append("}") }

    /// Begins an array that is a member.
    public mutating func beginArray(_ name: StaticString) {
        begin(name)
        append("[")
    }

    /// Ends the innermost array.
    public mutating func endArray() { append("]") }

    /// Ends the line.
    public mutating func endLine() { append("\n") }

    /// Adds a member that is a number.
    @inlinable
    public mutating func add(_ name: StaticString, _ value: (some FixedWidthInteger & UnsignedInteger)?) {
        if let value { addNumber(name, UInt64(value)) }
    }

    /// Adds a member that is a string.
    public mutating func add(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        begin(name)
        append("\"")
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0..<0x20:
                append(byte < 0x10 ? "\\u000" : "\\u00")
                bytes.append(contentsOf: String(byte, radix: 16).utf8)
            default: bytes.append(byte)
            }
        }
        append("\"")
    }

    /// Adds a member that is true or false.
    public mutating func add(_ name: StaticString, _ value: Bool) {
        begin(name)
        append(value ? "true" : "false")
    }

    @usableFromInline
    mutating func addNumber(_ name: StaticString, _ value: UInt64) {
        begin(name)
        append(decimal: value)
    }

    /// Begins a member; its value must be appended next.
    mutating func begin(_ name: StaticString) {
        separate()
        append("\"")
        append(name)
        append("\":")
    }

    mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(decimal value: UInt64) {
        if value >= 10 { append(decimal: value / 10) }
        bytes.append(UInt8(ascii: "0") + UInt8(value % 10))
    }

    /// A comma, unless what follows is the first of its object, array or line.
    private mutating func separate() {
        switch bytes.last {
        case nil, UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\n"): break
        default: append(",")
        }
    }
}
