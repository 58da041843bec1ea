import Frames
import OpenFlow
import Wire

/// The numbers of ``SeenAck/Verdict``.
private enum VerdictNumber: UInt8 {
    case wait, yours, joins
}

extension ByteWriter {
    mutating func write(_ subject: Start.Subject) {
        switch subject {
        case .flow(let flow): write(flow)
        case .match(let match): write(match)
        }
    }

    /// Appends the TLVs of an ARM.
    mutating func write(_ arm: Arm) {
        write(.vnfTo, arm.vnf)
        write(arm.match)
        for owner in arm.owners { write(.owner, [owner.isOwned ? 1 : 0] + owner.match.oxmList) }
        write(.ownsRest, UInt8(arm.ownsRest ? 1 : 0))
    }

    /// Appends the TLVs of a SEEN_ACK.
    mutating func write(_ answer: SeenAck) {
        write(answer.flow)
        switch answer.verdict {
        case .wait: write(.verdict, VerdictNumber.wait.rawValue)
        case .yours: write(.verdict, VerdictNumber.yours.rawValue)
        case .joins(let handover):
            write(.verdict, VerdictNumber.joins.rawValue)
            write(.joinedHandover, handover.rawValue)
        }
    }

    private mutating func write(_ match: FlowMatch) {
        write(.match, match.oxmList)
    }
}

extension TLVReader {
    /// A flow where one is named, by its EtherType at the least.
    func flowIfNamed() throws(ControlFrameError) -> FlowKey? {
        has(.ethType) ? try flow() : nil
    }

    func subject() throws(ControlFrameError) -> Start.Subject {
        guard has(.match) else { return .flow(try flow()) }
        guard !has(.ethType) else { throw .badValue(TLVType.ethType.rawValue) }
        return .match(try match())
    }

    func arm() throws(ControlFrameError) -> Arm {
        var owners: [Arm.Owner] = []
        for value in everyValue(of: .owner) {
            guard let isOwned = value.first.flatMap(Self.truth) else { throw .badValue(TLVType.owner.rawValue) }
            owners.append(Arm.Owner(match: try Self.match(value.dropFirst(), of: .owner), isOwned: isOwned))
        }
        guard let ownsRest = Self.truth(try required(.ownsRest)) else { throw .badValue(TLVType.ownsRest.rawValue) }
        return Arm(vnf: try required(.vnfTo), match: try match(), owners: owners, ownsRest: ownsRest)
    }

    func seenAck() throws(ControlFrameError) -> SeenAck {
        guard let number = VerdictNumber(rawValue: try required(.verdict)) else { throw .badValue(TLVType.verdict.rawValue) }
        let verdict: SeenAck.Verdict =
            switch number {
            case .wait: .wait
            case .yours: .yours
            case .joins: .joins(HandoverID(rawValue: try required(.joinedHandover)))
            }
        return SeenAck(flow: try flow(), verdict: verdict)
    }

    private func match() throws(ControlFrameError) -> FlowMatch {
        try Self.match(try bytes(.match)[...], of: .match)
    }

    private static func match(_ list: ArraySlice<UInt8>, of type: TLVType) throws(ControlFrameError) -> FlowMatch {
        do { return try FlowMatch(oxmList: list.span.bytes) } catch { throw .badValue(type.rawValue) }
    }

    static func truth(_ number: UInt8) -> Bool? {
        number > 1 ? nil : number == 1
    }
}
