import BusMessages
import Synchronization

/// The controller as routes see it: asks it one thing and turns whatever goes wrong into a ``Problem``.
struct Controller: Sendable {
    private let client: any ControllerClient
    private let lastReply = LastReply()

    init(_ client: any ControllerClient) {
        self.client = client
    }

    /// Sends a request and takes the part of the reply that belongs to it.
    func ask<Answer>(_ request: ControllerRequest, _ answer: (ControllerReply) -> Answer?) async throws(Problem) -> Answer {
        let reply: ControllerReply
        do {
            reply = try await client.send(request)
        } catch {
            throw Problem(error)
        }
        lastReply.note()
        if case .refused(let refusal) = reply { throw Problem(refusal) }
        guard let answer = answer(reply) else { throw Problem(.badGateway, "the controller answered something else than was asked") }
        return answer
    }

    /// Whether the controller has answered within `span`, or does so now.
    func isAlive(within span: Duration) async -> Bool {
        if lastReply.isYounger(than: span) { return true }
        do {
            try await ask(.ping) { reply in reply == .alive ? () : nil }
            return true
        } catch {
            return false
        }
    }
}

/// When the controller last replied, whatever it said.
private final class LastReply: Sendable {
    private let instant = Mutex<ContinuousClock.Instant?>(nil)

    func note() {
        let now = ContinuousClock.now
        instant.withLock { $0 = now }
    }

    func isYounger(than span: Duration) -> Bool {
        guard let instant = instant.withLock({ $0 }) else { return false }
        return instant.duration(to: .now) < span
    }
}
