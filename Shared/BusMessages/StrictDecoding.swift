/// Any name that may stand in a JSON object.
struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) {
        nil
    }
}

extension Decoder {
    /// The object here, in which every field must be one of `Key`'s: a misspelt field is an error, not a default.
    func object<Key: CodingKey & CaseIterable>(of _: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try object(only: Array(Key.allCases))
    }

    /// The object here, in which every field must be one of `known`.
    func object<Key: CodingKey>(only known: [Key]) throws -> KeyedDecodingContainer<Key> {
        let names = known.map(\.stringValue)
        let strange = try container(keyedBy: AnyKey.self).allKeys.filter { !names.contains($0.stringValue) }
        if let first = strange.min(by: { $0.stringValue < $1.stringValue }) {
            let problem = "is not known here; the fields are \(names.joined(separator: ", "))"
            throw DecodingError.dataCorrupted(.init(codingPath: codingPath + [first], debugDescription: problem))
        }
        return try container(keyedBy: Key.self)
    }
}

extension KeyedDecodingContainer {
    /// The error that `key`'s value has a problem.
    func error(_ key: Key, _ problem: String) -> DecodingError {
        .dataCorruptedError(forKey: key, in: self, debugDescription: problem)
    }

    /// A whole number within `range`, none of which exceeds Int64: read as signed, for JSONDecoder reads -1 as the greatest UInt64.
    func integer<Number: FixedWidthInteger>(_ key: Key, in range: ClosedRange<Number>) throws -> Number {
        guard let wide = try? decode(Int64.self, forKey: key) else {
            guard contains(key) else { throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "")) }
            throw error(key, "must be a whole number, \(range.lowerBound)…\(range.upperBound)")
        }
        guard let number = Number(exactly: wide), range.contains(number) else {
            throw error(key, "must be \(range.lowerBound)…\(range.upperBound)")
        }
        return number
    }

    /// A whole number within `range`, or nil if absent.
    func optionalInteger<Number: FixedWidthInteger>(_ key: Key, in range: ClosedRange<Number>) throws -> Number? {
        guard contains(key), try !decodeNil(forKey: key) else { return nil }
        return try integer(key, in: range)
    }

    /// A name that can stand in a URL: 1 to 64 letters, digits, dots, dashes and underscores of ASCII.
    func identifier(_ key: Key) throws -> String {
        let text = try decode(String.self, forKey: key)
        guard Identifier.isValid(text) else { throw error(key, "must be 1 to 64 letters, digits, '.', '-' or '_'") }
        return text
    }

    /// One of the values of an enumeration, or nil if absent.
    func optionalChoice<Choice: RawRepresentable<String> & CaseIterable>(_ key: Key, of _: Choice.Type) throws -> Choice? {
        guard let text = try decodeIfPresent(String.self, forKey: key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw error(key, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// The array's elements, at most `limit` of them.
    func array<Element: Decodable>(_ key: Key, of _: Element.Type, limit: Int) throws -> [Element] {
        let elements = try decode([Element].self, forKey: key)
        guard elements.count <= limit else { throw error(key, "must have at most \(limit) elements") }
        return elements
    }

    /// Refuses a message of a version that this program does not speak.
    func checkVersion(_ key: Key) throws {
        let version = try decode(Int64.self, forKey: key)
        guard version == Int64(MessageCodec.version) else {
            throw error(key, "is \(version); this program speaks version \(MessageCodec.version)")
        }
    }
}

/// What names of switches, groups and rules look like.
public enum Identifier {
    /// Whether `text` is 1 to 64 letters, digits, dots, dashes and underscores of ASCII: what may stand in a URL as it is.
    public static func isValid(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default:
                    false
                }
            }
    }
}
