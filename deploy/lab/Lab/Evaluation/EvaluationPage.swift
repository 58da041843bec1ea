import Foundation

/// All figures on one page of HTML that needs nothing beside it.
package struct EvaluationPage {
    /// The page.
    package let html: String

    /// - Parameters:
    ///   - pictures: the figures' SVGs, by the figures' names.
    ///   - machine: what it was measured on.
    package init(_ figures: [Figure], pictures: [String: String], _ tables: EvaluationTables, machine: String) {
        let rows = tables.correctness.map(Self.row).joined(separator: "\n")
        let carried = tables.carried.map {
            "Without a handover, the same switches and agents carried \($0) packets a second each way without loss (the highest rate tried that they did)."
        }
        html = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Flow handovers: OpenNF, SHarP and direct</title>
            <style>
            body { font: 16px/1.5 sans-serif; color: #222; max-width: 68rem; margin: 2rem auto; padding: 0 1rem }
            table { border-collapse: collapse; font-size: .9rem } td, th { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #ddd }
            td:first-child, th:first-child { text-align: left }
            figure { margin: 2.5rem 0 } figure svg, figure img { max-width: 100%; height: auto } figcaption { max-width: 52rem }
            </style>
            </head>
            <body>
            <h1>Flow handovers: OpenNF, SHarP and direct</h1>
            <p>A flow of packets moves from one instance of a network function to another, and its state with it: no packet may be lost, \
            reordered or doubled. Three ways are compared, in the same lab with the same programs. <b>OpenNF</b>: all packets wait at the \
            controller until the state is at the destination. <b>SHarP</b>: they wait at the controller until the destination can hold them, \
            and then there. <b>Direct</b>: the destination holds them from the beginning.</p>
            <p>\(Self.escaped(machine)) \(carried ?? "")</p>
            <table>
            <tr><th>mode</th><th>runs</th><th>void runs, repeated</th><th>handovers</th><th>completed</th><th>packets sent</th><th>lost</th>\
            <th>reordered</th><th>doubled</th><th>packets of flows to the controller</th><th>bytes</th></tr>
            \(rows)
            </table>
            <p>The last two columns are from Open vSwitch's own counters: the PACKET_INs of each switch less the control frames among them. A run \
            is void, and made again, when a counter of the machine says that it dropped something.</p>
            \(figures.map { Self.section($0, pictures[$0.name]) }.joined(separator: "\n"))
            </body>
            </html>

            """
    }

    private static func row(_ line: EvaluationTables.Correctness) -> String {
        let numbers = [
            line.runs, line.voidRuns, line.handovers, line.completed, line.sent, line.lost, line.reordered, line.doubled,
            line.packetsToController, line.bytesToController,
        ]
        return "<tr><td>\(line.mode.title)</td>" + numbers.map { "<td>\($0)</td>" }.joined() + "</tr>"
    }

    private static func section(_ figure: Figure, _ picture: String?) -> String {
        """
        <figure id="\(figure.name)">
        <h2>\(escaped(figure.title))</h2>
        \(picture.map(inlined) ?? "<p>(no picture: gnuplot did not draw it)</p>")
        <figcaption>\(escaped(figure.sentence))</figcaption>
        </figure>
        """
    }

    /// An SVG without what only a file of its own has before its root.
    private static func inlined(_ svg: String) -> String {
        svg.range(of: "<svg").map { String(svg[$0.lowerBound...]) } ?? ""
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
