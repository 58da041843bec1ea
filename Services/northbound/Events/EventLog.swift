import BusMessages

/// The latest events, and who waits for the next.
///
/// Readers take events out of here at their own pace: a slow one costs no memory, and one that is too slow is told so.
public actor EventLog {
    /// One event, as it is sent to clients.
    package struct Entry: Hashable, Sendable {
        /// Its place in the log, from 1.
        package let number: UInt64
        /// Its kind.
        package let name: String
        /// Its JSON body.
        package let body: [UInt8]
    }

    /// What a reader finds.
    package enum Batch: Hashable, Sendable {
        /// The events behind its cursor, oldest first; perhaps none.
        case events([Entry])
        /// Events behind its cursor are gone; the log goes on after this number.
        case lost(newest: UInt64)
    }

    /// What the numbers of this process's events start with, so that those of an earlier process are not taken for them.
    nonisolated package let epoch: String
    private let capacity: Int
    private let readerLimit: Int
    private var ring: [Entry] = []
    private var newest: UInt64 = 0
    private var readers: [UInt64: AsyncStream<Void>.Continuation] = [:]
    private var nextReader: UInt64 = 0
    private var isClosed = false

    /// A log of so many events and readers.
    public init(capacity: Int = 4_096, readerLimit: Int = 64) {
        self.capacity = max(capacity, 1)
        self.readerLimit = readerLimit
        epoch = String(UInt32.random(in: .min ... .max), radix: 16)
    }

    /// Adds what the controller published.
    public func append(_ event: ControllerEvent) throws(FieldError) {
        switch event {
        case .handover(let record): append(event.topic.rawValue, try MessageCodec.encode(record))
        case .rule(let rule): append(event.topic.rawValue, try MessageCodec.encode(rule))
        case .switch(let one): append(event.topic.rawValue, try MessageCodec.encode(one))
        case .counters(let counters): append(event.topic.rawValue, try MessageCodec.encode(counters))
        }
    }

    /// Tells all readers that events were lost on their way here: what they know may be old.
    public func appendReset() {
        append(Self.resetName, Self.resetBody)
    }

    /// Wakes all readers although nothing happened, so that they write something and notice clients that have gone.
    public func keepAlive() {
        for reader in readers.values { reader.yield() }
    }

    /// Ends all readers and admits no more.
    public func close() {
        isClosed = true
        for reader in readers.values { reader.finish() }
        readers = [:]
    }

    static let resetName = "reset"
    static let resetBody = Array(#"{"reason":"events were lost; read again what you follow"}"#.utf8)

    private func append(_ name: String, _ body: [UInt8]) {
        newest += 1
        let entry = Entry(number: newest, name: name, body: body)
        if ring.count < capacity { ring.append(entry) } else { ring[index(of: newest)] = entry }
        keepAlive()
    }

    private func index(of number: UInt64) -> Int { Int((number - 1) % UInt64(capacity)) }

    /// A stream that yields when there may be something new; nil if there are too many readers, and an ended one once closed.
    func subscribe() -> AsyncStream<Void>? {
        guard readers.count < readerLimit else { return nil }
        let (stream, reader) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        guard !isClosed else {
            reader.yield()
            reader.finish()
            return stream
        }
        let id = nextReader
        nextReader += 1
        readers[id] = reader
        reader.onTermination = { [weak self] _ in
            Task { await self?.unsubscribe(id) }
        }
        reader.yield()
        return stream
    }

    private func unsubscribe(_ id: UInt64) {
        readers[id] = nil
    }

    /// How many readers there are.
    package var readerCount: Int { readers.count }

    /// Where a client goes on that last saw `lastEventID`; nil, if it has to begin anew.
    func cursor(after lastEventID: String) -> UInt64? {
        let parts = lastEventID.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == epoch, let number = UInt64(parts[1]), number <= newest else { return nil }
        return newest - number <= UInt64(ring.count) ? number : nil
    }

    /// Where a client begins that has seen nothing.
    package var end: UInt64 { newest }

    /// Up to 256 events behind `cursor`.
    package func events(after cursor: UInt64) -> Batch {
        guard cursor < newest else { return .events([]) }
        guard newest - cursor <= UInt64(ring.count) else { return .lost(newest: newest) }
        return .events((cursor + 1...min(newest, cursor + 256)).map { ring[index(of: $0)] })
    }
}
