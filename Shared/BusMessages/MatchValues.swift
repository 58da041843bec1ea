import Frames

extension KeyedDecodingContainer<MatchDTO.Field> {
    /// A number or a hexadecimal string, from 0 up to `limit`.
    func number<Number: FixedWidthInteger>(_ field: Key, upTo limit: Number = .max) throws -> Number? {
        guard contains(field), try !decodeNil(forKey: field) else { return nil }
        guard let text = try? decode(String.self, forKey: field) else { return try integer(field, in: 0...limit) }
        guard isHexadecimal(text) else { throw error(field, "must be a number or a hexadecimal string as \"0x0800\"") }
        guard let number = Number(text.dropFirst(2), radix: 16), number <= limit else { throw error(field, "must be 0…\(limit)") }
        return number
    }

    /// An address without a mask.
    func exact<Value: MaskedText>(_ field: Key) throws -> Value? {
        guard let text = try decodeIfPresent(String.self, forKey: field) else { return nil }
        guard let value = Value(text) else { throw error(field, "must be \(Value.name), and has no mask") }
        return value
    }

    /// A value written as text, with or without a mask.
    func masked<Value: MaskedText>(_ field: Key) throws -> Masked<Value>? {
        guard let text = try decodeIfPresent(String.self, forKey: field) else { return nil }
        do {
            return try Masked(text: text)
        } catch {
            throw self.error(field, error.description)
        }
    }

    /// A number, `"0x00012"`, or a masked `"0x00000/0xff000"`.
    func flowLabel(_ field: Key) throws -> Masked<FlowLabel>? {
        if hasMask(field) { return try masked(field) }
        return try number(field, upTo: FlowLabel.allOnes.bits).map { Masked(FlowLabel(bits: $0)) }
    }

    /// A tag's identifier, written as a flow label is, `"any"` or `"none"`.
    func vlan(_ field: Key) throws -> VLANMatch? {
        switch try? decode(String.self, forKey: field) {
        case VLANText.none: return .untagged
        case VLANText.any: return .anyTag
        case let text? where !hasMask(field) && !isHexadecimal(text):
            throw error(field, #"must be 0…4095, a masked number as "0x0100/0x0f00", "any" or "none""#)
        default:
            if hasMask(field) { return try masked(field).map { .tagged($0) } }
            return try number(field, upTo: VLANIdentifier.allOnes.bits).map { .tag($0) }
        }
    }

    private func hasMask(_ field: Key) -> Bool {
        (try? decode(String.self, forKey: field))?.contains("/") ?? false
    }
}

extension KeyedEncodingContainer<MatchDTO.Field> {
    /// Writes a flow label as it is read.
    mutating func write(_ label: Masked<FlowLabel>?, forKey field: Key) throws {
        guard let label else { return }
        if label.isExact { try encode(label.value.bits, forKey: field) } else { try encode(maskedText(label), forKey: field) }
    }

    /// Writes a tag, or that there is none, as it is read.
    mutating func write(_ vlan: VLANMatch?, forKey field: Key) throws {
        switch vlan {
        case .untagged: try encode(VLANText.none, forKey: field)
        case .anyTag: try encode(VLANText.any, forKey: field)
        case .tagged(let tag) where tag.isExact: try encode(tag.value.bits, forKey: field)
        case .tagged(let tag): try encode(maskedText(tag), forKey: field)
        case nil: break
        }
    }
}

private enum VLANText {
    static let none = "none"
    static let any = "any"
}

private func isHexadecimal(_ text: String) -> Bool {
    text.hasPrefix("0x") && text.count > 2 && text.dropFirst(2).allSatisfy(\.isHexDigit)
}
