import Foundation
import System
import TestSupport

/// The built program, run as a user runs it.
struct Program {
  struct Result {
    var status: Int32
    var output: String
    var errors: String
    /// Standard output's lines as JSON objects.
    var objects: [[String: Any]] {
      output.split(separator: "\n").compactMap {
        try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      }
    }
  }

  /// Beside the test runner, where the build puts both.
  static let path: String = {
    let runner = try! FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let folder = (runner as NSString).deletingLastPathComponent
    let beside = folder + "/chartroom"
    if FileManager.default.isExecutableFile(atPath: beside) { return beside }
    // The runner may be the toolchain's own; the bundle with the tests then lies in the build folder.
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }.map {
      ($0 as NSString).deletingLastPathComponent
    }
    return (bundle ?? folder) + "/chartroom"
  }()

  let folder: String

  func start(_ arguments: [String], input: String? = nil) throws -> (process: Process, wait: () -> Result) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    // Files, not pipes: nobody has to read while the program runs.
    let name = UUID().uuidString
    let outputs = ["out", "err"].map { NSTemporaryDirectory() + "/\(name).\($0)" }
    for path in outputs { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    process.standardOutput = FileHandle(forWritingAtPath: outputs[0])
    process.standardError = FileHandle(forWritingAtPath: outputs[1])
    if let input {
      let pipe = Pipe()
      try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
      try pipe.fileHandleForWriting.close()
      process.standardInput = pipe
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    try process.run()
    return (
      process,
      {
        process.waitUntilExit()
        let texts = outputs.map { (try? String(contentsOfFile: $0, encoding: .utf8)) ?? "" }
        for path in outputs { try? FileManager.default.removeItem(atPath: path) }
        return Result(status: process.terminationStatus, output: texts[0], errors: texts[1])
      }
    )
  }

  @discardableResult
  func run(_ arguments: String..., input: String? = nil) throws -> Result { try start(arguments, input: input).wait() }
}

/// A sample site in a folder that goes with it, with short waits so that tests end.
final class SampleSite {
  let folder = TemporaryFolder()
  var program: Program { Program(folder: folder.text) }
  var path: String { folder.text }
  var drop: String { path + "/var/drop" }

  /// - Parameter change: edits the sample configuration before `init`.
  init(settleSeconds: Double = 0.3, change: (inout [String: Any]) -> Void = { _ in }) throws {
    let sample = try Data(contentsOf: URL(fileURLWithPath: ProjectFolder.path + "/pipeline.json"))
    var object = try JSONSerialization.jsonObject(with: sample) as! [String: Any]
    var claiming = object["claiming"] as? [String: Any] ?? [:]
    claiming["settleSeconds"] = settleSeconds
    claiming["folderQuietSeconds"] = settleSeconds * 2
    object["claiming"] = claiming
    change(&object)
    try JSONSerialization.data(withJSONObject: object).write(to: URL(fileURLWithPath: path + "/pipeline.json"))
    let made = try program.run("init")
    precondition(made.status == 0, made.errors)
  }

  /// Changes `claiming.originalsDays` of the site's configuration.
  func keepOriginals(days: Int) throws {
    let file = URL(fileURLWithPath: path + "/pipeline.json")
    var object = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as! [String: Any]
    var claiming = object["claiming"] as! [String: Any]
    claiming["originalsDays"] = days
    object["claiming"] = claiming
    try JSONSerialization.data(withJSONObject: object).write(to: file)
  }

  /// Loads the fixtures' patients and encounters.
  func importPatients() throws {
    let result = try program.run(
      "patients", "import", ProjectFolder.fixtures + "/patients.csv", ProjectFolder.fixtures + "/encounters.csv")
    precondition(result.status == 0, result.errors)
  }

  /// Copies a fixture file (path below `fixtures/`) into a station; the copy appears whole, by rename.
  func drop(_ fixture: String, into station: String, as name: String? = nil) throws {
    let source = ProjectFolder.fixtures + "/" + fixture
    let target = drop + "/" + station + "/" + (name ?? (fixture as NSString).lastPathComponent)
    try FileManager.default.copyItem(atPath: source, toPath: target)
  }

  /// Drops a whole tree of fixtures: its folders are stations, files beside them are of station `default`.
  func dropTree(_ tree: String) throws {
    let root = ProjectFolder.fixtures + "/" + tree
    for name in try FileManager.default.contentsOfDirectory(atPath: root) {
      let target = drop + "/" + name
      guard FileManager.default.fileExists(atPath: target) else {
        try FileManager.default.copyItem(atPath: root + "/" + name, toPath: target)
        continue
      }
      for inner in try FileManager.default.contentsOfDirectory(atPath: root + "/" + name) {
        try FileManager.default.copyItem(atPath: "\(root)/\(name)/\(inner)", toPath: target + "/" + inner)
      }
    }
  }

  /// Every manifest and correction, by sequence.
  func records() throws -> [[String: Any]] {
    let root = path + "/var/manifests"
    let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return try names.filter { $0.hasSuffix(".json") }.map {
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: root + "/" + $0))) as! [String: Any]
    }.sorted { ($0["sequence"] as! Int) < ($1["sequence"] as! Int) }
  }

  func manifests() throws -> [[String: Any]] {
    try records().filter { $0["schema"] as? String == "chartroom.manifest/1" }
  }
}
