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
        let (status, data, location) = try server.exchange("POST", path, body)
        guard (200..<300).contains(status) else { throw refusal("POST \(path)", status, data) }
        return location ?? path
    }

    /// Whether a registered switch is connected to the controller.
    func isConnected(switch id: String) throws(LabError) -> Bool {
        struct Answer: Decodable { let connected: Bool }
        return try get("/v1/switches/\(id)", Answer.self).connected
    }

    /// How far a rule is.
    func rule(_ path: String) throws(LabError) -> Rule { try get(path, Rule.self) }

    /// All handover records of a rule.
    func handovers(ofRule path: String) throws(LabError) -> [Handover] {
        let id = path.split(separator: "/").last ?? ""
        var records: [Handover] = []
        var after: Int?
        repeat {
            let page = try get("/v1/handovers?rule=\(id)&limit=1000" + (after.map { "&after=\($0)" } ?? ""), Page.self)
            records += page.handovers
            after = page.next
        } while after != nil
        return records
    }

    private func get<Answer: Decodable>(_ path: String, _: Answer.Type) throws(LabError) -> Answer {
        let (status, data, _) = try server.exchange("GET", path)
        guard status == 200 else { throw refusal("GET \(path)", status, data) }
        do { return try JSONDecoder().decode(Answer.self, from: data) } catch {
            throw LabError("GET \(path): not the answer of the northbound API: \(String(decoding: data.prefix(300), as: UTF8.self))")
        }
    }

    private func refusal(_ what: String, _ status: Int, _ data: Data) -> LabError {
        LabError("\(what): \(status) \(String(decoding: data.prefix(300), as: UTF8.self))")
    }
}
