import NIOCore
import OpenFlow
import Wire

/// The last handler of a switch's channel: bytes in, messages to the observer; messages of the owner, bytes out.
final class ConnectionHandler {
    /// handshake ──the switch is known──▶ connected ──▶ ended; a handshake that fails ends, too.
    private enum Phase {
        /// The switch has not said yet who it is.
        case handshake(Handshake)
        /// The switch is known to the observer.
        case connected(SwitchConnection)
        /// Nothing is read or sent any more.
        case ended
    }

    let remoteAddress: String
    /// ``remoteAddress`` without the port.
    let host: String
    let receiveBufferBytes: Int?

    private let channel: any Channel
    private let registry: SwitchRegistry
    private var phase = Phase.handshake(Handshake())
    private var frames = FrameBuffer()
    private var outbox: Outbox
    private var liveness: Liveness
    private var timer: Scheduled<Void>?
    private var reportedKinds: Set<OpenFlowError.Kind> = []

    init(_ channel: any Channel, _ registry: SwitchRegistry, receiveBufferBytes: Int?) {
        self.channel = channel
        self.registry = registry
        self.receiveBufferBytes = receiveBufferBytes
        host = channel.remoteAddress?.ipAddress ?? "unknown"
        remoteAddress = host + (channel.remoteAddress?.port.map { ":\($0)" } ?? "")
        outbox = Outbox(limit: registry.configuration.pendingByteLimit)
        liveness = Liveness(limit: registry.configuration.missedEchoLimit)
    }

    var isOpen: Bool {
        if case .ended = phase { false } else { true }
    }
}

extension ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        guard registry.add(self) else {
            phase = .ended
            context.close(promise: nil)
            return
        }
        schedule(in: registry.configuration.handshakeTimeout) { $0.refuse("it did not say within the time limit who it is") }
        send(.hello(Hello()))
        flush()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard isOpen else { return }
        registry.counters.bytesReceived += bytes.readableBytes
        liveness.heard()
        frames.append(bytes)
        answerEchoRequests()
        while isOpen {
            do {
                if case .handshake(let handshake) = phase, handshake.expectsHello, let header = try frames.nextHeader(),
                    ![MessageType.hello, MessageType.error, MessageType.echoRequest].contains(header.type)
                {
                    refuse("it does not start with HELLO, as a switch does")
                    return
                }
                guard let message = try frames.next() else { return }
                receive(message)
            } catch {
                count(error)
                endPolitely("lost where messages begin: \(error)", saying: .badRequest(error, message: []))
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if case .connected(let connection) = phase { registry.observer?.receivedBatchEnd(from: connection) }
        flush()
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end("the switch closed the connection")
        timer?.cancel()
        registry.remove(self)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end("\(error)")
    }
}

extension ConnectionHandler {
    /// Answers the echo requests among the bytes that have just come, before anything that came ahead of them is worked on: a switch
    /// gives up a controller that answers late.
    private func answerEchoRequests() {
        var answered = false
        // An error here is met again, and treated, when the messages are read one by one.
        while isOpen, let unseen = try? frames.nextUnseen() {
            guard unseen.header.type == MessageType.echoRequest, unseen.header.version == MessageHeader.version else { continue }
            let bytes = [UInt8](unseen.message.readableBytesView.dropFirst(MessageHeader.byteCount))
            enqueue(Envelope(transaction: unseen.header.transaction, message: .echoReply(bytes)))
            answered = true
        }
        if answered { flush() }
    }

    private func receive(_ bytes: ByteBuffer) {
        let envelope: Envelope
        do { envelope = try Envelope.decode(bytes.readableBytesSpan) } catch {
            receiveMalformed(bytes, error)
            return
        }
        registry.counters.countReceived(envelope.message)
        switch (phase, envelope.message) {
        case (.ended, _), (_, .echoRequest), (_, .echoReply), (.connected, .hello): return
        case (.handshake(let handshake), let message): advance(handshake, with: message)
        case (.connected(let connection), let message):
            if case .portStatus(let status) = message { connection.apply(status) }
            registry.observer?.received(envelope, from: connection)
        }
    }

    private func advance(_ handshake: Handshake, with message: Message) {
        var handshake = handshake
        let step = handshake.receive(message)
        phase = .handshake(handshake)
        switch step {
        case .wait: break
        case .ignore: registry.counters.premature += 1
        case .send(let messages):
            for message in messages { send(message) }
            flush()
        case .connected(let features, let table):
            let connection = SwitchConnection(features, table, handler: self)
            phase = .connected(connection)
            scheduleLivenessCheck()
            registry.connected(connection)
        case .incompatible(let version):
            registry.counters.incompatible += 1
            registry.report("it speaks OpenFlow version \(version), not 4 (OpenFlow 1.3)", of: self)
            let text = "this controller speaks OpenFlow 1.3 (version 4) only, the switch offers version \(version)"
            endPolitely("incompatible version \(version)", saying: .incompatible(text))
        case .refuse(let reason): refuse(reason)
        }
    }

