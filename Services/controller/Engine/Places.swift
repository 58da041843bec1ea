import Frames
import OpenFlow

/// Where instances' interfaces are, both ways: asked about for every control frame, and rarely changed.
struct Places: Sendable {
    /// An interface of an instance: the one where a direction's packets enter.
    struct Interface: Hashable, Comparable, Sendable {
        /// The index of the instance's group.
        let group: UInt32
        let direction: Direction
        let vnf: VNFID

        static func < (left: Interface, right: Interface) -> Bool {
            (left.group, left.direction, left.vnf) < (right.group, right.direction, right.vnf)
        }
    }

    private struct Port: Hashable {
        let datapath: DatapathID
        let number: UInt32
    }

    private struct Target: Hashable {
        let vnf: VNFID
        let direction: Direction
    }

    private var interfaces: [Port: Interface] = [:]
    private var ways: [Target: Way] = [:]

    func interface(at datapath: DatapathID, _ port: UInt32) -> Interface? { interfaces[Port(datapath: datapath, number: port)] }

    func way(to vnf: VNFID, _ direction: Direction) -> Way? { ways[Target(vnf: vnf, direction: direction)] }

    /// An interface is there. Of several that were registered at one port, the first counts.
    mutating func put(_ endpoint: Endpoint, _ interface: Interface) {
        ways[Target(vnf: interface.vnf, direction: interface.direction)] = Way(
            datapath: endpoint.datapath, actions: [.output(endpoint.port)], address: endpoint.address)
        let port = Port(datapath: endpoint.datapath, number: endpoint.port)
        interfaces[port] = min(interfaces[port] ?? interface, interface)
    }

    /// A switch is away, or its ports have changed.
    mutating func forget(_ datapath: DatapathID) {
        interfaces = interfaces.filter { $0.key.datapath != datapath }
        ways = ways.filter { $0.value.datapath != datapath }
    }
}
