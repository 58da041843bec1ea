import Foundation
import FoundationNetworking
import Synchronization

/// A service of the lab that is asked over HTTP, one request at a time.
struct HTTPServer {
    /// Where it listens: address and port.
    let address: String

    /// Asks once and waits for the answer: its status, its body, and where it says the thing asked for is.
    func exchange(
        _ method: String, _ path: String, _ body: [String: Any]? = nil, within seconds: Double = 10
    ) throws(LabError) -> (status: Int, body: Data, location: String?) {
        guard let url = URL(string: "http://\(address)\(path)") else { throw LabError("\(path): not a path") }
        var request = URLRequest(url: url, timeoutInterval: seconds)
        request.httpMethod = method
        if let body {
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            do { request.httpBody = try JSONSerialization.data(withJSONObject: body, options: .sortedKeys) } catch {
                throw LabError("\(method) \(path): \(error)")
            }
        }
        let answer = Answer()
        URLSession.shared.dataTask(with: request) { data, response, error in
            let response = response as? HTTPURLResponse
            let location = response?.value(forHTTPHeaderField: "Location")
            answer.result.withLock {
                if let response {
                    $0 = .success((response.statusCode, data ?? Data(), location))
                } else {
                    $0 = .failure(LabError("\(method) http://\(address)\(path): \(error?.localizedDescription ?? "no answer")"))
                }
            }
            answer.arrived.signal()
        }.resume()
        answer.arrived.wait()
        return try answer.result.withLock { (result) throws(LabError) in try result.get() }
    }

    private final class Answer: Sendable {
        let arrived = DispatchSemaphore(value: 0)
        let result = Mutex<Result<(Int, Data, String?), LabError>>(.failure(LabError("no answer")))
    }
}
