import CLab
import ExampleVNFKit
import Foundation
import LabSockets

/// Asks an example function for everything it knows, over the management network.
struct FunctionClient {
    let function: Int

    /// The function's state; throws while it cannot be reached.
    func dump() throws(LabError) -> StateDump {
        let text = Layout.peerAddress(of: function)
        guard let address = SocketAddress(text) else { throw LabError("\(text): not an address") }
        do {
            let stream = try LineStream(Descriptor.connected(to: address))
            stream.send(#"{"dump":{}}"#)
            let deadline = monotonicNow() + 5_000_000_000
            while !stream.isClosed && monotonicNow() < deadline {
                var watched = pollfd(fd: stream.input.number, events: Int16(POLLIN), revents: 0)
                poll(&watched, 1, 1000)
                if let line = stream.receive().first { return try JSONDecoder().decode(StateDump.self, from: Data(line.utf8)) }
            }
        } catch {
            throw LabError("function \(function) does not answer: \(error)")
        }
        throw LabError("function \(function) does not say what it knows")
    }
}
