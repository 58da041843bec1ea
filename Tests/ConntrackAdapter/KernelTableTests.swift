import ConntrackKit
import ConntrackNetlink
import Foundation
import SystemTestSupport
import Testing

private let tracksConnections = FileManager.default.fileExists(atPath: "/proc/sys/net/netfilter/nf_conntrack_max")

/// The machine's own connection table, in a namespace of the test's own.
@Suite(.enabled(if: PrivateNetwork.obstacle == nil && tracksConnections, "needs root, and a kernel that tracks connections"))
struct KernelTableTests {
    @Test func everyKindOfEntryIsKeptAsItWasGiven() async throws {
        try await PrivateNetwork.run { _ in
            let table = try NetlinkSocket()
            for entry in Sample.all {
                try table.insert(entry)
                let kept = try #require(try table.entry(entry.original))
                #expect(kept.comparable == entry.comparable)
                #expect(kept.timeout > entry.timeout - 10 && kept.timeout <= entry.timeout)
                #expect(try table.entry(entry.reply) == kept)
            }
            #expect(Set(try table.entries().map(\.original)) == Set(Sample.all.map(\.original)))
        }
    }

    @Test func anEntryThatMovesTwiceIsTheSame() async throws {
        try await PrivateNetwork.run { _ in
            let table = try NetlinkSocket()
            try table.insert(Sample.web())
            let once = try #require(try table.entry(Sample.web().reply))
            try table.remove(once.original)
            try table.insert(once)
            #expect(try table.entry(once.original)?.comparable == once.comparable)
        }
    }

    @Test func whatIsThereIsNotReplaced() async throws {
        try await PrivateNetwork.run { _ in
            let table = try NetlinkSocket()
            try table.insert(Sample.web())
            #expect(throws: TableError.exists) { try table.insert(Sample.web()) }
            var other = Sample.web(port: 40_415)
            other.reply = Sample.web().reply
            #expect(throws: TableError.exists) { try table.insert(other) }
        }
    }

    @Test func whatIsForgottenIsGone() async throws {
        try await PrivateNetwork.run { _ in
            let table = try NetlinkSocket()
            try table.insert(Sample.web())
            try table.remove(Sample.web().reply)
            #expect(try table.entry(Sample.web().original) == nil)
            try table.remove(Sample.web().original)
        }
    }

    @Test func thousandsOfEntriesAreListed() async throws {
        try await PrivateNetwork.run { _ in
            let table = try NetlinkSocket()
            for port in 30_000..<UInt16(33_000) { try table.insert(Sample.web(port: port)) }
            #expect(try table.entries().count == 3_000)
        }
    }
}
