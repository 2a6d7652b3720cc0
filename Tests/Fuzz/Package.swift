// swift-tools-version: 6.2
import PackageDescription

// A package of its own: its flags are unsafe, and nobody who builds Chartroom builds its fuzzers. `./run` builds it with every
// module of ours instrumented.

let package = Package(
  name: "chartroom-fuzz",
  dependencies: [.package(name: "chartroom", path: "../..")],
  targets: [
    .target(
      name: "Targets", dependencies: [.product(name: "Parsers", package: "chartroom")],
      swiftSettings: [.swiftLanguageMode(.v6)]),
    // Only an empty C file: the entry point is libFuzzer's, and SwiftPM renames that of a Swift program.
    .executableTarget(
      name: "fuzz", dependencies: ["Targets"],
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
  ]
)
