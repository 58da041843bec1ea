/// What the kernel and its tools say of connections, taken apart.
package enum KernelTables {
    /// Counters of `/proc/net/snmp` and `/proc/net/netstat`: a line of names, then a line of numbers, with the same first word.
    package static func counters(_ text: String) -> [String: Int] {
        var counters: [String: Int] = [:]
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        for (names, values) in zip(lines, lines.dropFirst()) where names.first == values.first {
            for (name, value) in zip(names, values).dropFirst() {
                if let number = Int(value) { counters[String(names[0]) + name] = number }
            }
        }
        return counters
    }

    /// The first source port of each line of `conntrack -L` whose connection was answered and is not over.
    package static func answeredPorts(_ text: String) -> Set<Int> {
        let lines = text.split(separator: "\n").filter { !$0.contains("[UNREPLIED]") && !$0.contains("TIME_WAIT") }
        return Set(
            lines.compactMap { line in
                line.split(separator: " ").first { $0.hasPrefix("sport=") }.flatMap { Int($0.dropFirst("sport=".count)) }
            })
    }
}
