import Foundation

/// The northbound API as any orchestrator would use it: HTTP and JSON, nothing shared with the services.
struct Northbound {
    static let address = "127.0.0.1:8080"
    private let server = HTTPServer(address: address)

    /// A rule, as far as the lab looks at it.
    struct Rule: Decodable, Hashable {
        struct Counts: Decodable, Hashable {
            let open: Int
            let completed: Int
            let aborted: Int
            let failed: Int
        }
        let state: String
        let handovers: Counts
        /// Packets that were lost because the controller was away.
        let lostPackets: Int?
    }

    private struct Page: Decodable {
        let handovers: [Handover]
        let next: Int?
    }

    /// Whether the service answers and reaches the controller.
    func isReady() -> Bool {
        guard let (status, _, _) = try? server.exchange("GET", "/readyz", within: 1) else { return false }
        return status == 200
    }

    /// Creates something; the address of what was created.
    @discardableResult
    func post(_ path: String, _ body: [String: Any]) throws(LabError) -> String {
        try Self.created(path, try server.exchange("POST", path, body))
    }

    /// Creates something and waits for nothing; where it is, or why not, is given to `done` on another thread.
    func post(
        _ path: String, _ body: [String: Any], _ done: @escaping @Sendable (Result<String, LabError>) -> Void
    ) throws(LabError) {
        try server.send("POST", path, body, within: 30) { answer in
            done(Result { () throws(LabError) in try Self.created(path, try answer.get()) })
        }
    }

    /// Creates something unless it is there.
    func put(_ path: String, _ body: [String: Any]) throws(LabError) {
        let answer = try server.exchange("POST", path, body)
        if answer.status != 409 { _ = try Self.created(path, answer) }
    }

    /// Removes something.
    func delete(_ path: String) throws(LabError) {
        let (status, data, _) = try server.exchange("DELETE", path)
        guard (200..<300).contains(status) else { throw Self.refusal("DELETE \(path)", status, data) }
    }

    /// Whether a registered switch is connected to the controller.
    func isConnected(switch id: String) throws(LabError) -> Bool {
        struct Answer: Decodable { let connected: Bool }
        return try get("/v1/switches/\(id)", Answer.self)?.connected ?? false
    }

    /// How far a rule is; nil if it is not known.
    func rule(_ path: String) throws(LabError) -> Rule? { try get(path, Rule.self) }

    /// An instance that is taken out of service, as far as the lab looks at it.
    struct Drain: Decodable, Hashable {
        let state: String
    }

    /// How far the drain of a function is; nil if it is in service.
    func drain(ofFunction function: Int) throws(LabError) -> Drain? { try get("/v1/vnfs/\(function)/drain", Drain.self) }

    /// All handover records, of one rule or of all.
    func handovers(ofRule path: String? = nil) throws(LabError) -> [Handover] {
        let rule = path.flatMap { $0.split(separator: "/").last }.map { "&rule=\($0)" } ?? ""
        var records: [Handover] = []
        var after: Int?
        repeat {
            guard let page = try get("/v1/handovers?limit=1000\(rule)" + (after.map { "&after=\($0)" } ?? ""), Page.self) else { break }
            records += page.handovers
            after = page.next
        } while after != nil
        return records
    }

    private func get<Found: Decodable>(_ path: String, _: Found.Type) throws(LabError) -> Found? {
        let (status, data, _) = try server.exchange("GET", path)
        if status == 404 { return nil }
        guard status == 200 else { throw Self.refusal("GET \(path)", status, data) }
        do { return try JSONDecoder().decode(Found.self, from: data) } catch {
            throw LabError("GET \(path): not the answer of the northbound API: \(String(decoding: data.prefix(300), as: UTF8.self))")
        }
    }

    private static func created(_ path: String, _ answer: HTTPServer.Answer) throws(LabError) -> String {
        guard (200..<300).contains(answer.status) else { throw refusal("POST \(path)", answer.status, answer.body) }
        return answer.location ?? path
    }

    private static func refusal(_ what: String, _ status: Int, _ data: Data) -> LabError {
        LabError("\(what): \(status) \(String(decoding: data.prefix(300), as: UTF8.self))")
    }
}
