import Foundation
import Glibc
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

  /// - Parameter through: a program with its arguments that runs ours, e.g. as another user.
  func start(
    _ arguments: [String], input: String? = nil, through: [String] = []
  ) throws -> (process: Process, wait: () -> Result) {
    let process = Process()
    let words = through + [Self.path] + arguments
    process.executableURL = URL(fileURLWithPath: words[0])
    process.arguments = Array(words.dropFirst())
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

  /// As a person sees it on a terminal: both streams, without the progress line.
  func runOnTerminal(_ arguments: [String]) throws -> String {
    var (master, slave): (Int32, Int32) = (-1, -1)
    precondition(openpty(&master, &slave, nil, nil, nil) == 0)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardInput = FileHandle.nullDevice
    let terminal = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
    process.standardOutput = terminal
    process.standardError = terminal
    try process.run()
    close(slave)
    var seen: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    // EIO: nobody holds the other end any more.
    while case let count = read(master, &piece, piece.count), count > 0 { seen += piece[..<count] }
    close(master)
    process.waitUntilExit()
    return String(decoding: seen, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n")
      .split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.components(separatedBy: "\r\u{1B}[K").last! }.joined(separator: "\n")
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

  func corrections() throws -> [[String: Any]] {
    try records().filter { $0["schema"] as? String == "chartroom.correction/1" }
  }

  /// Names in a folder below `var`, in order.
  func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path + "/var/" + folder).sorted()
  }

  /// Where a file of the one batch in claimed storage lies.
  func claimed(_ slot: String) throws -> String {
    let batches = try names(in: "claimed")
    precondition(batches.count == 1, "\(batches)")
    return path + "/var/claimed/\(batches[0])/\(slot)"
  }

  /// Lays a file where the program wants to make a folder, so that it stops there as a crash would.
  func block(_ folder: String) throws {
    try Data().write(to: URL(fileURLWithPath: path + "/var/" + folder))
  }

  func unblock(_ folder: String) throws { try FileManager.default.removeItem(atPath: path + "/var/" + folder) }
}

extension [String: Any] {
  /// A manifest's `counts`.
  var counts: [String: Int] { self["counts"] as? [String: Int] ?? [:] }
  var documents: [[String: Any]] { self["documents"] as? [[String: Any]] ?? [] }
}

/// lstat(2) of a path.
func facts(of path: String) throws -> stat {
  var facts = stat()
  guard lstat(path, &facts) == 0 else { throw CocoaError(.fileNoSuchFile) }
  return facts
}

func fixture(_ path: String) throws -> Data {
  try Data(contentsOf: URL(fileURLWithPath: ProjectFolder.fixtures + "/" + path))
}
