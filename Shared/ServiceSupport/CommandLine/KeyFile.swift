import ControlFrames
import Glibc

/// The file that holds the key of control frames, in hexadecimal digits.
public enum KeyFile {
    private static let longest = 4_096

    /// Reads the key in the file at `path`, which has to be a secret: not open to everybody.
    public static func read(_ path: String) throws(ServiceFailure) -> ControlKey {
        let text = try text(path)
        do throws(ControlKeyError) {
            return try ControlKey(hexadecimal: text)
        } catch {
            let wayOut = "write at least \(2 * ControlKey.shortest) hexadecimal digits: openssl rand -hex 32"
            switch error {
            case .tooShort(let bytes): throw ServiceFailure(path, reason: "a key of \(bytes) bytes is too short", wayOut: wayOut)
            case .notHexadecimal: throw ServiceFailure(path, reason: "not a key in hexadecimal", wayOut: wayOut)
            }
        }
    }

    private static func text(_ path: String) throws(ServiceFailure) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw ServiceFailure(path, reason: String(cString: strerror(errno)), wayOut: "name a file that this user may read")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ServiceFailure(path, reason: "not a file", wayOut: "name a file that holds the key")
        }
        guard status.st_mode & (S_IROTH | S_IWOTH) == 0 else {
            throw ServiceFailure(path, reason: "open to everybody", wayOut: "chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: longest)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else {
            throw ServiceFailure(path, reason: String(cString: strerror(errno)), wayOut: "name a file that this user may read")
        }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
