import Foundation
import LabSockets
import Synchronization

/// Requests under way that nobody waits for, and how they were answered. Shared with the threads on which answers come.
final class RequestLog: Sendable {
    private struct Entry {
        let dueAt: UInt64
        let sentAt: UInt64
        var answer: (at: UInt64, result: Result<String, LabError>)?
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// How many were sent and are not answered.
    var unanswered: Int { entries.withLock { $0.values.count { $0.answer == nil } } }

    /// Why the first refused one was refused.
    var refusal: LabError? {
        entries.withLock { entries in
            for case .failure(let error)? in entries.values.map(\.answer?.result) { return error }
            return nil
        }
    }

    /// Where the accepted rules are, by name.
    var paths: [String: String] {
        entries.withLock { $0.compactMapValues { try? $0.answer?.result.get() } }
    }

    func sent(_ name: String, due: UInt64) {
        entries.withLock { $0[name] = Entry(dueAt: due, sentAt: monotonicNow()) }
    }

    func answered(_ name: String, _ result: Result<String, LabError>) {
        entries.withLock { $0[name]?.answer = (monotonicNow(), result) }
    }

    /// What was seen of all of them.
    func report(wanted rate: Double) -> LabReport.Requests {
        entries.withLock { entries in
            let times = entries.values.map(\.sentAt).sorted()
            let seconds = Double((times.last ?? 0) - (times.first ?? 0)) / 1e9
            let answers = entries.values.compactMap { entry in entry.answer.map { Double($0.at - entry.sentAt) / 1e6 } }
            return LabReport.Requests(
                count: entries.count, ratePerSecond: rate, achievedPerSecond: seconds > 0 ? Double(entries.count - 1) / seconds : 0,
                latestMs: entries.values.map { Double($0.sentAt - $0.dueAt) / 1e6 }.max() ?? 0, answerMs: LabReport.Spread(answers))
        }
    }
}
