// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who builds Chartroom builds its benchmarks.

let package = Package(
  name: "chartroom-benchmarks",
  dependencies: [.package(name: "chartroom", path: "../..")],
  targets: [
    .executableTarget(
      name: "reader-bench", dependencies: [.product(name: "Reading", package: "chartroom")],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "misread-run",
      dependencies: [
        .product(name: "Reading", package: "chartroom"), .product(name: "Misreading", package: "chartroom"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
  ]
)
