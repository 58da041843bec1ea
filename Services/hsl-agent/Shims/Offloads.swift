import CLinux
import Glibc

/// Work that an interface leaves to hardware, and that hides from a forwarder: frames come with unfinished checksums, or as
/// segments larger than any frame.
private let offloads: [(name: String, get: CInt, set: CInt)] = [
    ("tx", ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM),
    ("tso", ETHTOOL_GTSO, ETHTOOL_STSO),
    ("gso", ETHTOOL_GGSO, ETHTOOL_SGSO),
    ("gro", ETHTOOL_GGRO, ETHTOOL_SGRO),
]

extension Interface {
    /// Switches off every offload that is on; returns ethtool's names of them.
    ///
    /// - Throws: ``ShimError`` when one stays on: TCP through this interface would be dead.
    func switchOffloadsOff() throws(ShimError) -> [String] {
        var switchedOff: [String] = []
        for offload in offloads where isOn(offload.get) {
            let result = clinux_ethtool_set(name, UInt32(offload.set), 0)
            if isOn(offload.get) {
                if result == -EPERM { try checked(result, "\(offload.name) offload cannot be switched off") }
                let reason = result < 0 ? errorText(-result) : "the driver keeps it on"
                throw ShimError(
                    url.text, "\(offload.name) offload cannot be switched off (\(reason))",
                    remedy: "switch it off yourself: ethtool -K \(name) \(offload.name) off")
            }
            switchedOff.append(offload.name)
        }
        if try switchLargeReceiveOff() { switchedOff.append("lro") }
        return switchedOff
    }

    /// Large receive offload is a bit among others, with no command of its own.
    private func switchLargeReceiveOff() throws(ShimError) -> Bool {
        var flags: UInt32 = 0
        let lro = UInt32(ETH_FLAG_LRO.rawValue)
        guard clinux_ethtool_get(name, UInt32(ETHTOOL_GFLAGS), &flags) == 0, flags & lro != 0 else { return false }
        let result = clinux_ethtool_set(name, UInt32(ETHTOOL_SFLAGS), flags & ~lro)
        guard result < 0 else { return true }
        throw ShimError(
            url.text, "lro offload cannot be switched off (\(errorText(-result)))",
            remedy: "switch it off yourself: ethtool -K \(name) lro off")
    }

    /// Whether an offload is on; one that the driver does not know is off.
    private func isOn(_ command: CInt) -> Bool {
        var value: UInt32 = 0
        return clinux_ethtool_get(name, UInt32(command), &value) == 0 && value != 0
    }
}
