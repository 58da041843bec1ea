extension Northbound {
    /// Tells the controller of the lab's switches, its group, and its functions, of which the first is the default.
    func register(_ layout: Layout, _ programs: Programs) throws(LabError) {
        for bridge in layout.bridges { try put("/v1/switches", ["id": bridge.name, "datapathId": bridge.datapath]) }
        for bridge in layout.bridges {
            try programs.wait("switch \(bridge.name) is connected") { () throws(LabError) in try isConnected(switch: bridge.name) }
        }
        try put(
            "/v1/groups",
            ["id": "g1", "default": 1, "ingress": layout.side(of: layout.hosts[0]), "egress": layout.side(of: layout.hosts[1])])
        for function in layout.functions {
            let sides = layout.links.filter { $0.namespace == Layout.namespace(of: function) }.map { link in
                ["switch": link.bridge, "port": link.port, "mac": link.mac]
            }
            try put(
                "/v1/vnfs",
                ["id": function, "group": "g1", "ingress": sides[0], "egress": sides[1], "address": Layout.peerAddress(of: function)])
        }
    }
}
