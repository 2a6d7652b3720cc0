// swift-tools-version: 6.2
import PackageDescription

// The target graph is the design: a stage sees Model, Formats and System and nothing else of ours; Pipeline sees the
// stages and the store protocols; only the command line sees everything. `.ci/run` builds with
// `--explicit-target-dependency-import-check error`, so an import that is not listed here does not compile.

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

/// A module of ours. The folder may carry the number of its place in the flow; the module never does.
func module(_ name: String, in folder: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/" + folder, swiftSettings: settings)
}

/// A stage: Model, Formats and System, plus the C shims that it alone may call.
func stage(_ name: String, _ number: Int, _ extra: [Target.Dependency] = []) -> Target {
  module(name, in: "Stages/\(number)-\(name)", ["Model", "Formats", "System"] + extra)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
  .testTarget(
    name: name + "Tests",
    dependencies: [.init(stringLiteral: name), "TestSupport"] + (name == "Model" ? [] : ["Model"]) + dependencies,
    path: "Tests/\(name)Tests", resources: resources, swiftSettings: settings)
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let asyncAlgorithms = Target.Dependency.product(name: "AsyncAlgorithms", package: "swift-async-algorithms")

let package = Package(
  name: "chartroom",
  products: [
    .executable(name: "chartroom", targets: ["chartroom"]),
    .library(name: "Reading", targets: ["Model", "Reading"]),
    .library(name: "Misreading", targets: ["Misreading"]),
    // Every module that reads bytes from outside, for the fuzzers (Tests/Fuzz).
    .library(
      name: "Parsers",
      targets: ["Model", "Formats", "Decoding", "Reading", "Journaling", "Archiving", "Manifesting", "Pipeline"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-async-algorithms", exact: "1.1.4"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ],
  targets: [
    module("Model", in: "Model"),
    module("Formats", in: "Formats", ["Model", crypto]),

    // C and C++: the only code that is not ours to read in Swift.
    .systemLibrary(
      name: "CTIFF", path: "Sources/System/CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
    .systemLibrary(name: "CPNG", path: "Sources/System/CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CZXing", path: "Sources/System/CZXing", pkgConfig: "zxing", providers: [.apt(["libzxing-dev"])]),
    .target(name: "CTIFFShim", dependencies: ["CTIFF"], path: "Sources/System/CTIFFShim"),
    .target(name: "CPNGShim", dependencies: ["CPNG"], path: "Sources/System/CPNGShim"),
    .target(name: "CBarcodeShim", dependencies: ["CZXing"], path: "Sources/System/CBarcodeShim"),
    .target(name: "CLinux", path: "Sources/System/CLinux"),
    module("System", in: "System/System", ["Model", "Formats", "CLinux"]),

    stage("Claiming", 10),
    stage("Decoding", 20, ["CTIFFShim", "CPNGShim"]),
    stage("Reading", 30, ["CBarcodeShim"]),
    stage("Assembling", 40),
    stage("Indexing", 50),
    stage("Archiving", 60),
    stage("Manifesting", 70),

    module("Journaling", in: "Journaling", ["Model"]),
    module("SQLiteStores", in: "Stores/SQLite", ["Model", "Formats", "Journaling", grdb, sqlite]),
    module(
      "Pipeline", in: "Pipeline",
      [
        "Model", "Formats", "System", "Journaling", "Claiming", "Decoding", "Reading", "Assembling", "Indexing",
        "Archiving", "Manifesting", logging, lifecycle, asyncAlgorithms,
      ]),
    .executableTarget(
      name: "chartroom",
      dependencies: [
        "Model", "Formats", "System", "Journaling", "SQLiteStores", "Pipeline", "Claiming", "Decoding", "Reading",
        "Assembling", "Indexing", "Archiving", "Manifesting", arguments, logging, lifecycle,
      ], path: "Sources/chartroom", swiftSettings: settings),

    .target(
      name: "TestSupport", dependencies: ["Model", "Formats", "System"], path: "Tests/Support", swiftSettings: settings),
    .target(
      name: "Misreading", dependencies: ["Model", "Reading"], path: "Tests/Misreading", swiftSettings: settings),
    // A worker that breaks the rules: started by tests as Chartroom's workers are, and no part of Chartroom.
    .executableTarget(
      name: "misbehaving-worker", dependencies: ["System"], path: "Tests/Misbehaving", swiftSettings: settings),
    tests("Model"),
    tests("Formats"),
    tests("System", ["Formats", "misbehaving-worker"]),
    tests("Claiming", ["System", "Formats"]),
    tests("Decoding", ["Formats", "System"], resources: [.copy("Samples")]),
    tests("Reading", ["Misreading"]),
    tests("Assembling", ["Indexing"]),
    tests("Indexing"),
    tests("Archiving", ["Formats", "System"]),
    tests("Manifesting", ["Formats", "System"]),
    tests("SQLiteStores", ["Journaling", sqlite]),
    tests(
      "Pipeline",
      [
        "Formats", "System", "Journaling", "SQLiteStores", "Claiming", "Reading", "Indexing", "Misreading",
        "misbehaving-worker",
      ]),
    .testTarget(
      name: "chartroomTests",
      dependencies: [
        "chartroom", "Model", "Formats", "System", "Archiving", "Journaling", "Pipeline", "SQLiteStores", "TestSupport",
        arguments,
      ],
      path: "Tests/chartroomTests", swiftSettings: settings),
  ]
)
