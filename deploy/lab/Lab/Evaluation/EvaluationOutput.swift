import Foundation

/// Writes what the measurements of a store say: `evaluation.csv`, `evaluation.json`, a script and a picture for each figure, and
/// `index.html` with all of them.
package struct EvaluationOutput {
    private let store: EvaluationStore

    /// The output of a store, in its directory.
    package init(_ store: EvaluationStore) { self.store = store }

    /// Writes everything; the path of the page.
    package func write() throws(LabError) -> String {
        let measurements = Measurements(store.results())
        guard !measurements.all.isEmpty else { throw LabError("\(store.directory): no measurements there; run `make evaluate`") }
        let tables = EvaluationTables(measurements)
        try save(tables.csv, "evaluation.csv")
        try ReportFiles(store.path("evaluation.json")).save(measurements.all.map(\.withoutTimeline))
        let figures = Figures.all(measurements)
        var pictures: [String: String] = [:]
        for figure in figures { pictures[figure.name] = try draw(figure) }
        let page = EvaluationPage(figures, pictures: pictures, tables, machine: Self.machine)
        try save(page.html, "index.html")
        return store.path("index.html")
    }

    private func draw(_ figure: Figure) throws(LabError) -> String {
        let picture = store.path("\(figure.name).svg")
        let script = store.path("\(figure.name).gnuplot")
        try save(GnuplotScript(figure, output: picture).text, "\(figure.name).gnuplot")
        let output = try Processes().capture(["gnuplot", script], within: 60)
        guard output.status == 0, let svg = try? String(contentsOfFile: picture, encoding: .utf8) else {
            throw LabError(
                "gnuplot \(script): \(output.errors.split(separator: "\n").last ?? "failed"); is gnuplot installed (make install)?")
        }
        let slim = Self.withoutEmptyGroups(svg)
        try save(slim, "\(figure.name).svg")
        return slim
    }

    /// An SVG without the groups that gnuplot opens and puts nothing into, a third of it.
    private static func withoutEmptyGroups(_ svg: String) -> String {
        var slim = svg
        while let emptied = try? slim.replacing(Regex("<g [^>]*>\\s*</g>\\s*"), with: ""), emptied != slim { slim = emptied }
        return slim
    }

    private func save(_ text: String, _ name: String) throws(LabError) {
        let path = store.path(name)
        do {
            try FileManager.default.createDirectory(atPath: store.directory, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } catch { throw LabError("cannot write \(path): \(error.localizedDescription)") }
    }

    /// This machine, in a sentence.
    private static var machine: String {
        let processor =
            (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n")
            .first { $0.hasPrefix("model name") }?.split(separator: ":").last.map { String($0).trimmed } ?? "unknown processor"
        let kernel = (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8))?.trimmed ?? "?"
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return
            "Measured on \(counted(cores, "core")) (\(processor)), Linux \(kernel), where hosts, switches, controller, agents and functions "
            + "all run; Open vSwitch with its userspace datapath."
    }
}

extension TrialResult {
    /// The measurement without the delays of single packets, which are many.
    fileprivate var withoutTimeline: TrialResult {
        var result = self
        result.report.timeline = nil
        return result
    }
}
