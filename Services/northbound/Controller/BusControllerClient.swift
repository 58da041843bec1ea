import Bus
import BusMessages
import Timing

/// The way to the controller over the bus.
public struct BusControllerClient: ControllerClient {
    private let client: RequestClient
    private let timeout: TimeSpan

    /// A client that waits so long for each reply.
    public init(_ client: RequestClient, timeout: TimeSpan = .seconds(2)) {
        self.client = client
        self.timeout = timeout
    }

    /// Sends a request and waits for its reply.
    public func send(_ request: ControllerRequest) async throws(ControllerClientError) -> ControllerReply {
        let bytes = try encoded(request)
        let reply: [UInt8]
        do {
            reply = try await client.request(bytes, timeout: timeout)
        } catch {
            throw ControllerClientError(error)
        }
        do {
            return try MessageCodec.decode(from: reply)
        } catch {
            throw .unreadable(error.description)
        }
    }

    private func encoded(_ request: ControllerRequest) throws(ControllerClientError) -> [UInt8] {
        do {
            return try MessageCodec.encode(request)
        } catch {
            throw .unreadable(error.description)
        }
    }
}

extension ControllerClientError {
    fileprivate init(_ error: RequestError) {
        switch error {
        case .timedOut, .cancelled, .closed: self = .silent
        case .tooManyWaiting, .tooLarge: self = .overloaded
        case .refused(let reason): self = .unreadable(reason)
        }
    }
}
