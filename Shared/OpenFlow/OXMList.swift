import Frames
import Wire

/// A match as a bare list of OXM fields (OpenFlow 1.3.5, Section 7.2.3.2), for those who carry one outside of an OpenFlow message.
extension FlowMatch {
    /// The fields in the order of their numbers; empty for the match that covers every flow.
    public var oxmList: [UInt8] {
        var writer = ByteWriter()
        Match(flows: self).encodeList(into: &writer)
        return writer.bytes
    }

    /// Reads a list of fields, which has to be of flows only: every field is one of ``FlowMatch/Fields``, and they go together.
    public init(oxmList: RawSpan) throws(OXMListError) {
        var match = Match()
        var reader = MessageReader(oxmList, of: .match)
        do { try match.take(&reader) } catch { throw .unreadable(error) }
        guard match.inPort == nil, match.metadata == nil, match.others.isEmpty else { throw .notOfFlows }
        do { try self.init(match.fields) } catch { throw .contradictory(error) }
    }
}

/// Why a list of OXM fields is not a match of flows.
public enum OXMListError: Error, Hashable, Sendable {
    /// It is no such list.
    case unreadable(OpenFlowError)
    /// It names a field that says nothing about flows, or one that is not modelled.
    case notOfFlows
    /// Its fields do not go together.
    case contradictory(FlowMatch.Problem)
}
