/// Names as Prometheus wants them (data model of the text format 0.0.4).
public enum MetricName {
    /// Whether `name` may be a metric's name.
    public static func isValid(_ name: String) -> Bool {
        isWord(name, also: ":")
    }

    /// Whether `name` may be a label's name; those that begin with two underscores are Prometheus's own.
    public static func isValidLabel(_ name: String) -> Bool {
        isWord(name, also: "_") && !name.hasPrefix("__")
    }

    /// A valid name near `label`, with the ending that its kind asks for: `http.requests` becomes `http_requests_total`.
    static func sanitised(_ label: String, ending: String) -> String {
        var name = String(label.unicodeScalars.map { isWordScalar($0) || $0 == ":" ? Character($0) : "_" })
        if let first = name.unicodeScalars.first, !("0"..."9").contains(first) {} else { name = "_" + name }
        return name.hasSuffix(ending) ? name : name + ending
    }

    private static func isWord(_ name: String, also other: Unicode.Scalar) -> Bool {
        guard let first = name.unicodeScalars.first, !("0"..."9").contains(first) else { return false }
        return name.unicodeScalars.allSatisfy { isWordScalar($0) || $0 == other }
    }

    private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
    }
}
