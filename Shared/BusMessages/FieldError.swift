/// What is wrong with a message, and where in it.
public struct FieldError: Error, Hashable, Sendable {
    /// The path of the field at fault from the top of the message, as `match.ipv4_src` or `ingress.hostPorts[1]`; nil where the
    /// message as a whole cannot be read.
    public let field: String?
    /// What is wrong with it, for people: "must be 1…65535".
    public let problem: String

    /// A problem with one field, or with the whole message.
    public init(field: String?, problem: String) {
        self.field = field
        self.problem = problem
    }

    init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init(field: FieldError.path(context.codingPath + [key]), problem: "is missing")
        case .valueNotFound(_, let context):
            self.init(field: FieldError.path(context.codingPath), problem: "must not be null")
        case .typeMismatch(let type, let context):
            self.init(field: FieldError.path(context.codingPath), problem: "must be \(FieldError.name(of: type))")
        case .dataCorrupted(let context):
            let field = FieldError.path(context.codingPath)
            self.init(field: field, problem: field == nil ? "is not valid JSON" : context.debugDescription)
        @unknown default:
            self.init(field: nil, problem: "cannot be read")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String? {
        guard !keys.isEmpty else { return nil }
        return keys.reduce(into: "") { path, key in
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += (path.isEmpty ? "" : ".") + key.stringValue.prefix(64)
            }
        }
    }

    /// The kind of JSON value that a Swift type is written as.
    private static func name(of type: Any.Type) -> String {
        switch type {
        case is Bool.Type: "true or false"
        case is String.Type: "a string"
        case is any BinaryInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is [Any].Type: "an array"
        default: "an object"
        }
    }
}

extension FieldError: CustomStringConvertible {
    /// The field and its problem in one line.
    public var description: String { "\(field ?? "the message") \(problem)" }
}
