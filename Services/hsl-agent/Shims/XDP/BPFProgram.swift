/// An eBPF program in the making (kernel documentation, bpf/standardization/instruction-set): instructions of 64 bits, with labels to
/// jump to.
///
/// The programs here are a few dozen instructions long: written so, they need neither a compiler for BPF nor an object file beside the
/// agent.
struct BPFProgram {
    /// r0 holds results, r1 to r5 arguments, which a call destroys; r6 to r9 last; r10 points behind the stack.
    enum Register: UInt64 {
        case r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10
    }

    /// How many bytes are loaded or stored (BPF_B, BPF_H, BPF_W, BPF_DW).
    enum Width: UInt64 {
        case byte = 0x10
        case half = 0x08
        case word = 0x00
        case double = 0x18
    }

    /// When a jump is taken, of unsigned numbers (BPF_JEQ and the like).
    enum Comparison: UInt64 {
        case equal = 0x10
        case greater = 0x20
        case notEqual = 0x50
    }

    /// Functions of the kernel (enum bpf_func_id).
    enum Helper: Int32 {
        case mapLookup = 1
        case redirect = 23
        case redirectMap = 51
    }

    /// A place in the program.
    struct Label: Hashable {
        fileprivate let number: Int
    }

    private var instructions: [UInt64] = []
    private var labels: [Label: Int] = [:]
    private var jumps: [(at: Int, to: Label)] = []
    private var labelsMade = 0

    /// A label that is placed later, or was.
    mutating func makeLabel() -> Label {
        defer { labelsMade += 1 }
        return Label(number: labelsMade)
    }

    /// Puts a label before the next instruction.
    mutating func place(_ label: Label) { labels[label] = instructions.count }

    mutating func move(_ to: Register, _ from: Register) { emit(0xBF, to, from) }
    mutating func move(_ to: Register, _ value: Int32) { emit(0xB7, to, value: value) }
    mutating func add(_ to: Register, _ value: Int32) { emit(0x07, to, value: value) }
    mutating func add(_ to: Register, _ from: Register) { emit(0x0F, to, from) }
    mutating func subtract(_ to: Register, _ from: Register) { emit(0x1F, to, from) }

    /// Loads from `from` and an offset in bytes.
    mutating func load(_ to: Register, _ width: Width, _ from: Register, _ offset: Int16) { emit(0x61 | width.rawValue, to, from, offset) }

    /// Stores a number at `to` and an offset in bytes.
    mutating func store(_ width: Width, _ to: Register, _ offset: Int16, _ value: Int32) {
        emit(0x62 | width.rawValue, to, .r0, offset, value: value)
    }

    /// Adds to the eight bytes at `to` and an offset, at once for all processors (BPF_ATOMIC, BPF_ADD).
    mutating func addAtomically(_ to: Register, _ offset: Int16, _ from: Register) { emit(0xDB, to, from, offset) }

    /// Jumps forwards if a comparison holds; without one, always.
    mutating func jump(to label: Label) { jump(0x05, .r0, .r0, label) }
    mutating func jump(to label: Label, if left: Register, _ comparison: Comparison, _ right: Register) {
        jump(0x0D | comparison.rawValue, left, right, label)
    }
    mutating func jump(to label: Label, if left: Register, _ comparison: Comparison, _ right: Int32) {
        jump(0x05 | comparison.rawValue, left, .r0, label, value: right)
    }

    /// Loads the address of a map, given as its descriptor (BPF_PSEUDO_MAP_FD).
    mutating func load(_ to: Register, map descriptor: CInt) {
        emit(0x18, to, .r1, value: descriptor)
        instructions.append(0)
    }

    mutating func call(_ helper: Helper) { emit(0x85, .r0, value: helper.rawValue) }
    mutating func exit() { emit(0x95, .r0) }

    /// The finished program.
    ///
    /// - Precondition: every label that is jumped to was placed.
    func assembled() -> [UInt64] {
        var finished = instructions
        for jump in jumps {
            guard let target = labels[jump.to] else { preconditionFailure("a label was not placed") }
            finished[jump.at] |= UInt64(UInt16(bitPattern: Int16(target - jump.at - 1))) << 16
        }
        return finished
    }

    private mutating func jump(_ code: UInt64, _ left: Register, _ right: Register, _ label: Label, value: Int32 = 0) {
        jumps.append((instructions.count, label))
        emit(code, left, right, value: value)
    }

    private mutating func emit(_ code: UInt64, _ to: Register, _ from: Register = .r0, _ offset: Int16 = 0, value: Int32 = 0) {
        let registers = to.rawValue << 8 | from.rawValue << 12
        instructions.append(code | registers | UInt64(UInt16(bitPattern: offset)) << 16 | UInt64(UInt32(bitPattern: value)) << 32)
    }
}
