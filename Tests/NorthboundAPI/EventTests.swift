import BusMessages
import HTTPTypes
import HummingbirdTesting
import NorthboundAPI
import Testing

/// What an event stream said, of which only whole events count.
private struct Stream {
    struct Event: Equatable {
        let id: String
        let name: String
        let data: String
    }

    let events: [Event]

    init(_ text: String) {
        events = text.split(separator: "\n\n").compactMap { block in
            let lines = block.split(separator: "\n")
            func value(_ field: String) -> String? {
                lines.first { $0.hasPrefix(field + ": ") }.map { String($0.dropFirst(field.count + 2)) }
            }
            guard let id = value("id"), let name = value("event"), let data = value("data") else { return nil }
            return Event(id: id, name: name, data: data)
        }
    }

    var names: [String] { events.map(\.name) }
}

private func counters(_ packetIns: UInt64) -> ControllerEvent { .counters(ControllerCounters(packetIns: packetIns)) }

@Suite(.timeLimit(.minutes(1))) struct EventTests {
    /// What a client gets that goes on behind `lastEventID`, up to the end of the log.
    private func read(_ log: EventLog, after lastEventID: String) async throws -> Stream {
        await log.close()
        var text = ""
        let controller = FakeController.content()
        let headers: HTTPFields = [try #require(HTTPField.Name("Last-Event-ID")): lastEventID]
        let (collected, collect) = AsyncStream.makeStream(of: String.self)
        // Without a socket the testing framework drops the request's body unfinished, which NIO takes for a mistake.
        try await Harness.run(controller, log: log, over: .live) { api in
            let response = try await api.send(.get, "/v1/events", headers: headers)
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "text/event-stream")
            collect.yield(response.text)
            collect.finish()
        }
        for await part in collected { text += part }
        return Stream(text)
    }

    @Test func aClientGoesOnBehindTheLastEventItSaw() async throws {
        let log = EventLog()
        try await log.append(.rule(One.rule("r1", One.specification, .detecting)))
        try await log.append(.handover(One.handover))
        try await log.append(.switch(One.switch))
        try await log.append(counters(1))
        let stream = try await read(log, after: "\(log.epoch)-1")
        #expect(stream.names == ["handover", "switch", "counters"])
        #expect(stream.events.map(\.id) == (2...4).map { "\(log.epoch)-\($0)" })
        let record = try #require(stream.events.first)
        #expect(try MessageCodec.decode(HandoverDTO.self, from: Array(record.data.utf8)) == One.handover)
    }

    @Test func aClientThatSawEverythingGetsNothingTwice() async throws {
        let log = EventLog()
        try await log.append(counters(1))
        #expect(try await read(log, after: "\(log.epoch)-1").events.isEmpty)
    }

    @Test(arguments: ["0-1", "nonsense", "", "-", "0-99999999999999999999", "1-2-3"])
    func aClientOfAnotherProcessIsToldToReadAgain(lastEventID: String) async throws {
        let log = EventLog()
        try await log.append(counters(1))
        #expect(try await read(log, after: lastEventID).names == ["reset"])
    }

    @Test func aClientThatWasAwayTooLongIsToldToReadAgainAndGoesOnAtTheEnd() async throws {
        let log = EventLog(capacity: 4)
        for number in 1...6 { try await log.append(counters(UInt64(number))) }
        let stream = try await read(log, after: "\(log.epoch)-1")
        #expect(stream.names == ["reset"])
        #expect(stream.events.first?.id == "\(log.epoch)-6")
    }

    @Test func allEventsThatAreStillHeldAreGiven() async throws {
        let log = EventLog(capacity: 600)
        for number in 1...1_000 { try await log.append(counters(UInt64(number))) }
        let stream = try await read(log, after: "\(log.epoch)-400")
        #expect(stream.events.map(\.id) == (401...1_000).map { "\(log.epoch)-\($0)" })
    }

    @Test func eventsLostOnTheWayAreToldInTheirPlace() async throws {
        let log = EventLog()
        try await log.append(counters(1))
        await log.appendReset()
        try await log.append(counters(2))
        #expect(try await read(log, after: "\(log.epoch)-0").names == ["counters", "reset", "counters"])
    }

    @Test func aClientThatIsConnectedGetsEventsAsTheyHappen() async throws {
        let log = EventLog()
        try await Harness.run(.content(), log: log, over: .live) { api in
            async let response = api.send(.get, "/v1/events")
            while await log.readerCount == 0 { await Task.yield() }
            // The reader may still be on its way to the end of the log, so it is told until it has surely seen some.
            for number in 1...1_000 {
                try await log.append(counters(UInt64(number)))
                await Task.yield()
            }
            await log.close()
            let stream = Stream(try await response.text)
            let numbers = stream.events.compactMap { $0.id.split(separator: "-").last.flatMap { Int($0) } }
            #expect(numbers.last == 1_000)
            #expect(numbers == Array((numbers.first ?? 0)...1_000))
        }
    }

    @Test func aClientThatNeverReadsTakesNoPlace() async throws {
        let log = EventLog(readerLimit: 1)
        try await Harness.run(.content(), log: log) { api in
            let answer = try await api.send(.head, "/v1/events")
            #expect(answer.status == .ok)
        }
        while await log.readerCount > 0 { await Task.yield() }
    }

    @Test func tooManyClientsAreRefused() async throws {
        try await Harness.run(.content(), log: EventLog(readerLimit: 0)) { api in
            let response = try await api.send(.get, "/v1/events")
            #expect(response.status == .serviceUnavailable)
            #expect(response.headers[.retryAfter] != nil)
        }
    }
}
