import Foundation

/// The kernel's and the switch's drop counters, by where they are.
///
/// A run during which one of them moved lost packets that no part of the system can answer for.
package struct DropCounters: Hashable {
    private var bySource: [String: Int]

    /// Reads all counters of the lab.
    static func read(_ processes: Processes, _ openVSwitch: OpenVSwitch, _ layout: Layout) throws(LabError) -> DropCounters {
        var bySource = try openVSwitch.drops()
        for namespace in [nil] + layout.namespaces.map(Optional.some) {
            func inside(_ arguments: [String]) -> [String] { namespace.map { Network.inside($0, arguments) } ?? arguments }
            let place = namespace.map { " in \($0)" } ?? ""
            let shown = try processes.capture(inside(["ip", "-j", "-s", "link"])).text
            for (interface, drops) in Self.interfaces(shown, trunks: layout.trunks.flatMap { [$0.0.port, $0.1.port] }) {
                bySource["interface \(interface)\(place)", default: 0] += drops
            }
            let drops = Self.packetSockets(try processes.capture(inside(["ss", "-0nm"])).text)
            bySource["packet sockets\(place.isEmpty ? " of Open vSwitch" : place)", default: 0] += drops
        }
        let backlogs = (try? String(contentsOfFile: "/proc/net/softnet_stat", encoding: .utf8)) ?? ""
        bySource["processors' backlogs"] = Self.backlogs(backlogs)
        return DropCounters(bySource: bySource)
    }

    /// What was dropped since an earlier reading; only sources where something was.
    func since(_ earlier: DropCounters) -> [String: Int] {
        var difference: [String: Int] = [:]
        for (source, drops) in bySource {
            let more = drops - (earlier.bySource[source] ?? 0)
            // Less than before: a socket is gone with its counter.
            if more > 0 { difference[source] = more }
        }
        return difference
    }

    /// Whether a source lies with a function.
    static func lies(_ source: String, withFunction function: Int) -> Bool {
        source.hasSuffix(" in \(Layout.namespace(of: function))")
    }

    /// Drops and errors of each interface in the output of `ip -j -s link`.
    ///
    /// - Parameter trunks: interfaces where tagged frames come in. Open vSwitch's socket takes them; then the kernel counts those of
    ///   protocols that it does not know, control frames, as dropped. What the socket has no room for is counted there.
    package static func interfaces(_ json: String, trunks: [String] = []) -> [String: Int] {
        struct Interface: Decodable {
            struct Statistics: Decodable {
                struct Side: Decodable {
                    let errors: Int
                    let dropped: Int
                }
                let rx: Side
                let tx: Side
            }
            let ifname: String
            let stats64: Statistics?
        }
        let all = (try? JSONDecoder().decode([Interface].self, from: Data(json.utf8))) ?? []
        var drops: [String: Int] = [:]
        // Open vSwitch's own devices carry no traffic of ours: frames for nobody end there.
        for interface in all where !["lo", "ovs-netdev", "s1", "s2", "s3", "s4", "management"].contains(interface.ifname) {
            guard let stats = interface.stats64 else { continue }
            let received = stats.rx.errors + (trunks.contains(interface.ifname) ? 0 : stats.rx.dropped)
            drops[interface.ifname] = received + stats.tx.errors + stats.tx.dropped
        }
        return drops
    }

    /// The sum of drops in `/proc/net/softnet_stat`: the second number of each line, hexadecimal, counts frames for which a processor had no
    /// room to wait.
    package static func backlogs(_ text: String) -> Int {
        text.split(separator: "\n").reduce(0) { sum, line in
            let fields = line.split(separator: " ")
            return sum + (fields.count > 1 ? Int(fields[1], radix: 16) ?? 0 : 0)
        }
    }

    /// The sum of drops in the output of `ss -0nm`, where each socket's ends in `d` and a number.
    package static func packetSockets(_ text: String) -> Int {
        text.split(whereSeparator: { " \n\t".contains($0) }).reduce(0) { sum, word in
            guard word.hasPrefix("skmem:("), word.hasSuffix(")"), let last = word.dropLast().split(separator: ",").last, last.hasPrefix("d")
            else { return sum }
            return sum + (Int(last.dropFirst()) ?? 0)
        }
    }
}
