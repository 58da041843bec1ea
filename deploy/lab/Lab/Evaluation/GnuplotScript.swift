/// A figure as a script for gnuplot, data included, that writes an SVG.
package struct GnuplotScript: Hashable, Sendable {
    private static let colours = ["#c0392b", "#2471a3", "#1e8449", "#7d3c98", "#b9770e"]
    private static let panelSize = (width: 430, height: 300)
    private static let keyHeight = 24

    /// The script.
    package let text: String

    /// The script that draws a figure into a file.
    package init(_ figure: Figure, output: String) {
        let columns = min(figure.columns, max(1, figure.panels.count))
        let size = (columns * Self.panelSize.width, max(1, figure.rows) * (Self.panelSize.height + Self.keyHeight))
        var lines = [
            "set terminal svg size \(size.0),\(size.1) dynamic font 'sans-serif,11' background '#ffffff'",
            "set output \(Self.quoted(output))",
            "set encoding utf8", "set border 3 lc rgb '#555555'", "set tics nomirror font ',9'", "set grid lc rgb '#dddddd' lw 0.5",
            "set key above horizontal samplen 2 font ',9'", "set multiplot layout \(max(1, figure.rows)),\(columns)",
        ]
        for (number, panel) in figure.panels.enumerated() { lines += Self.lines(of: panel, number) }
        lines += ["unset multiplot", "set output"]
        text = lines.joined(separator: "\n") + "\n"
    }

    private static func lines(of panel: Figure.Panel, _ number: Int) -> [String] {
        var lines: [String] = []
        for (index, series) in panel.series.enumerated() {
            lines.append("$p\(number)s\(index) << EOD")
            lines += series.points.map { "\($0.x) \($0.y) \($0.low) \($0.high)" }
            lines.append("EOD")
        }
        lines += [
            "set title \(quoted(panel.title)) noenhanced font ',11'", "set xlabel \(quoted(panel.x)) noenhanced font ',10'",
            "set ylabel \(quoted(panel.y)) noenhanced font ',10'",
        ]
        switch panel.scale {
        case .linear: lines += ["unset logscale", "set autoscale", "set yrange [0:*]"]
        case .logarithmicY: lines += ["unset logscale", "set autoscale", "set logscale y"]
        case .logarithmicX: lines += ["unset logscale", "set autoscale", "set yrange [0:*]", "set logscale x"]
        }
        lines.append("plot " + panel.series.enumerated().map { plot($1, data: "$p\(number)s\($0)") }.joined(separator: ", \\\n  "))
        return lines
    }

    private static func plot(_ series: Figure.Series, data: String) -> String {
        let colour = "lc rgb '\(colours[series.colour % colours.count])'"
        let dash = series.isOpen ? "dt 2" : "dt 1"
        let point = "pt \(series.isOpen ? 6 : 7) ps 0.5"
        let title = "title \(quoted(series.name)) noenhanced"
        switch series.style {
        case .measured:
            return "\(data) using 1:2 with lines \(colour) \(dash) lw 1.2 notitle, "
                + "\(data) using 1:2:3:4 with yerrorbars \(colour) \(point) \(title)"
        case .formula: return "\(data) using 1:2 with lines \(colour) dt 3 lw 1.5 \(title)"
        case .line: return "\(data) using 1:2 with lines \(colour) \(dash) lw 1.3 \(title)"
        case .ranges: return "\(data) using 1:2:3:4 with yerrorbars \(colour) \(point) lw 1.3 \(title)"
        }
    }

    /// A text as gnuplot takes it literally.
    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "''").replacing("\n", with: " ") + "'"
    }
}
