import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// `/v1/events`: what happens, as server-sent events (WHATWG HTML, Section 9.2).
struct EventRoutes: Sendable {
    let log: EventLog

    var resources: [Resource] {
        [Resource("/v1/events", [.get: stream])]
    }

    @Sendable private func stream(_ request: Request, _: BasicRequestContext) async throws -> Response {
        _ = try request.query(known: [])
        let lastEventID = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }
        guard let news = await log.subscribe() else {
            throw Problem(.serviceUnavailable, "too many clients follow the events; try again later", headers: [.retryAfter: "5"])
        }
        let log = log
        let body = ResponseBody { writer in
            // Without this, a client that leaves would keep its place until something is written to it.
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                let resumed: UInt64? = if let lastEventID { await log.cursor(after: lastEventID) } else { nil }
                var cursor: UInt64 = if let resumed { resumed } else { await log.end }
                try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
                if lastEventID != nil, resumed == nil { try await writer.write(log.reset(at: cursor)) }
                for await _ in news.cancelOnGracefulShutdown() {
                    try await writer.write(log.unread(&cursor) ?? ByteBuffer(string: ": nothing new\n\n"))
                    while let more = await log.unread(&cursor) { try await writer.write(more) }
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
    }
}

extension EventLog {
    /// The events behind `cursor` as they go over the line, and the cursor behind them; nil if there are none.
    fileprivate func unread(_ cursor: inout UInt64) -> ByteBuffer? {
        switch events(after: cursor) {
        case .events(let entries):
            guard let last = entries.last else { return nil }
            cursor = last.number
            return entries.reduce(into: ByteBuffer()) { $0.write($1, epoch: epoch) }
        case .lost(let newest):
            cursor = newest
            return reset(at: newest)
        }
    }

    /// Tells a client that it missed events, and where it stands.
    nonisolated fileprivate func reset(at cursor: UInt64) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.write(Entry(number: cursor, name: Self.resetName, body: Self.resetBody), epoch: epoch)
        return buffer
    }
}

extension ByteBuffer {
    fileprivate mutating func write(_ entry: EventLog.Entry, epoch: String) {
        writeString("id: \(epoch)-\(entry.number)\nevent: \(entry.name)\ndata: ")
        writeBytes(entry.body)
        writeString("\n\n")
    }
}
