import ConntrackKit
import Frames
import Testing

@Suite struct AdapterTests {
    private typealias TestAdapter = Adapter<ModelTable>

    private let flow = Subject.flow(Sample.web().original.flow)
    private let everything = Subject.match(.any)

    /// A source and a destination, and all that one asks the other.
    private struct Pair {
        let sourceTable: ModelTable
        let destinationTable = ModelTable()
        var source: TestAdapter
        var destination: TestAdapter

        init(_ entries: [ConntrackEntry], limit: Int = 100) {
            sourceTable = ModelTable(entries)
            source = Adapter(sourceTable, limit: limit)
            destination = Adapter(destinationTable)
        }

        /// Everything up to the destination's last word.
        mutating func move(_ subject: Subject) -> TestAdapter.Action? {
            _ = source.handle(.start(handover: 7, role: .source, subject))
            _ = destination.handle(.start(handover: 7, role: .destination, subject))
            _ = destination.handle(.transfer(handover: 7, subject, peerAddress: "10.9.0.1:7000"))
            return source.answer(.fetch(handover: 7)).flatMap { destination.install($0) }.last
        }

        mutating func end(isCompleted: Bool) {
            #expect(source.handle(.end(handover: 7, isCompleted: isCompleted)).isEmpty)
            #expect(destination.handle(.end(handover: 7, isCompleted: isCompleted)).isEmpty)
        }
    }

