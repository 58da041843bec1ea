import CLinux

/// Carries frames between two interfaces in the kernel, past the agent, while nothing is armed (``FastPathRecord``); ends when it goes.
public final class FastPath {
    private static let noAlternative = "go without a fast path"

    private let network: PacketShim
    private let function: PacketShim
    private let attachments: Attachments

    private struct Attachments: ~Copyable {
        let left: XDPAttachment
        let right: XDPAttachment
    }

    /// Begins to carry frames between two ports that were opened for it (``ShimURL/open(forFastPath:)``).
    ///
    /// - Throws: ``ShimError`` where a port is no interface, or the kernel refuses.
    public init(network left: any Shim, function right: any Shim) throws(ShimError) {
        let (left, right) = (try Self.ready(left), try Self.ready(right))
        guard left.mtu == right.mtu else {
            throw ShimError(left.url.text, "its MTU is not that of \(right.url.text)", remedy: "give both the same")
        }
        let there = try Self.attach(left, to: right)
        let back = try Self.attach(right, to: left)
        attachments = Attachments(left: there, right: back)
        (network, function) = (left, right)
    }

    /// Says that all frames that were received have been sent on; `isArmed` keeps what comes from the network from going past the agent.
    public func settle(isArmed: Bool) {
        network.settle(isArmed: isArmed)
        function.settle(isArmed: false)
    }

    private static func ready(_ shim: any Shim) throws(ShimError) -> PacketShim {
        guard let shim = shim as? PacketShim else {
            throw ShimError(shim.url.text, "no fast path leads there", remedy: "use packet: on both sides of the pair")
        }
        if let obstacle = shim.fastPathObstacle { throw obstacle.ofPort(shim.url, alternative: Self.noAlternative) }
        return shim
    }

    private static func attach(_ shim: PacketShim, to peer: PacketShim) throws(ShimError) -> XDPAttachment {
        let (index, target) = (try Interface(shim.url).index(), try Interface(peer.url).index())
        guard let map = shim.fastPathMap else { throw ShimError(shim.url.text, "it was not opened for a fast path", remedy: "open it so") }
        do throws(BPFFailure) {
            return try XDPAttachment(FastPathPrograms.redirect(map, to: target), to: index, native: false)
        } catch {
            throw error.ofPort(shim.url, alternative: Self.noAlternative)
        }
    }
}
