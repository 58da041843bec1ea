// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableExperimentalFeature("Lifetimes"),
    .enableUpcomingFeature("ExistentialAny"),
]

/// A target of codecs and state machines: nothing but other pure targets and cryptography may be named here.
func pure(_ name: String, _ path: String, on dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func test(_ name: String, of dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name + "Tests", dependencies: dependencies, path: "Tests/" + name, swiftSettings: strict)
}

let package = Package(
    name: "sharp",
    targets: [
        pure("Wire", "Shared/Wire"),
        pure("Timing", "Shared/Timing"),
        pure("Frames", "Shared/Frames", on: ["Wire"]),
        pure("ControlFrames", "Shared/ControlFrames", on: ["Wire", "Frames"]),
        pure("OpenFlow", "Shared/OpenFlow", on: ["Wire", "Frames"]),
        pure("HandoverEngine", "Services/controller/Engine", on: ["Wire", "Timing", "Frames", "ControlFrames", "OpenFlow"]),
        pure("HSLCore", "Services/hsl-agent/Core", on: ["Wire", "Timing", "Frames", "ControlFrames"]),
        pure(
            "Simulation", "Tests/Simulation/Model",
            on: ["Wire", "Timing", "Frames", "ControlFrames", "OpenFlow", "HandoverEngine", "HSLCore"]),
        .executableTarget(
            name: "sharp-simulate", dependencies: ["Simulation"], path: "Tests/Simulation/Main", swiftSettings: strict),
        .testTarget(name: "SimulationTests", dependencies: ["Simulation"], path: "Tests/Simulation/Cases", swiftSettings: strict),
        test("HandoverEngine", of: ["HandoverEngine", "Wire", "Timing", "Frames", "ControlFrames", "OpenFlow"]),
    ],
    swiftLanguageModes: [.v6]
)