    @Test func theSourceNamesATranslatedMirrorBeforeItIsReady() {
        var adapter = Adapter(ModelTable([Sample.web()]))
        #expect(
            adapter.handle(.start(handover: 7, role: .source, flow))
                == [.say(.mirror(handover: 7, Sample.web().reply.flow)), .say(.ready(handover: 7))])
    }

    @Test func aFlowThatTheServerSideSeesFirstHasTheClientSidesMirror() {
        var adapter = Adapter(ModelTable([Sample.web()]))
        #expect(
            adapter.handle(.start(handover: 7, role: .source, .flow(Sample.web().reply.flow))).first
                == .say(.mirror(handover: 7, Sample.web().original.flow)))
    }

    @Test func whatIsNotTranslatedHasNoMirrorToName() {
        var adapter = Adapter(ModelTable([Sample.plain]))
        let ready: [TestAdapter.Action] = [.say(.ready(handover: 7))]
        #expect(adapter.handle(.start(handover: 7, role: .source, .flow(Sample.plain.original.flow))) == ready)
        #expect(adapter.handle(.start(handover: 7, role: .source, flow)) == ready)
        #expect(adapter.handle(.start(handover: 7, role: .source, everything)) == ready)
    }

    @Test func aFlowsConnectionMovesAndIsGoneFromItsSource() {
        var pair = Pair([Sample.web(), Sample.web(port: 40_000)])
        #expect(pair.move(flow) == .say(.stateReady(handover: 7)))
        #expect(pair.destinationTable.all == [Sample.web()])
        #expect(pair.sourceTable.all.count == 2)
        pair.end(isCompleted: true)
        #expect(pair.destinationTable.all == [Sample.web()])
        #expect(pair.sourceTable.all == [Sample.web(port: 40_000)])
    }

    @Test func aMatchMovesAllThatItCovers() {
        var pair = Pair(Sample.all)
        #expect(pair.move(everything) == .say(.stateReady(handover: 7)))
        pair.end(isCompleted: true)
        #expect(Set(pair.destinationTable.all) == Set(Sample.all))
        #expect(pair.sourceTable.all.isEmpty)
    }

    @Test func anAbortedHandoverLeavesTheConnectionAtItsSource() {
        var pair = Pair([Sample.web()])
        _ = pair.move(flow)
        pair.end(isCompleted: false)
        #expect(pair.destinationTable.all.isEmpty)
        #expect(pair.sourceTable.all == [Sample.web()])
    }

    @Test func aFlowWithoutAnEntryMovesWithoutState() {
        var pair = Pair([])
        #expect(pair.move(flow) == .say(.stateReady(handover: 7)))
    }

    @Test func anEntryOfBeforeGivesWay() {
        var pair = Pair([Sample.web()])
        var old = Sample.web()
        old.timeout = 3
        pair.destinationTable.all = [old]
        #expect(pair.move(flow) == .say(.stateReady(handover: 7)))
        #expect(pair.destinationTable.all == [Sample.web()])
    }

    @Test func aTranslatedPortThatIsTakenFailsTheTransfer() {
        var pair = Pair([Sample.plain, Sample.web()])
        var other = Sample.web(port: 30_000)
        other.reply = Sample.web().reply
        pair.destinationTable.all = [other]
        guard case .say(.stateFailed(7, _)) = pair.move(everything) else {
            Issue.record("the transfer did not fail")
            return
        }
        #expect(pair.destinationTable.all == [other])
    }

    @Test func aPeerIsToldOnlyOfHandoversThatLeaveHere() {
        var adapter = Adapter(ModelTable([Sample.web()]))
        let refusal: [PeerReply] = [.refused(handover: 7, reason: "no such handover leaves here")]
        #expect(adapter.answer(.fetch(handover: 7)) == refusal)
        _ = adapter.handle(.start(handover: 7, role: .destination, flow))
        #expect(adapter.answer(.fetch(handover: 7)) == refusal)
        _ = adapter.handle(.start(handover: 7, role: .source, flow))
        #expect(adapter.answer(.fetch(handover: 7)).count == 2)
        _ = adapter.handle(.end(handover: 7, isCompleted: false))
        #expect(adapter.answer(.fetch(handover: 7)) == refusal)
    }

    @Test func aPeerCannotPlantWhatDoesNotMove() {
        let table = ModelTable()
        var adapter = Adapter(table)
        #expect(adapter.install(.entry(handover: 7, Sample.web())).isEmpty)
        _ = adapter.handle(.transfer(handover: 7, flow, peerAddress: "x"))
        guard case .say(.stateFailed(7, _)) = adapter.install(.entry(handover: 7, Sample.plain)).last else {
            Issue.record("the entry was not refused")
            return
        }
        #expect(table.all.isEmpty)
        #expect(adapter.install(.entry(handover: 7, Sample.web())).isEmpty)
        #expect(table.all.isEmpty)
    }

    @Test func aPeerThatLosesCountOrGoesAwayFailsTheTransfer() {
        let table = ModelTable()
        for last: (inout TestAdapter) -> [TestAdapter.Action] in [
            { $0.install(.complete(handover: 7, entries: 2)) }, { $0.install(.refused(handover: 7, reason: "no")) },
            { $0.peerFailed(7, "gone") },
        ] {
            var adapter = Adapter(table)
            _ = adapter.handle(.transfer(handover: 7, flow, peerAddress: "x"))
            #expect(adapter.install(.entry(handover: 7, Sample.web())).isEmpty)
            guard case .say(.stateFailed(7, _)) = last(&adapter).last else {
                Issue.record("the transfer did not fail")
                continue
            }
            #expect(table.all.isEmpty)
        }
    }

    @Test func whatCannotMoveIsRefusedBeforeAnythingMoves() {
        var helped = Sample.web()
        helped.hasHelper = true
        for (entries, limit) in [([helped], 100), (Sample.all, 2)] {
            var pair = Pair(entries, limit: limit)
            guard case .say(.stateFailed(7, _)) = pair.move(everything) else {
                Issue.record("the transfer did not fail")
                continue
            }
            #expect(pair.destinationTable.all.isEmpty)
        }
    }

    @Test func aPeerWithoutAnAddressCannotBeAsked() {
        var adapter = Adapter(ModelTable())
        guard case .say(.stateFailed(7, _)) = adapter.handle(.transfer(handover: 7, flow, peerAddress: nil)).last else {
            Issue.record("the transfer did not fail")
            return
        }
    }

    @Test func aHandoverToItselfLosesNothing() {
        let table = ModelTable([Sample.web()])
        var adapter = Adapter(table)
        _ = adapter.handle(.start(handover: 7, role: .source, flow))
        _ = adapter.handle(.end(handover: 7, isCompleted: true))
        #expect(table.all == [Sample.web()])
    }
}

/// A connection table that refuses what the kernel's would.
private final class ModelTable: ConntrackTable {
    var all: [ConntrackEntry]

    init(_ entries: [ConntrackEntry] = []) {
        all = entries
    }

    func entry(_ tuple: ConntrackTuple) -> ConntrackEntry? { all.first { $0.original == tuple || $0.reply == tuple } }
    func entries() -> [ConntrackEntry] { all }

    func insert(_ entry: ConntrackEntry) throws(TableError) {
        guard self.entry(entry.original) == nil, self.entry(entry.reply) == nil else { throw .exists }
        all.append(entry)
    }

    func remove(_ tuple: ConntrackTuple) {
        all.removeAll { $0.original == tuple || $0.reply == tuple }
    }
}
