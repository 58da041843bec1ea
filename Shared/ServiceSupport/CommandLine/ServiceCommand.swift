import ArgumentParser
import Glibc

/// The command line of a service: whatever goes wrong is one line on stderr and exit code 1.
public protocol ServiceCommand: AsyncParsableCommand {}

extension ServiceCommand {
    /// Reads the command line and runs the service until it ends.
    public static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    private static func end(with error: any Error) -> Never {
        let code = exitCode(for: error)
        guard !code.isSuccess else { exit(withError: error) }
        var line = message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
        if code == .validationFailure { line += " (see \(_commandName) --help)" }
        StandardError.write("\(_commandName): \(line)\n")
        Glibc.exit(1)
    }
}
