import Foundation
import Shims
import SystemTestSupport
import Testing

@Suite(.enabled(if: PrivateNetwork.obstacle == nil, "needs root, for a network namespace"))
struct ShimTests {
    static let ways: [(String, String)] = [
        ("packet:left", "packet:right"), ("packet:left", "pcap:right"), ("pcap:left", "pcap:right"), ("tap:left", "packet:left"),
        ("tap:left", "pcap:left"), ("xdp:left", "xdp:right"), ("xdp:left", "packet:right"), ("xdp:left?mode=native", "pcap:right"),
    ]

    @Test("Frames of every size and tagging arrive unchanged, all and in order, both ways", arguments: ways, [1_500, 3_000, 9_000])
    func exact(way: (String, String), mtu: Int) async throws {
        // AF_XDP keeps a frame in a page.
        guard mtu < 9_000 || !way.0.hasPrefix("xdp:") else { return }
        let frames = TestFrames.mixed(5_000, mtu: mtu)
        let arrived = try await PrivateNetwork.run { network in
            let isTAP = way.0.hasPrefix("tap:")
            if !isTAP { try network.makeLink("left", "right", mtu: mtu) }
            let left = try TestPort(isTAP ? "\(way.0)?mtu=\(mtu)" : way.0)
            let right = try TestPort(way.1)
            return try [(left, right), (right, left)].map { from, to in
                var arrived: [[UInt8]] = []
                for start in stride(from: 0, to: frames.count, by: 100) {
                    from.send(frames[start..<min(start + 100, frames.count)])
                    arrived += to.receive()
                }
                _ = waitUntil {
                    arrived += to.receive()
                    return arrived.count >= frames.count
                }
                // Nobody hears what he himself sent.
                guard from.receive().isEmpty, from.shim.counters.transmitted.frames == frames.count else {
                    throw PrivateNetwork.CommandFailed(description: "\(from.shim.counters)")
                }
                return arrived
            }
        }
        #expect(arrived[0] == frames)
        #expect(arrived[1] == frames)
    }

    @Test("A frame beyond the MTU is counted, and those behind it go out", arguments: ["packet:left", "pcap:left", "tap:left", "xdp:left"])
    func oversize(url: String) async throws {
        let frames = [1_514, 1_515, 60, 3_000, 61].enumerated().map { TestFrames.plain($0.offset, length: $0.element) }
        let (counters, arrived) = try await PrivateNetwork.run { network in
            let isTAP = url.hasPrefix("tap:")
            if !isTAP { try network.makeLink("left", "right", mtu: 9_000) }
            if !isTAP { try network.ip("link", "set", "left", "mtu", "1500") }
            let port = try TestPort(url)
            let other = try TestPort(isTAP ? "packet:left" : "packet:right")
            port.send(frames)
            var arrived: [[UInt8]] = []
            _ = waitUntil {
                arrived += other.receive()
                return arrived.count >= 3
            }
            return (port.shim.counters, arrived)
        }
        #expect(counters.oversize == 2)
        #expect(counters.transmitted.frames == 3)
        #expect(arrived == [frames[0], frames[2], frames[4]])
    }

    @Test(
        "What the kernel drops for want of room is counted to the frame",
        arguments: ["packet:right", "pcap:right", "tap:left", "xdp:right"])
    func kernelDrops(url: String) async throws {
        let count = 30_000
        let (received, dropped) = try await PrivateNetwork.run { network in
            let isTAP = url.hasPrefix("tap:")
            if !isTAP { try network.makeLink("left", "right") }
            let reader = try TestPort(isTAP ? "tap:left?txqueuelen=1000" : url)
            // One system call a frame: sendmmsg tries the frame at which it stopped once more, and the TAP would drop that one twice.
            let writer = try TestPort("pcap:left")
            writer.send((0..<count).map { TestFrames.plain($0, length: 60) })
            var received = 0
            _ = waitUntil {
                received += reader.receive().count
                reader.shim.sampleKernelDrops()
                return received + reader.shim.counters.kernelDrops >= count
            }
            return (received, reader.shim.counters.kernelDrops)
        }
        #expect(dropped > 0)
        #expect(received + dropped == count)
    }

