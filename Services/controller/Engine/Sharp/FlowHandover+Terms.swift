import ControlFrames

extension FlowHandover {
    /// What a handover is agreed on at its beginning. It never changes, so that copies of a handover share it.
    final class Terms: Sendable {
        let id: HandoverID
        let kind: Plan.Kind
        let redirection: Plan.Redirection
        let source: VNF
        let destination: VNF
        let configuration: Configuration

        init(
            id: HandoverID, kind: Plan.Kind, redirection: Plan.Redirection, from source: VNF, to destination: VNF,
            configuration: Configuration
        ) {
            (self.id, self.kind, self.redirection) = (id, kind, redirection)
            (self.source, self.destination) = (source, destination)
            self.configuration = configuration
        }
    }

    var id: HandoverID { terms.id }
    var kind: Plan.Kind { terms.kind }
    var redirection: Plan.Redirection { terms.redirection }
    var source: VNF { terms.source }
    var destination: VNF { terms.destination }
    var configuration: Configuration { terms.configuration }
}
