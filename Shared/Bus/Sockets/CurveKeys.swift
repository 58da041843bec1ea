import CZeroMQ

/// One half of a CURVE key pair: 32 bytes written as 40 characters of Z85 (ZeroMQ RFC 32).
public struct CurveKey: Hashable, Sendable {
    /// The 40 characters.
    public let text: String

    /// The key that `text` spells.
    public init(_ text: String) throws(BusError) {
        var bytes = [UInt8](repeating: 0, count: 32)
        guard text.utf8.count == 40, zmq_z85_decode(&bytes, text) != nil else { throw .malformedKey }
        self.text = text
    }

    /// The key made of 32 raw bytes, as libzmq's authentication requests carry it.
    init(bytes: [UInt8]) throws(BusError) {
        var characters = [CChar](repeating: 0, count: 41)
        guard bytes.count == 32, zmq_z85_encode(&characters, bytes, 32) != nil else { throw .malformedKey }
        text = String(decoding: characters.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A CURVE key pair; its description never shows the secret half.
public struct CurveKeyPair: Hashable, Sendable, CustomStringConvertible {
    /// What peers are told.
    public let publicKey: CurveKey
    /// What nobody is told.
    public let secretKey: CurveKey

    /// The pair of the two halves.
    public init(publicKey: CurveKey, secretKey: CurveKey) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    /// A new random pair.
    public static func generate() throws(BusError) -> CurveKeyPair {
        var publicText = [CChar](repeating: 0, count: 41)
        var secretText = [CChar](repeating: 0, count: 41)
        guard zmq_curve_keypair(&publicText, &secretText) == 0 else { throw .curveUnavailable }
        return CurveKeyPair(publicKey: try CurveKey(Self.string(publicText)), secretKey: try CurveKey(Self.string(secretText)))
    }

    /// The public half.
    public var description: String { "key pair \(publicKey.text)" }

    private static func string(_ characters: [CChar]) -> String {
        String(decoding: characters.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
