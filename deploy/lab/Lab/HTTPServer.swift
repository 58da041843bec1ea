import Foundation
import FoundationNetworking
import Synchronization

/// A service of the lab that is asked over HTTP.
struct HTTPServer {
    /// What it answers: the status, the body, and where it says the thing asked for is.
    typealias Answer = (status: Int, body: Data, location: String?)

    /// Where it listens: address and port.
    let address: String

    // Requests that arrive at the same time must not wait for each other's connections.
    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = 256
        return URLSession(configuration: configuration)
    }()

    /// Asks, and gives the answer to `done` on another thread.
    func send(
        _ method: String, _ path: String, _ body: [String: Any]? = nil, within seconds: Double = 10,
        _ done: @escaping @Sendable (Result<Answer, LabError>) -> Void
    ) throws(LabError) {
        guard let url = URL(string: "http://\(address)\(path)") else { throw LabError("\(path): not a path") }
        var request = URLRequest(url: url, timeoutInterval: seconds)
        request.httpMethod = method
        if let body {
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            do { request.httpBody = try JSONSerialization.data(withJSONObject: body, options: .sortedKeys) } catch {
                throw LabError("\(method) \(path): \(error)")
            }
        }
        Self.session.dataTask(with: request) { [address] data, response, error in
            if let response = response as? HTTPURLResponse {
                done(.success((response.statusCode, data ?? Data(), response.value(forHTTPHeaderField: "Location"))))
            } else {
                done(.failure(LabError("\(method) http://\(address)\(path): \(error?.localizedDescription ?? "no answer")")))
            }
        }.resume()
    }

    /// Asks once and waits for the answer.
    func exchange(_ method: String, _ path: String, _ body: [String: Any]? = nil, within seconds: Double = 10) throws(LabError) -> Answer {
        let waiting = Waiting()
        try send(method, path, body, within: seconds) { result in
            waiting.result.withLock { $0 = result }
            waiting.arrived.signal()
        }
        waiting.arrived.wait()
        return try waiting.result.withLock { (result) throws(LabError) in try result.get() }
    }

    private final class Waiting: Sendable {
        let arrived = DispatchSemaphore(value: 0)
        let result = Mutex<Result<Answer, LabError>>(.failure(LabError("no answer")))
    }
}
