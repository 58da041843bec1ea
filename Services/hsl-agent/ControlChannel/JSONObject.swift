/// Writes a JSON object member by member, leaving out what is nil.
///
/// A handover waits for these lines: a general encoder takes some hundred microseconds for one.
struct JSONObject {
    private var members = ""

    /// The object so far.
    var text: String { "{" + members + "}" }

    mutating func add(_ name: String, _ value: (some FixedWidthInteger)?) {
        if let value { add(name, text: "\(value)") }
    }

    mutating func add(_ name: String, _ value: String?) {
        if let value { add(name, text: Self.quoted(value)) }
    }

    mutating func add(_ name: String, _ value: JSONObject?) {
        if let value { add(name, text: value.text) }
    }

    private mutating func add(_ name: String, text: String) {
        if !members.isEmpty { members += "," }
        members += "\"" + name + "\":" + text
    }

    /// A string as RFC 8259 wants it: quotation mark, backslash and control characters escaped.
    private static func quoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
