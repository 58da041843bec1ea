import Wire

/// A request was refused, or the versions do not agree (OpenFlow 1.3.5, Section 7.4.4).
public struct ErrorMessage: Hashable, Sendable {
    /// What kind of thing failed (OFPET_…).
    public var type: UInt16
    /// Why, by the type; with an experimenter's error the vendor's own number.
    public var code: UInt16
    /// At least 64 bytes of the request that failed; with HELLO_FAILED text for people.
    public var data: [UInt8]

    /// An error with what it is about.
    public init(type: UInt16, code: UInt16, data: [UInt8]) {
        self.type = type
        self.code = code
        self.data = data
    }

    /// The two sides have no version in common; `text` says so to people.
    public static func incompatible(_ text: String) -> ErrorMessage { ErrorMessage(type: 0, code: 0, data: Array(text.utf8)) }

    /// The answer to a message that could not be read, with the bytes it began with.
    public static func badRequest(_ error: OpenFlowError, message start: [UInt8]) -> ErrorMessage {
        let code: UInt16 = if case .version = error { 0 } else { 6 }
        return ErrorMessage(type: 1, code: code, data: start)
    }

    /// Whether the request that failed is a multipart one.
    public var answersMultipartRequest: Bool { data.count > 1 && data[1] == MessageType.multipartRequest }

    init(_ body: RawSpan) throws(OpenFlowError) {
        var reader = MessageReader(body, of: .error)
        type = try reader.next()
        code = try reader.next()
        data = reader.rest()
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(type)
        writer.write(code)
        writer.write(data)
    }
}

extension ErrorMessage: CustomStringConvertible {
    /// The error by the specification's names, such as `FLOW_MOD_FAILED/TABLE_FULL`, and the text that comes with HELLO_FAILED.
    public var description: String {
        guard let known = ErrorNames.types[type] else {
            return type == 0xFFFF ? "EXPERIMENTER/\(code)" : "error type \(type), code \(code)"
        }
        let name = known.name + "/" + (known.codes.indices.contains(Int(code)) ? known.codes[Int(code)] : "code \(code)")
        return type == 0 && !data.isEmpty ? name + ": " + String(decoding: data, as: UTF8.self) : name
    }
}
