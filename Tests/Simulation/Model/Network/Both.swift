import HandoverEngine

/// A value for each direction.
struct Both<Value> {
    var forward: Value
    var reverse: Value

    init(_ value: Value) {
        forward = value
        reverse = value
    }

    subscript(direction: Direction) -> Value {
        get { direction == .forward ? forward : reverse }
        set {
            if direction == .forward { forward = newValue } else { reverse = newValue }
        }
    }
}

extension Both: Equatable where Value: Equatable {}

extension Direction {
    /// The index of the interface where frames of the direction come in.
    var pair: Int { Int(rawValue) }

    init(pair: Int) { self = pair == 0 ? .forward : .reverse }
}
