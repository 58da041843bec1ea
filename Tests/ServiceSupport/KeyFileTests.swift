import Foundation
import ServiceSupport
import Testing

@Suite struct KeyFileTests {
    private func failure(_ text: String?, mode: Int = 0o600) throws -> String? {
        let path = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)").path
        if let text {
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        defer { try? FileManager.default.removeItem(atPath: path) }
        do throws(ServiceFailure) {
            _ = try KeyFile.read(path)
            return nil
        } catch {
            #expect(error.thing == path)
            return error.reason
        }
    }

    private let digits = String(repeating: "5a", count: 32) + "\n"

    @Test func aKeyInHexadecimalIsRead() throws {
        for mode in [0o400, 0o600, 0o640] { #expect(try failure(digits, mode: mode) == nil) }
    }

    @Test func aFileThatIsNoSecretIsRefused() throws {
        for mode in [0o644, 0o602] { #expect(try failure(digits, mode: mode) == "open to everybody") }
    }

    @Test func whatIsNoKeyIsRefused() throws {
        #expect(try failure("abcd") == "a key of 2 bytes is too short")
        #expect(try failure("not a key") == "not a key in hexadecimal")
        #expect(try failure(nil) == "No such file or directory")
        #expect(throws: ServiceFailure("/", reason: "not a file", wayOut: "name a file that holds the key")) { try KeyFile.read("/") }
    }
}
