import CLinux
import Frames

/// The two programs of an interface's fast path, which share its ``FastPathRecord``.
enum FastPathPrograms {
    private typealias Offset = FastPathRecord.Offset

    /// The packet socket's filter: counts every frame, and takes it whole.
    static func filter(_ map: CInt) -> [UInt64] {
        var program = BPFProgram()
        let out = program.makeLabel()
        lookUp(map, in: &program, otherwise: out)
        program.move(.r1, 1)
        program.addAtomically(.r0, Offset.handed, .r1)
        program.place(out)
        program.move(.r0, -1)
        program.exit()
        return program.assembled()
    }

    /// The XDP program: sends frames out of the interface with index `peer`; leaves control frames, and all while the record says so, to
    /// the packet socket.
    static func redirect(_ map: CInt, to peer: CInt) -> [UInt64] {
        var program = BPFProgram()
        let toAgent = program.makeLabel()
        program.move(.r6, .r1)
        lookUp(map, in: &program, otherwise: toAgent)
        program.move(.r9, .r0)
        // struct xdp_md.data and data_end
        program.load(.r7, .word, .r6, 0)
        program.load(.r8, .word, .r6, 4)
        loadType(in: &program, orElse: toAgent)
        for _ in 0..<2 {
            let untagged = program.makeLabel()
            let tagged = program.makeLabel()
            program.jump(to: tagged, if: .r2, .equal, inPacket(EtherType.vlan))
            program.jump(to: untagged, if: .r2, .notEqual, inPacket(EtherType.serviceVLAN))
            program.place(tagged)
            program.add(.r7, 4)
            loadType(in: &program, orElse: toAgent)
            program.place(untagged)
        }
        // A control frame, or what may be one behind more tags.
        for type in [EtherType.sharp, EtherType.vlan, EtherType.serviceVLAN] { program.jump(to: toAgent, if: .r2, .equal, inPacket(type)) }
        program.load(.r1, .double, .r9, Offset.handed)
        program.load(.r2, .double, .r9, Offset.settled)
        program.jump(to: toAgent, if: .r1, .notEqual, .r2)
        program.move(.r1, 1)
        program.addAtomically(.r9, Offset.bypassedFrames, .r1)
        program.load(.r7, .word, .r6, 0)
        program.subtract(.r8, .r7)
        program.addAtomically(.r9, Offset.bypassedBytes, .r8)
        program.move(.r1, peer)
        program.move(.r2, 0)
        program.call(.redirect)
        program.exit()
        program.place(toAgent)
        program.move(.r0, Int32(XDP_PASS.rawValue))
        program.exit()
        return program.assembled()
    }

    /// r0 = the map's entry.
    private static func lookUp(_ map: CInt, in program: inout BPFProgram, otherwise label: BPFProgram.Label) {
        program.store(.word, .r10, -4, 0)
        program.move(.r2, .r10)
        program.add(.r2, -4)
        program.load(.r1, map: map)
        program.call(.mapLookup)
        program.jump(to: label, if: .r0, .equal, 0)
    }

    /// r2 = the EtherType of the header at r7, which has to end before r8.
    private static func loadType(in program: inout BPFProgram, orElse label: BPFProgram.Label) {
        program.move(.r1, .r7)
        program.add(.r1, 14)
        program.jump(to: label, if: .r1, .greater, .r8)
        program.load(.r2, .half, .r7, 12)
    }

    /// A number of 16 bits as it is loaded from a packet.
    private static func inPacket(_ number: UInt16) -> Int32 { Int32(number.bigEndian) }
}
