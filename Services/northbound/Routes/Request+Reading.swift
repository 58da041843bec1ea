import BusMessages
import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
    /// The largest body that is read, in bytes: room for a group with all its host ports.
    static let bodyLimit = 64 * 1024

    /// Reads a JSON body.
    func message<Message: Decodable>(_: Message.Type = Message.self) async throws -> Message {
        let type = headers[.contentType]?.split(separator: ";").first.map { $0.lowercased().filter { !$0.isWhitespace } }
        guard type == "application/json" else {
            throw Problem(.unsupportedMediaType, "the body must be JSON: Content-Type: application/json", field: "Content-Type")
        }
        let tooLarge = Problem(.contentTooLarge, "the body may have at most \(Self.bodyLimit) bytes")
        if let length = headers[.contentLength].flatMap(Int.init), length > Self.bodyLimit { throw tooLarge }
        let bytes: ByteBuffer
        do {
            bytes = try await body.collect(upTo: Self.bodyLimit)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        }
        do {
            return try MessageCodec.decode(from: Array(bytes.readableBytesView))
        } catch {
            throw Problem(error)
        }
    }

    /// The query's parameters; one that is not in `known`, or is given twice, is an error.
    func query(known: [String]) throws(Problem) -> [String: String] {
        var values: [String: String] = [:]
        for (name, value) in uri.queryParameters {
            let name = String(name)
            guard known.contains(name) else {
                let list = known.isEmpty ? "there are none here" : "there are \(known.joined(separator: ", "))"
                throw Problem(.badRequest, "the query parameter is not known; \(list)", field: String(name.prefix(64)))
            }
            guard values.updateValue(String(value), forKey: name) == nil else {
                throw Problem(.badRequest, "the query parameter is given twice", field: name)
            }
        }
        return values
    }
}

extension BasicRequestContext {
    /// The parameter in the path.
    func id() throws(Problem) -> String {
        guard let id = parameters.get("id"), Identifier.isValid(id) else {
            throw Problem(.notFound, "there is nothing of that name: names have 1 to 64 letters, digits, '.', '-' or '_'")
        }
        return id
    }
}
