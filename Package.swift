// swift-tools-version: 6.2
import PackageDescription

/// Every target: Swift 6 mode (from the tools version), warnings are errors.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// The processors a release build is for: nearly all x86-64 ones since 2013 (AVX2, BMI2), which is worth some 10 % of speed.
/// `TETIK_PROCESSOR=x86-64` builds for the others too. `CSupport/processor.c` says so on a processor that cannot run it.
#if arch(x86_64)
    let processor = ["-march=\(Context.environment["TETIK_PROCESSOR"] ?? "x86-64-v3")"]
#else
    let processor = Context.environment["TETIK_PROCESSOR"].map { ["-march=\($0)"] } ?? []
#endif

/// The hot targets inline across module borders: a `public` call costs 1 ns instead of 20 to 30 (measured). That no
/// property of an object is changed while it is being changed is checked at run time in debug builds only, with which
/// `swift test` runs: in a daemon that catches up it was 8 % of all processor time (`perf`). Bounds and overflows are
/// checked in every build.
let hot: [SwiftSetting] =
    strict + [
        .unsafeFlags(
            ["-cross-module-optimization", "-enforce-exclusivity=unchecked"]
                + processor.flatMap { ["-Xcc", $0] },
            .when(configuration: .release))
    ]

let package = Package(
    name: "tetik",
    products: [.executable(name: "tetik", targets: ["tetik"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CCompression", providers: [.apt(["zlib1g-dev", "libzstd-dev"])]),
        .target(
            name: "CSupport", cSettings: [.unsafeFlags(processor, .when(configuration: .release))],
            linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "Primitives", dependencies: ["CSupport"], swiftSettings: hot),
        .target(name: "Model", dependencies: ["Primitives"], swiftSettings: hot),
        .target(name: "Engine", dependencies: ["Model", "Primitives"], swiftSettings: hot),
        .target(name: "SnapshotStore", dependencies: ["Primitives"], swiftSettings: hot),
        .target(name: "Coordination", dependencies: ["Model", "Primitives"], swiftSettings: hot),
        .target(name: "KafkaTransport", dependencies: ["CRdKafka", "Primitives"], swiftSettings: hot),
        .target(
            name: "Telemetry", dependencies: ["Primitives", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict),
        .target(
            name: "Settings", dependencies: ["Model", "Primitives", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict),
        .target(name: "Fitting", dependencies: ["Model", "Primitives"], swiftSettings: hot),
        .target(name: "Backtesting", dependencies: ["Fitting", "Model", "Primitives"], swiftSettings: hot),
        .target(
            name: "Reporting", dependencies: ["Backtesting", "Fitting", "Model", "Primitives"],
            swiftSettings: strict),
        .target(name: "Workloads", dependencies: ["Model", "Primitives"], swiftSettings: hot),
        .target(
            name: "Runtime",
            dependencies: [
                "Backtesting", "CCompression", "CSupport", "Coordination", "Engine", "Fitting",
                "KafkaTransport", "Model", "Primitives", "Settings", "SnapshotStore", "Telemetry",
                "Workloads",
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: hot),
        .target(
            name: "AdminService",
            dependencies: [
                "Model", "Primitives", "Runtime", "Settings", "Telemetry",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "tetik",
            dependencies: [
                "AdminService", "Backtesting", "Engine", "Fitting", "KafkaTransport", "Model", "Primitives",
                "Reporting", "Runtime", "Settings", "SnapshotStore", "Telemetry", "Workloads",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .target(name: "CBenchSupport", path: "Sources/Benchmarks/CBenchSupport"),
        .executableTarget(
            name: "tetik-bench",
            dependencies: [
                "CBenchSupport", "Engine", "KafkaTransport", "Model", "Primitives", "Runtime", "Settings",
                "SnapshotStore", "Workloads",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ], path: "Sources/Benchmarks/TetikBench", swiftSettings: hot),
        .executableTarget(
            name: "DecoderBench", dependencies: ["Model", "Primitives"],
            path: "Sources/Benchmarks/DecoderBench", swiftSettings: hot),
        .testTarget(
            name: "PrimitivesTests", dependencies: ["CSupport", "NaiveModel", "Primitives"],
            swiftSettings: strict),
        .testTarget(
            name: "EngineTests", dependencies: ["Engine", "Model", "Primitives"], exclude: ["images"],
            swiftSettings: strict),
        .testTarget(
            name: "SnapshotStoreTests", dependencies: ["Primitives", "SimulatedDisk", "SnapshotStore"],
            swiftSettings: strict),
        .testTarget(
            name: "ModelTests", dependencies: ["Model", "NaiveModel", "Primitives"], swiftSettings: strict),
        .testTarget(
            name: "BacktestingTests",
            dependencies: ["Backtesting", "Model", "Primitives", "Runtime", "Workloads"],
            swiftSettings: strict),
        .testTarget(
            name: "FittingTests", dependencies: ["Fitting", "Model", "Primitives"], swiftSettings: strict),
        .testTarget(
            name: "ReportingTests", dependencies: ["Fitting", "Model", "Primitives", "Reporting"],
            swiftSettings: strict),
        .testTarget(
            name: "AdminServiceTests",
            dependencies: [
                "AdminService", "Engine", "Model", "Primitives", "Runtime", "Settings", "Telemetry",
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .testTarget(
            name: "TelemetryTests",
            dependencies: ["Primitives", "Telemetry", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict),
        .testTarget(
            name: "WorkloadsTests", dependencies: ["Primitives", "Workloads"], swiftSettings: strict),
        .testTarget(
            name: "SettingsTests", dependencies: ["Model", "Primitives", "Settings"], swiftSettings: strict),
        .target(
            name: "NaiveModel", dependencies: [.product(name: "Yams", package: "Yams")],
            path: "Tests/NaiveModel", swiftSettings: strict),
        .testTarget(name: "NaiveModelTests", dependencies: ["NaiveModel"], swiftSettings: strict),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "AdminService", "Coordination", "Engine", "Model", "NaiveModel", "Primitives", "Runtime",
                "Settings", "SimulatedDisk", "SnapshotStore", "Telemetry",
            ], path: "Tests/FuzzTargets", exclude: ["corpus"], swiftSettings: strict),
        .testTarget(name: "FuzzTargetsTests", dependencies: ["FuzzTargets"], swiftSettings: strict),
        .testTarget(name: "HouseRulesTests", swiftSettings: strict),
        .testTarget(
            name: "ReplayTests",
            dependencies: [
                "CCompression", "Model", "NaiveModel", "Primitives", "Runtime", "Settings", "Workloads",
            ], swiftSettings: strict),
        .target(
            name: "SimulatedDisk", dependencies: ["Primitives", "SnapshotStore"],
            path: "Sources/Simulation/Disk", swiftSettings: hot),
        .target(
            name: "Simulation",
            dependencies: [
                "Coordination", "Engine", "KafkaTransport", "Model", "NaiveModel", "Primitives", "Runtime",
                "Settings", "SimulatedDisk", "SnapshotStore", .product(name: "Logging", package: "swift-log"),
            ], path: "Sources/Simulation/World", swiftSettings: hot),
        .executableTarget(
            name: "tetik-sim",
            dependencies: [
                "Simulation", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Sources/Simulation/TetikSim", swiftSettings: strict),
        .testTarget(name: "SimulationTests", dependencies: ["Simulation"], swiftSettings: strict),
        .executableTarget(
            name: "compare-models",
            dependencies: [
                "NaiveModel", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Sources/Simulation/CompareModels", swiftSettings: strict),
        .executableTarget(
            name: "tetik-soak",
            dependencies: [
                "Coordination", "KafkaTransport", "Primitives", "Runtime", "Settings", "Workloads",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Sources/Simulation/Soak", swiftSettings: strict),
        .testTarget(
            name: "SoakTests", dependencies: ["KafkaTransport", "tetik-soak"], swiftSettings: strict),
        .testTarget(
            name: "CoordinationTests", dependencies: ["Coordination", "Primitives"], swiftSettings: strict),
        .testTarget(
            name: "LiveTests",
            dependencies: [
                "KafkaTransport", "Model", "Primitives", "Runtime", "Settings", "Telemetry",
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .testTarget(
            name: "KafkaTransportTests", dependencies: ["KafkaTransport"], swiftSettings: strict),
        .testTarget(
            name: "RuntimeTests",
            dependencies: [
                "Coordination", "Engine", "Fitting", "KafkaTransport", "Model", "Primitives", "Runtime",
                "Settings", "SimulatedDisk", "SnapshotStore", "Telemetry",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
    ]
)

// What the benchmarks compare with; only for those who ask, since it needs Debian's libsimdjson-dev.
if Context.environment["TETIK_SIMDJSON"] != nil {
    package.targets.append(
        .executableTarget(
            name: "simdjson-pass", path: "Sources/Benchmarks/SimdjsonPass",
            linkerSettings: [.linkedLibrary("simdjson")]))
    package.cxxLanguageStandard = .cxx17
}
