import CLinux
import Glibc

/// A map of the kernel's with numbered entries, gone when nobody has it any more.
struct BPFMap: ~Copyable {
    let descriptor: CInt

    /// Makes a map; throws the errno where the kernel refuses.
    init(_ type: bpf_map_type, valueSize: Int, entries: Int = 1, flags: Int = 0) throws(BPFFailure) {
        descriptor = try BPFFailure.check(
            clinux_bpf_create_map(type.rawValue, UInt32(valueSize), UInt32(entries), UInt32(flags)), "a BPF map cannot be made")
    }

    deinit {
        close(descriptor)
    }

    /// Puts a descriptor into an entry.
    func set(_ key: Int, to value: CInt) throws(BPFFailure) {
        _ = try BPFFailure.check(clinux_bpf_set_descriptor(descriptor, UInt32(key), value), "a BPF map cannot be filled")
    }
}

/// An XDP program on an interface, detached when it goes; also when the process dies.
struct XDPAttachment: ~Copyable {
    private let link: CInt

    /// Loads a program and attaches it, in the kernel's generic mode, which every interface has, or in the driver's.
    init(_ program: [UInt64], to index: CInt, native: Bool) throws(BPFFailure) {
        let loaded = try loadBPF(BPF_PROG_TYPE_XDP, program)
        // The attachment keeps the program.
        defer { close(loaded) }
        let mode = native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE
        link = try BPFFailure.check(
            clinux_bpf_attach_xdp(loaded, index, UInt32(mode)), "the XDP program cannot be attached")
    }

    deinit {
        close(link)
    }
}

/// Loads a program; returns its descriptor, which is the caller's to close.
func loadBPF(_ type: bpf_prog_type, _ program: [UInt64]) throws(BPFFailure) -> CInt {
    try BPFFailure.check(clinux_bpf_load(type.rawValue, program, UInt32(program.count)), "the kernel does not load the BPF program")
}

/// What the kernel refused, and its errno.
struct BPFFailure: Error {
    let what: String
    let reason: CInt

    /// The result, unless it is a negated errno.
    static func check(_ result: CInt, _ what: String) throws(BPFFailure) -> CInt {
        guard result >= 0 else { throw BPFFailure(what: what, reason: -result) }
        return result
    }

    /// The failure as one of a port; `alternative` is what works where the kernel refuses.
    func ofPort(_ url: ShimURL, alternative: String) -> ShimError {
        switch reason {
        case EBUSY, EEXIST:
            ShimError(url.text, "another XDP program is on it", remedy: "end who put it there, or: ip link set \(url.target) xdp off")
        case EPERM, EACCES:
            ShimError(
                url.text, "not permitted: \(what)", remedy: "run as root, or with CAP_BPF, CAP_PERFMON, CAP_NET_RAW and CAP_NET_ADMIN")
        case EOPNOTSUPP, ENOSYS, EINVAL:
            ShimError(url.text, "\(what): \(errorText(reason))", remedy: "use Linux 5.9 or later with BPF, or \(alternative)")
        default: ShimError(url.text, "\(what): \(errorText(reason))", remedy: alternative)
        }
    }
}
