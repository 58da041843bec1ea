/// Keeps the account of what is held back, of one handover and of all.
struct Ledger: Sendable {
    /// What a held frame waits in.
    enum Buffer {
        case control, `switch`, stragglers
    }

    /// Whether one more frame may be held.
    enum Charge {
        case granted(nearLimit: Bool)
        case refused(DropReason)
    }

    private let limits: Limits
    private(set) var control = Amount.zero
    private(set) var `switch` = Amount.zero
    private(set) var stragglers = Amount.zero

    init(_ limits: Limits) {
        self.limits = limits
    }

    private var total: Amount { control + `switch` + stragglers }

    /// Accounts for a frame, unless a limit forbids it.
    mutating func charge(_ bytes: Int, as buffer: Buffer, to handover: inout Amount) -> Charge {
        let frame = Amount(packets: 1, bytes: bytes)
        let (one, all) = (handover + frame, total + frame)
        guard one.fits(in: limits.handover) else { return .refused(.handoverLimit) }
        guard all.fits(in: limits.total) else { return .refused(.totalLimit) }
        handover = one
        add(frame, to: buffer)
        return .granted(nearLimit: one.isNear(limits.handover) || all.isNear(limits.total))
    }

    /// Frees what `amount` took.
    mutating func refund(_ amount: Amount, as buffer: Buffer, to handover: inout Amount) {
        handover = handover - amount
        add(.zero - amount, to: buffer)
    }

    /// Accounts for frames that stay held, but in another buffer.
    mutating func move(_ amount: Amount, from old: Buffer, to new: Buffer) {
        add(.zero - amount, to: old)
        add(amount, to: new)
    }

    private mutating func add(_ amount: Amount, to buffer: Buffer) {
        switch buffer {
        case .control: control = control + amount
        case .switch: `switch` = `switch` + amount
        case .stragglers: stragglers = stragglers + amount
        }
    }
}

/// What became of a frame that was to be held back.
enum Keeping {
    case kept(nearLimit: Bool)
    case dropped(DropReason)
}
