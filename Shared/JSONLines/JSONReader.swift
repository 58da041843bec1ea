/// Why bytes are not the JSON that was asked for.
public enum JSONError: Error, Hashable, Sendable {
    /// Not JSON, or a value of another type.
    case malformed
    /// Arrays and objects lie within each other deeper than the limit.
    case tooDeep
}

/// Reads one JSON text (RFC 8259) value by value, in the order in which they come.
///
/// Ours, since a handover waits for these lines and Foundation's decoder takes many times as long for one.
/// Strict: UTF-8 only, and what is passed over is checked like the rest. `null` reads as nil, whatever was asked for.
public struct JSONReader: ~Escapable {
    private let bytes: Span<UInt8>
    private let depthLimit: Int
    private var position = 0
    private var depth = 0
    /// Nothing of the innermost object or array was read, so that no comma is due.
    private var isFirst = false

    /// A reader at the start of `bytes`, which lets at most `depthLimit` objects and arrays lie within each other.
    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>, depthLimit: Int = 8) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    /// Enters an object, to be read with ``nextMember()`` until that is nil; false if it is `null`.
    public mutating func beginObject() throws(JSONError) -> Bool { try begin("{") }

    /// The name of the object's next member, whose value must be read or skipped; nil at the object's end.
    public mutating func nextMember() throws(JSONError) -> String? {
        guard try next("}") else { return nil }
        let name = try text()
        guard token(":") else { throw .malformed }
        return name
    }

    /// Enters an array, to be read with ``nextElement()`` until that is false; false if it is `null`.
    public mutating func beginArray() throws(JSONError) -> Bool { try begin("[") }

    /// Whether the array has another element, which must be read or skipped.
    public mutating func nextElement() throws(JSONError) -> Bool { try next("]") }

    /// The next value, a string.
    public mutating func string() throws(JSONError) -> String? {
        try null() ? nil : try text()
    }

    /// The next value, a number that `T` holds exactly, in whatever form.
    @inlinable
    public mutating func integer<T: FixedWidthInteger & UnsignedInteger>(_: T.Type = T.self) throws(JSONError) -> T? {
        guard let wide = try unsigned() else { return nil }
        guard let value = T(exactly: wide) else { throw .malformed }
        return value
    }

    /// The next value, a truth value.
    public mutating func bool() throws(JSONError) -> Bool? {
        if try null() { return nil }
        if try literal("true") { return true }
        if try literal("false") { return false }
        throw mismatch()
    }

    /// Passes over the next value.
    public mutating func skip() throws(JSONError) {
        skipSpace()
        guard position < bytes.count else { throw .malformed }
        switch bytes[position] {
        case UInt8(ascii: "{"):
            _ = try beginObject()
            while try nextMember() != nil { try skip() }
        case UInt8(ascii: "["):
            _ = try beginArray()
            while try nextElement() { try skip() }
        case UInt8(ascii: "\""): _ = try text()
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try bool()
        case UInt8(ascii: "n"): _ = try null()
        default: _ = try number()
        }
    }

    /// Makes sure that nothing but white space is left.
    public mutating func end() throws(JSONError) {
        skipSpace()
        guard position == bytes.count else { throw .malformed }
    }
}

// MARK: Structure

extension JSONReader {
    private mutating func begin(_ bracket: Unicode.Scalar) throws(JSONError) -> Bool {
        if try null() { return false }
        guard token(bracket) else { throw mismatch() }
        depth += 1
        guard depth <= depthLimit else { throw .tooDeep }
        isFirst = true
        return true
    }

    private mutating func next(_ bracket: Unicode.Scalar) throws(JSONError) -> Bool {
        let needsComma = !isFirst
        isFirst = false
        if token(bracket) {
            depth -= 1
            return false
        }
        guard !needsComma || token(",") else { throw .malformed }
        return true
    }

    /// The error for a value of another type than was asked for: what is too deep is called so all the same.
    private mutating func mismatch() -> JSONError {
        do throws(JSONError) { try skip() } catch { return error }
        return .malformed
    }

    private mutating func null() throws(JSONError) -> Bool { try literal("null") }

    /// Whether the next value is `word`; a word that only begins so is none.
    private mutating func literal(_ word: StaticString) throws(JSONError) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == word.utf8Start.pointee else { return false }
        for byte in UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount) {
            guard position < bytes.count, bytes[position] == byte else { throw .malformed }
            position += 1
        }
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func token(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        return take(character)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
        position += 1
        return true
    }
}

// MARK: Numbers

extension JSONReader {
    @usableFromInline
    mutating func unsigned() throws(JSONError) -> UInt64? {
        if try null() { return nil }
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "-") || isDigit else { throw mismatch() }
        let text = try Self.text(bytes.extracting(try number()))
        guard let value = UInt64(text) ?? Double(text).flatMap({ UInt64(exactly: $0) }) else { throw .malformed }
        return value
    }

    private var isDigit: Bool { position < bytes.count && UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[position] }

    /// Passes over a number and returns where it is.
    private mutating func number() throws(JSONError) -> Range<Int> {
        let start = position
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return start..<position
    }

    private mutating func digits() throws(JSONError) {
        guard isDigit else { throw .malformed }
        while isDigit { position += 1 }
    }
}

// MARK: Strings

extension JSONReader {
    private mutating func text() throws(JSONError) -> String {
        guard token("\"") else { throw mismatch() }
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return try Self.text(bytes.extracting(start..<position - 1))
            case UInt8(ascii: "\\"): return try escapedText(from: start)
            case 0..<0x20: throw .malformed
            default: position += 1
            }
        }
        throw .malformed
    }

    /// The rest of a string that has an escape at the present position.
    private mutating func escapedText(from start: Int) throws(JSONError) -> String {
        var text: [UInt8] = []
        for index in start..<position { text.append(bytes[index]) }
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try Self.text(text.span)
            case UInt8(ascii: "\\"): text.append(contentsOf: String(Character(try escape())).utf8)
            case 0..<0x20: throw .malformed
            default: text.append(byte)
            }
        }
        throw .malformed
    }

    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        guard position < bytes.count else { throw .malformed }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw .malformed
        }
        var code = try codeUnit()
        if 0xD800..<0xDC00 ~= code {
            guard take("\\"), take("u"), case let low = try codeUnit(), 0xDC00..<0xE000 ~= low else { throw .malformed }
            code = 0x1_0000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw .malformed }
        return scalar
    }

    /// Four hexadecimal digits.
    private mutating func codeUnit() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else { throw .malformed }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private static func text(_ bytes: Span<UInt8>) throws(JSONError) -> String {
        do { return String(copying: try UTF8Span(validating: bytes)) } catch { throw .malformed }
    }
}
