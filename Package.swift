// swift-tools-version: 6.2
import PackageDescription

/// Set by `make mutations` alone: parts of the protocol can be left out then.
let mutations = Context.environment["SHARP_MUTATIONS"] != nil

let strict: [SwiftSetting] =
    [
        .treatAllWarnings(as: .error),
        .enableExperimentalFeature("Lifetimes"),
        .enableUpcomingFeature("ExistentialAny"),
    ] + (mutations ? [.define("MUTATIONS")] : [])

/// A target of codecs and state machines: only other such targets may be named, and nothing that does I/O.
func pure(_ name: String, _ path: String, on dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func library(_ name: String, _ path: String, on dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

/// A program whose symbols are bound when it starts: bound at their first use, they would make the first handover take twice as long.
func program(_ name: String, _ path: String, on dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies + [arguments], path: path, swiftSettings: strict,
        linkerSettings: [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"])])
}

func test(_ name: String, of dependencies: [Target.Dependency], path: String? = nil) -> Target {
    .testTarget(name: name + "Tests", dependencies: dependencies, path: path ?? "Tests/" + name, swiftSettings: strict)
}

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let ordered = Target.Dependency.product(name: "OrderedCollections", package: "swift-collections")

let shared: [Target] = [
    pure("Wire", "Shared/Wire"),
    pure("Timing", "Shared/Timing"),
    pure("Mutations", "Shared/Mutations"),
    pure("Frames", "Shared/Frames", on: ["Wire"]),
    pure("ControlFrames", "Shared/ControlFrames", on: ["Wire", "Frames", "OpenFlow", crypto]),
    pure("OpenFlow", "Shared/OpenFlow", on: ["Wire", "Frames"]),
    pure("JSONLines", "Shared/JSONLines", on: ["Frames"]),
    pure("BusMessages", "Shared/BusMessages", on: ["Frames"]),
    .systemLibrary(name: "CZeroMQ", path: "Shared/CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
    .systemLibrary(name: "CPcap", path: "Shared/CPcap", providers: [.apt(["libpcap-dev"])]),
    .target(name: "CLinux", path: "Shared/CLinux"),
    library("Bus", "Shared/Bus", on: ["CZeroMQ", "Timing", deque]),
    library("ServiceSupport", "Shared/ServiceSupport", on: ["Bus", "ControlFrames", "Timing", arguments, logging, metrics, lifecycle]),
]

let controller: [Target] = [
    pure(
        "HandoverEngine", "Services/controller/Engine", on: ["Wire", "Timing", "Frames", "ControlFrames", "OpenFlow", "Mutations"]),
    pure(
        "ControllerJournal", "Services/controller/Journal",
        on: ["ControlFrames", "Frames", "HandoverEngine", "JSONLines", "OpenFlow", "Timing"]),
    library("Switches", "Services/controller/Switches", on: ["OpenFlow", "Wire", nioCore, nioPosix, logging]),
    library(
        "ControllerService", "Services/controller/Service",
        on: [
            "HandoverEngine", "ControllerJournal", "JSONLines", "Switches", "OpenFlow", "Frames", "Timing", "Bus", "BusMessages",
            "ServiceSupport", nioCore, nioPosix, logging, metrics, lifecycle,
        ]),
    program(
        "sharp-controller", "Services/controller/Main",
        on: ["ControllerService", "ControlFrames", "HandoverEngine", "Bus", "ServiceSupport", logging, lifecycle]),
]

let agent: [Target] = [
    pure("HSLCore", "Services/hsl-agent/Core", on: ["Wire", "Timing", "Frames", "ControlFrames", "Mutations"]),
    library("ListeningSockets", "Services/hsl-agent/Sockets", on: []),
    library("Shims", "Services/hsl-agent/Shims", on: ["CLinux", "CPcap", "Frames", "ListeningSockets"]),
    library("ControlChannel", "Services/hsl-agent/ControlChannel", on: ["CLinux", "Frames", "JSONLines", "ListeningSockets"]),
    library(
        "Agent", "Services/hsl-agent/Agent",
        on: ["CLinux", "ControlChannel", "ControlFrames", "HSLCore", "ServiceSupport", "Shims", "Timing", logging]),
    program(
        "sharp-hsl-agent", "Services/hsl-agent/Main", on: ["Agent", "Bus", "HSLCore", "ServiceSupport", "Shims", logging, lifecycle]),
]

let northbound: [Target] = [
    .target(
        name: "NorthboundAPI",
        dependencies: [
            "Bus", "BusMessages", "ServiceSupport", "Timing", hummingbird, hummingbirdCore, logging, nioCore, ordered, httpTypes, lifecycle,
        ],
        path: "Services/northbound", exclude: ["Main"], resources: [.embedInCode("Routes/openapi.json"), .embedInCode("Page/index.html")],
        swiftSettings: strict),
    program("sharp-northbound", "Services/northbound/Main", on: ["Bus", "NorthboundAPI", "ServiceSupport"]),
]

let collector: [Target] = [
    library(
        "MetricsCollector", "Services/metrics/Collector", on: ["Bus", "ServiceSupport", "Timing", hummingbird, logging, nioCore, lifecycle]),
    program("sharp-metrics", "Services/metrics/Main", on: ["Bus", "MetricsCollector", "ServiceSupport"]),
]

let lab: [Target] = [
    .target(name: "CLab", path: "deploy/lab/CLab"),
    library("LabSockets", "deploy/lab/Sockets", on: ["CLab", "Frames"]),
    pure("TrafficKit", "deploy/lab/TrafficKit"),
    pure("ExampleVNFKit", "deploy/lab/ExampleVNFKit", on: ["Frames", "JSONLines", "TrafficKit", "Wire"]),
    library("Lab", "deploy/lab/Lab", on: ["TrafficKit", "ExampleVNFKit", "LabSockets", "CLab"]),
    program("sharp-traffic", "deploy/lab/Traffic", on: ["TrafficKit", "LabSockets"]),
    program("sharp-example-vnf", "deploy/lab/ExampleVNF", on: ["ExampleVNFKit", "Frames", "JSONLines", "LabSockets"]),
    program("sharp-lab", "deploy/lab/Main", on: ["Lab"]),
]

let adapters: [Target] = [
    .systemLibrary(name: "CNetlink", path: "deploy/adapters/conntrack/CNetlink"),
    pure("ConntrackKit", "deploy/adapters/conntrack/Kit", on: ["Frames", "JSONLines", "Wire"]),
    library("ConntrackNetlink", "deploy/adapters/conntrack/Netlink", on: ["CNetlink", "ConntrackKit", "LabSockets"]),
    program(
        "sharp-conntrack-adapter", "deploy/adapters/conntrack/Main",
        on: ["CLab", "ConntrackKit", "ConntrackNetlink", "JSONLines", "LabSockets"]),
]

let simulation: [Target] = [
    pure(
        "Simulation", "Tests/Simulation/Model",
        on: [
            "Wire", "Timing", "Frames", "ControlFrames", "OpenFlow", "HandoverEngine", "ControllerJournal", "JSONLines", "HSLCore",
            "Mutations",
        ]),
    program("sharp-simulate", "Tests/Simulation/Main", on: ["Simulation"]),
    test("Simulation", of: ["Simulation", "Frames", "OpenFlow", "Timing"], path: "Tests/Simulation/Cases"),
]

let tests: [Target] = [
    .target(name: "CAllocationCount", path: "Tests/Support/CAllocationCount"),
    library("SystemTestSupport", "Tests/Support/SystemTestSupport", on: ["CLinux"]),
    test("Wire", of: ["Wire"]),
    test("Timing", of: ["Timing"]),
    test("Frames", of: ["Frames", "Wire"]),
    test("ControlFrames", of: ["ControlFrames", "Frames", "Wire"]),
    test("OpenFlow", of: ["OpenFlow", "Frames", "Wire"]),
    test("Wireshark", of: ["ControlFrames", "Frames", "OpenFlow"]),
    test("BusMessages", of: ["BusMessages", "Frames"]),
    test("Bus", of: ["Bus", "Timing"]),
    test("ServiceSupport", of: ["ServiceSupport", "Bus", "ControlFrames", "SystemTestSupport", metrics, lifecycle]),
    test("ControllerJournal", of: ["ControllerJournal", "ControlFrames", "Frames", "HandoverEngine", "JSONLines", "Timing"]),
    test("HandoverEngine", of: ["HandoverEngine", "Wire", "Timing", "Frames", "ControlFrames", "OpenFlow"]),
    test(
        "ControllerService",
        of: ["ControllerService", "HandoverEngine", "BusMessages", "Frames", "ServiceSupport", nioEmbedded, logging]),
    test("Switches", of: ["Switches", "OpenFlow", "Frames", nioCore, nioPosix, nioEmbedded, logging]),
    test("HSLCore", of: ["HSLCore", "ControlFrames", "Frames", "Timing"]),
    test("Shims", of: ["Frames", "Shims", "SystemTestSupport"]),
    test("ControlChannel", of: ["ControlChannel", "Frames", "JSONLines", "SystemTestSupport"]),
    test(
        "Agent",
        of: [
            "Agent", "CAllocationCount", "ControlChannel", "ControlFrames", "Frames", "ServiceSupport", "Shims", "SystemTestSupport",
            logging,
        ]),
    test(
        "NorthboundAPI",
        of: ["NorthboundAPI", "Bus", "BusMessages", "ServiceSupport", "Timing", hummingbird, hummingbirdTesting, logging, httpTypes]),
    test("MetricsCollector", of: ["MetricsCollector", "ServiceSupport", "Bus", "Timing", logging]),
    test(
        "Lab",
        of: [
            "Lab", "LabSockets", "TrafficKit", "ExampleVNFKit", "Frames", "JSONLines", "Wire", "sharp-lab", "sharp-traffic",
            "sharp-example-vnf", "sharp-controller", "sharp-hsl-agent", "sharp-northbound", "sharp-metrics", "sharp-conntrack-adapter",
        ]),
    test("ConntrackAdapter", of: ["ConntrackKit", "ConntrackNetlink", "Frames", "JSONLines", "SystemTestSupport"]),
]

let benchmarks: [Target] = [
    .target(
        name: "CForwarder", dependencies: ["CLinux"], path: "Tests/Benchmarks/CForwarder", linkerSettings: [.linkedLibrary("pcap")]),
    program(
        "sharp-bench-hsl", "Tests/Benchmarks/HSL",
        on: [
            "Agent", "CAllocationCount", "CForwarder", "CLinux", "ControlFrames", "Frames", "HSLCore", "Shims", "SystemTestSupport",
            logging,
        ]),
]

let package = Package(
    name: "sharp",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: shared + controller + agent + northbound + collector + lab + adapters + simulation + tests + benchmarks,
    swiftLanguageModes: [.v6]
)