    /// Counts, reports once a kind and answers; the next message is read as if nothing had been.
    private func receiveMalformed(_ bytes: ByteBuffer, _ error: OpenFlowError) {
        count(error)
        if case .handshake = phase {
            endPolitely("\(error)", saying: .badRequest(error, message: start(of: bytes)))
            return
        }
        guard let header = try? MessageHeader(bytes.readableBytesSpan), header.type != MessageType.error else { return }
        enqueue(Envelope(transaction: header.transaction, message: .error(.badRequest(error, message: start(of: bytes)))))
    }

    private func count(_ error: OpenFlowError) {
        registry.counters.malformed[error.kind, default: 0] += 1
        guard reportedKinds.insert(error.kind).inserted else { return }
        registry.logger.warning(
            "malformed message (further ones of this kind are only counted): \(error)", metadata: ["remote": "\(remoteAddress)"])
    }

    private func start(of bytes: ByteBuffer) -> [UInt8] { Array(bytes.readableBytesView.prefix(64)) }
}

extension ConnectionHandler {
    @discardableResult
    func send(_ message: Message) -> UInt32? {
        guard isOpen else { return nil }
        let envelope = Envelope(transaction: outbox.nextTransaction(), message: message)
        return enqueue(envelope) ? envelope.transaction : nil
    }

    func flush() {
        guard isOpen, let bytes = outbox.take() else { return }
        let count = bytes.readableBytes
        channel.writeAndFlush(bytes).assumeIsolated().whenComplete { [weak self] _ in self?.outbox.left(count) }
    }

    @discardableResult
    private func enqueue(_ envelope: Envelope) -> Bool {
        // Most messages fit without a second allocation.
        var writer = ByteWriter(capacity: 2048)
        do { try envelope.encode(into: &writer) } catch {
            registry.counters.oversize += 1
            registry.logger.error("message not sent: \(error)", metadata: ["remote": "\(remoteAddress)"])
            return false
        }
        registry.counters.countSent(envelope.message, bytes: writer.count)
        switch outbox.append(writer.bytes) {
        case .kept: break
        case .worthFlushing: flush()
        case .overLimit:
            registry.counters.overruns += 1
            registry.logger.error(
                "switch does not read what it is sent: disconnected",
                metadata: ["remote": "\(remoteAddress)", "pending": "\(outbox.pendingBytes)"])
            end("did not read \(outbox.pendingBytes) bytes")
            return false
        }
        return true
    }
}

extension ConnectionHandler {
    /// Ends the connection at once.
    func end(_ reason: String) {
        guard isOpen else { return }
        leave(reason)
        channel.close(promise: nil)
    }

    /// Ends a connection that never came to anything.
    private func refuse(_ reason: String) {
        guard isOpen else { return }
        registry.report(reason, of: self)
        end(reason)
    }

    /// Ends the connection after the other side has read why, or had time to: closed at once, unread bytes of its own would make the
    /// kernel throw the message away.
    private func endPolitely(_ reason: String, saying error: ErrorMessage) {
        guard isOpen else { return }
        send(.error(error))
        flush()
        leave(reason)
        channel.close(mode: .output, promise: nil)
        schedule(in: registry.configuration.lingerTime) { $0.channel.close(promise: nil) }
    }

    private func leave(_ reason: String) {
        timer?.cancel()
        switch phase {
        case .handshake: registry.counters.failedHandshakes += 1
        case .connected(let connection):
            // Not within the call that led here, which may be the observer's own.
            channel.eventLoop.assumeIsolated().execute { [registry] in registry.disconnected(connection, reason: reason) }
        case .ended: break
        }
        phase = .ended
    }
}

extension ConnectionHandler {
    private func scheduleLivenessCheck() {
        schedule(in: registry.configuration.echoInterval) { handler in
            switch handler.liveness.tick() {
            case .alive: break
            case .ask:
                handler.send(.echoRequest([]))
                handler.flush()
            case .dead:
                handler.registry.counters.unresponsive += 1
                handler.end("did not answer \(handler.registry.configuration.missedEchoLimit) echo requests")
                return
            }
            handler.scheduleLivenessCheck()
        }
    }

    private func schedule(in delay: TimeAmount, _ action: @escaping (ConnectionHandler) -> Void) {
        timer?.cancel()
        timer = channel.eventLoop.assumeIsolated().scheduleTask(in: delay) { [weak self] in
            if let self { action(self) }
        }
    }
}
