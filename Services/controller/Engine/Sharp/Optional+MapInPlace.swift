extension Optional {
    /// Changes the value where it is, if there is one; nil if there is none.
    @discardableResult mutating func mapInPlace<Result>(_ change: (inout Wrapped) -> Result) -> Result? {
        guard var value = self else { return nil }
        defer { self = value }
        return change(&value)
    }
}
