/// OXM fields of OpenFlow 1.3 that no flow is selected by, with the reason: an error that names one helps more than "not known".
enum UnsupportedField: String, CaseIterable {
    case in_port, in_phy_port, metadata, tunnel_id
    case mpls_label, mpls_tc, mpls_bos
    case pbb_isid, ipv6_exthdr

    private var reason: String {
        switch self {
        case .in_port, .in_phy_port: "a flow's ports are those of its VNF group"
        case .metadata: "the controller marks packets with it"
        case .tunnel_id: "flows run between Ethernet ports, not in tunnels"
        case .mpls_label, .mpls_tc, .mpls_bos: "MPLS flows are told apart by Ethernet addresses; name eth_type 0x8847"
        case .pbb_isid, .ipv6_exthdr: "Open vSwitch cannot match it"
        }
    }

    /// Throws if the object here has such a field.
    static func refuse(in decoder: any Decoder) throws {
        let names = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        guard let field = names.compactMap(UnsupportedField.init).min(by: { $0.rawValue < $1.rawValue }) else { return }
        let path = decoder.codingPath + [AnyKey(stringValue: field.rawValue)]
        throw DecodingError.dataCorrupted(.init(codingPath: path, debugDescription: "is not supported: \(field.reason)"))
    }
}
