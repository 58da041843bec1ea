import Foundation
import Glibc
import LabSockets
import TrafficKit

/// Sends frames just as it is told, however wrong they are: lines of `COUNT HEX` on standard input, each answered by how many
/// frames were sent so far.
struct FrameInjector {
    private let socket: Descriptor
    private let commands: LineStream
    private var sent = 0

    /// Opens a socket that sends out of an interface.
    init(interface: String) throws(SystemError) {
        socket = try Descriptor.sending(on: interface)
        commands = try LineStream(Descriptor(STDIN_FILENO), output: Descriptor(STDOUT_FILENO))
    }

    /// Sends what it is told to until standard input ends.
    mutating func run() {
        say(.ready)
        while !commands.isClosed {
            var watched = pollfd(fd: commands.input.number, events: Int16(POLLIN), revents: 0)
            poll(&watched, 1, -1)
            for line in commands.receive() {
                obey(line)
                say(.status(sent: sent, distinct: 0, flowsHeard: 0))
            }
        }
    }

    private mutating func obey(_ line: String) {
        let words = line.split(separator: " ")
        guard words.count == 2, let count = Int(words[0]), let frame = bytes(words[1]) else {
            FileHandle.standardError.write(Data("sharp-traffic: not a count and a frame: \(line.prefix(80))\n".utf8))
            return
        }
        for _ in 0..<count where send(socket.number, frame, frame.count, 0) == frame.count { sent += 1 }
    }

    private func bytes(_ text: Substring) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private func say(_ message: TrafficMessage) {
        guard let line = try? JSONEncoder().encode(message) else { return }
        commands.send(String(decoding: line, as: UTF8.self))
    }
}
