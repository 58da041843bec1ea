import CLab
import Foundation
import LabSockets
import TrafficKit

/// A running end of the traffic.
final class TrafficProcess {
    let name: String
    private let stream: LineStream
    private var waiting: [TrafficMessage] = []

    init(name: String, stream: LineStream) {
        self.name = name
        self.stream = stream
    }

    /// Waits until its sockets are open.
    func waitUntilReady() throws(LabError) {
        guard case .ready = try next(within: 10) else { throw LabError("\(name) did not begin by being ready") }
    }

    /// How far it is: packets sent, different packets received, flows of which something was received.
    func status() throws(LabError) -> (sent: Int, distinct: Int, flowsHeard: Int) {
        stream.send(TrafficCommand.status.line)
        guard case .status(let sent, let distinct, let heard) = try next(within: 10) else {
            throw LabError("\(name) does not say how far it is")
        }
        return (sent, distinct, heard)
    }

    /// Has it count delays apart from here on.
    func mark(_ label: String) {
        stream.send(TrafficCommand.mark(label).line)
    }

    /// Has it remember the longest delay of one flow from here on.
    func watch(flow: Int) {
        stream.send(TrafficCommand.watch(flow: flow).line)
    }

    /// Has it fall silent, or send again.
    func setQuiet(_ isQuiet: Bool) {
        stream.send((isQuiet ? TrafficCommand.quiet : .speak).line)
    }

    /// Has an injector send a frame; how many it has sent so far.
    func inject(_ frame: [UInt8], times: Int) throws(LabError) -> Int {
        stream.send("\(times) " + frame.map { String(format: "%02x", $0) }.joined())
        guard case .status(let sent, _, _) = try next(within: 10) else { throw LabError("\(name) does not say what it sent") }
        return sent
    }

    /// Has the end of a TCP connection end, and gives its report.
    func stopConnection() throws(LabError) -> ByteReport {
        stream.send(TrafficCommand.stop(expected: nil).line)
        guard case .bytes(let report) = try next(within: 30) else { throw LabError("\(name) does not report") }
        return report
    }

    /// Has it end when all that is expected has come (or nothing comes any more), and gives its report.
    func stop(expected: Int? = nil) throws(LabError) -> TrafficReport {
        stream.send(TrafficCommand.stop(expected: expected).line)
        guard case .report(let report) = try next(within: 30) else { throw LabError("\(name) does not report") }
        return report
    }

    private func next(within seconds: Double) throws(LabError) -> TrafficMessage {
        let deadline = monotonicNow() + UInt64(seconds * 1e9)
        while waiting.isEmpty {
            let now = monotonicNow()
            guard now < deadline else { throw LabError("\(name) says nothing for \(seconds) s; see \(Programs.log(of: name))") }
            stream.flush()
            var watched = pollfd(fd: stream.input.number, events: Int16(POLLIN), revents: 0)
            poll(&watched, 1, stream.wantsToWrite ? 1 : Int32((deadline - now) / 1_000_000) + 1)
            for line in stream.receive() {
                do { waiting.append(try JSONDecoder().decode(TrafficMessage.self, from: Data(line.utf8))) } catch {
                    throw LabError("\(name) said what nobody understands: \(line.prefix(200))")
                }
            }
            guard !stream.isClosed || !waiting.isEmpty else { throw LabError("\(name) ended; see \(Programs.log(of: name))") }
        }
        return waiting.removeFirst()
    }
}
