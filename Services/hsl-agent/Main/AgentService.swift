import Agent
import Foundation
import Logging
import ServiceLifecycle

/// Runs the agent on a thread of its own until the process is to stop.
struct AgentService: Service {
    let configuration: AgentConfiguration
    let box: SnapshotBox
    let stop: StopSignal
    let logger: Logger

    func run() async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let thread = Thread {
                    continuation.resume(
                        with: Result {
                            var agent = try Agent(configuration, box: box, logger: logger)
                            agent.run(until: stop)
                        })
                }
                thread.name = "forwarding"
                thread.start()
            }
        } onCancelOrGracefulShutdown: {
            stop.raise()
        }
    }
}