    @Test(
        "An interface that goes down, or away, is missed and used again when it is back",
        arguments: ["packet:right", "pcap:right", "xdp:right"])
    func comesBack(url: String) async throws {
        let outcome = try await PrivateNetwork.run { network in
            try network.makeLink("left", "right")
            let port = try TestPort(url)
            func isMissed() -> Bool {
                waitUntil {
                    port.send([TestFrames.plain(0, length: 60)])
                    _ = port.receive()
                    return port.shim.isDown && port.shim.counters.interfaceDown > 0
                }
            }
            func works() throws -> Bool {
                try port.shim.reopen()
                let other = try TestPort("packet:left")
                other.send([TestFrames.plain(1, length: 60)])
                return waitUntil { port.receive() == [TestFrames.plain(1, length: 60)] } && !port.shim.isDown
            }
            try network.ip("link", "set", "right", "down")
            let missedDown = isMissed()
            let refusal = Result { try port.shim.reopen() }
            try network.ip("link", "set", "right", "up")
            let backUp = try works()
            try network.ip("link", "delete", "right")
            let missedGone = isMissed()
            try network.makeLink("left", "right")
            let backAgain = try works()
            guard case .failure = refusal else { return [false] }
            return [missedDown, backUp, missedGone, backAgain]
        }
        #expect(outcome == [true, true, true, true])
    }

    @Test func offloadsAreSwitchedOffOnce() async throws {
        let (first, second) = try await PrivateNetwork.run { network in
            try network.makeLink("left", "right")
            return (try ShimURL("packet:left").open().switchedOff, try ShimURL("pcap:left").open().switchedOff)
        }
        #expect(first.contains("tx"))
        #expect(second.isEmpty)
    }

    @Test func aTAPGoesWithItsShimUnlessItIsPersistent() async throws {
        let isThere = try await PrivateNetwork.run { network in
            try network.ip("tuntap", "add", "mode", "tap", "name", "lasting")
            for name in ["made", "lasting"] { _ = try ShimURL("tap:\(name)?mac=02:00:00:00:00:07&mtu=2000").open() }
            // A process that another test is just starting may hold the TAP open a moment longer.
            return (made: !waitUntil { if_nametoindex("made") == 0 }, lasting: if_nametoindex("lasting") != 0)
        }
        #expect(isThere == (made: false, lasting: true))
    }

    @Test(
        "A port that cannot be opened says why, in one line",
        arguments: [
            "packet:nowhere", "pcap:nowhere", "xdp:nowhere", "packet:left", "xdp:left", "xdp:taken", "xdp:large", "tap:left", "tap:used",
        ])
    func refused(url: String) async throws {
        let message = try await PrivateNetwork.run { network in
            try network.ip("link", "add", "left", "type", "veth", "peer", "name", "right")
            try network.makeLink("taken", "other")
            try network.makeLink("large", "wide", mtu: 9_000)
            let used = [try ShimURL("tap:used").open(), try ShimURL("xdp:taken").open()]
            defer { withExtendedLifetime(used) {} }
            do throws(ShimError) {
                _ = try ShimURL(url).open()
                return ""
            } catch {
                return error.description
            }
        }
        #expect(message.hasPrefix(url + ": "))
        #expect(!message.contains("\n"))
    }

    @Test("Without privileges a port says which it takes, in one line", arguments: ["packet:left", "pcap:left", "xdp:left", "tap:new"])
    func unprivileged(url: String) async throws {
        let message = try await PrivateNetwork.run { network in
            try network.makeLink("left", "right")
            for shim in ["packet:left", "packet:right"] { _ = try ShimURL(shim).open() }
            try network.giveUpPrivileges()
            do throws(ShimError) {
                _ = try ShimURL(url).open()
                return ""
            } catch {
                return error.description
            }
        }
        #expect(message.hasPrefix(url + ": not permitted: "))
        #expect(message.contains("CAP_NET_ADMIN"))
        #expect(!message.contains("\n"))
    }
}
