import FoundationEssentials

/// Messages as JSON bytes.
public enum MessageCodec {
    /// The version of all messages in this module, which each request, reply and event carries. It rises when a program that knows
    /// only the old messages would misunderstand the new ones.
    public static let version = 1

    /// Reads one message.
    ///
    /// - Throws: ``FieldError`` with the path of the field at fault.
    public static func decode<Message: Decodable>(_: Message.Type = Message.self, from bytes: [UInt8]) throws(FieldError) -> Message {
        do {
            return try JSONDecoder().decode(Message.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw FieldError(error)
        } catch {
            throw FieldError(field: nil, problem: "is not valid JSON")
        }
    }

    /// Writes one message, the fields of each object in alphabetical order so that equal messages are equal bytes.
    ///
    /// - Throws: ``FieldError`` when a number is not finite: JSON cannot say that.
    public static func encode(_ message: some Encodable) throws(FieldError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(message))
        } catch {
            throw FieldError(field: nil, problem: "holds a number that is not finite")
        }
    }
}
