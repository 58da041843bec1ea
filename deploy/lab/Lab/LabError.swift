/// Why the lab cannot go on, in one line: the thing, the reason, the way out.
package struct LabError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line.
    package let description: String

    /// A reason in one line.
    package init(_ description: String) {
        self.description = description
    }
}
