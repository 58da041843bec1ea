/// A picture of measurements, as data: what gnuplot draws and the page says.
package struct Figure: Hashable, Sendable {
    /// A point, and how far it may be off.
    package struct Point: Hashable, Sendable {
        package var x: Double
        package var y: Double
        package var low: Double
        package var high: Double

        /// A point with a range of its value; none unless given.
        package init(_ x: Double, _ y: Double, low: Double? = nil, high: Double? = nil) {
            self.x = x
            self.y = y
            self.low = low ?? y
            self.high = high ?? y
        }
    }

    /// Points that belong together.
    package struct Series: Hashable, Sendable {
        /// How they are drawn.
        package enum Style: Hashable, Sendable {
            /// Points with their ranges, joined by lines.
            case measured
            /// A thin line: what a formula says.
            case formula
            /// A line without points.
            case line
            /// Points with their ranges, which no line joins.
            case ranges
        }

        /// What the key calls it.
        package var name: String
        /// Which of the colours, from 0.
        package var colour: Int
        /// Whether the line is dashed and the points are open.
        package var isOpen: Bool
        /// How it is drawn.
        package var style: Style
        /// The points, from left to right.
        package var points: [Point]

        package init(_ name: String, colour: Int, isOpen: Bool = false, _ style: Style, _ points: [Point]) {
            self.name = name
            self.colour = colour
            self.isOpen = isOpen
            self.style = style
            self.points = points
        }
    }

    /// One pair of axes.
    package struct Panel: Hashable, Sendable {
        /// Which scales are logarithmic.
        package enum Scale: Hashable, Sendable {
            case linear, logarithmicY, logarithmicX
        }

        package var title: String
        package var x: String
        package var y: String
        package var scale: Scale
        package var series: [Series]

        package init(_ title: String, x: String, y: String, scale: Scale = .linear, _ series: [Series]) {
            self.title = title
            self.x = x
            self.y = y
            self.scale = scale
            self.series = series.filter { !$0.points.isEmpty }
        }
    }

    /// The paper's number of it, such as `8`.
    package var number: String
    /// What it shows.
    package var title: String
    /// What it says, for someone who has not read the paper.
    package var sentence: String
    /// Its pairs of axes, row by row.
    package var panels: [Panel]
    /// How many of them are in a row.
    package var columns: Int

    package init(_ number: String, _ title: String, columns: Int = 2, _ panels: [Panel], sentence: String) {
        self.number = number
        self.title = title
        self.sentence = sentence
        self.panels = panels.filter { !$0.series.isEmpty }
        self.columns = columns
    }

    /// The name of its files, without an extension.
    package var name: String { "figure-\(number)" }
    /// How many rows of pairs of axes it has.
    package var rows: Int { (panels.count + columns - 1) / columns }
}
