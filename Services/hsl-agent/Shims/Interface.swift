import CLinux
import Frames
import Glibc

/// The settings of a network interface that a shim reads and changes; `url` names it in errors.
struct Interface {
    let name: String
    let url: ShimURL

    init(_ url: ShimURL) {
        name = url.target
        self.url = url
    }

    func index() throws(ShimError) -> CInt { try checked(clinux_interface_index(name), "its index cannot be read") }
    func mtu() throws(ShimError) -> Int { Int(try checked(clinux_interface_mtu(name), "its MTU cannot be read")) }

    func address() throws(ShimError) -> MACAddress {
        var octets: [UInt8] = Array(repeating: 0, count: 6)
        try checked(clinux_interface_get_mac(name, &octets), "its address cannot be read")
        return MACAddress(bits: octets.reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// Throws unless the interface is there and up.
    func requireUp() throws(ShimError) {
        let flags = try checked(clinux_interface_flags(name), "its flags cannot be read")
        guard flags & CInt(IFF_UP) != 0 else {
            throw ShimError(url.text, "the interface is down", remedy: "bring it up: ip link set \(name) up")
        }
    }

    /// Throws what `result`, a negated errno if negative, means for this interface.
    @discardableResult
    func checked(_ result: CInt, _ failure: String) throws(ShimError) -> CInt {
        guard result < 0 else { return result }
        switch -result {
        case ENODEV, ENXIO:
            throw ShimError(url.text, "there is no interface \(name)", remedy: "ip link lists those that exist")
        case EPERM, EACCES:
            throw ShimError(url.text, "not permitted: \(failure)", remedy: "run as root, or with CAP_NET_RAW and CAP_NET_ADMIN")
        default:
            throw ShimError(url.text, "\(failure): \(errorText(-result))", remedy: "ip -details link show \(name) tells its settings")
        }
    }
}

/// What the C library calls an errno.
func errorText(_ reason: CInt) -> String { String(cString: strerror(reason)) }
