import Wire

/// What a flow entry does with the packets it matches (OpenFlow 1.3.5, Section 7.2.4).
public enum Instruction: Hashable, Sendable {
    /// Goes on with a later table.
    case gotoTable(UInt8)
    /// Writes bits of the metadata register.
    case writeMetadata(MaskedMetadata)
    /// Adds actions to those done when the pipeline ends.
    case writeActions([Action])
    /// Does actions at once.
    case applyActions([Action])
    /// Forgets the actions to be done when the pipeline ends.
    case clearActions
    /// Passes the packet through a meter, which may drop it.
    case meter(UInt32)
    /// An instruction that is not modelled, with the bytes behind its length.
    case other(type: UInt16, body: [UInt8])
}

private enum InstructionType {
    static let gotoTable: UInt16 = 1
    static let writeMetadata: UInt16 = 2
    static let writeActions: UInt16 = 3
    static let applyActions: UInt16 = 4
    static let clearActions: UInt16 = 5
    static let meter: UInt16 = 6
}

extension Instruction {
    /// Reads instructions until the element ends.
    static func list(_ reader: inout MessageReader) throws(OpenFlowError) -> [Instruction] {
        var instructions: [Instruction] = []
        while reader.remaining > 0 {
            let type: UInt16 = try reader.next()
            let length = Int(try reader.next(UInt16.self))
            guard length >= 8, length % 8 == 0 else { throw .length(.instruction, length) }
            var body = try reader.part(length - 4, of: .instruction)
            instructions.append(try Instruction(type, &body))
            try body.finish()
        }
        return instructions
    }

    private init(_ type: UInt16, _ body: inout MessageReader) throws(OpenFlowError) {
        switch type {
        case InstructionType.gotoTable:
            self = .gotoTable(try body.next())
            try body.skip(3)
        case InstructionType.writeMetadata:
            try body.skip(4)
            self = .writeMetadata(MaskedMetadata(value: try body.next(), mask: try body.next()))
        case InstructionType.writeActions:
            try body.skip(4)
            self = .writeActions(try Action.list(&body))
        case InstructionType.applyActions:
            try body.skip(4)
            self = .applyActions(try Action.list(&body))
        case InstructionType.clearActions:
            try body.skip(4)
            self = .clearActions
        case InstructionType.meter:
            self = .meter(try body.next())
        default:
            self = .other(type: type, body: body.rest())
        }
    }

    func encode(into writer: inout ByteWriter) {
        let start = writer.count
        writer.write(type)
        writer.write(UInt16(0))
        switch self {
        case .gotoTable(let table): writer.write(table)
        case .writeMetadata(let metadata):
            writer.pad(4)
            writer.write(metadata.value)
            writer.write(metadata.mask)
        case .writeActions(let actions), .applyActions(let actions):
            writer.pad(4)
            for action in actions { action.encode(into: &writer) }
        case .clearActions: writer.pad(4)
        case .meter(let meter): writer.write(meter)
        case .other(_, let body): writer.write(body)
        }
        writer.pad(from: start, to: 8)
        writer.patch(UInt16(truncatingIfNeeded: writer.count - start), at: start + 2)
    }

    private var type: UInt16 {
        switch self {
        case .gotoTable: InstructionType.gotoTable
        case .writeMetadata: InstructionType.writeMetadata
        case .writeActions: InstructionType.writeActions
        case .applyActions: InstructionType.applyActions
        case .clearActions: InstructionType.clearActions
        case .meter: InstructionType.meter
        case .other(let type, _): type
        }
    }
}
