import Foundation
import System
import TestSupport
import Testing

/// A sample site with paper filed and paper waiting, and the words that desk tests need.
struct DeskSite {
  let site: SampleSite
  var program: Program { site.program }

  /// - Parameter fixtures: paths below `fixtures/archive`.
  init(
    _ fixtures: [String], imports: Bool = true, change: (inout [String: Any]) -> Void = { _ in }
  ) throws {
    site = try SampleSite(change: change)
    if imports { try site.importPatients() }
    for path in fixtures {
      let parts = path.split(separator: "/").map(String.init)
      try site.drop("archive/" + path, into: parts.count > 1 ? parts[0] : "")
    }
    let result = try site.program.run("run")
    #expect([0, 3].contains(result.status), "\(result.errors)")
  }

  @discardableResult
  func run(_ arguments: [String], input: String? = nil) throws -> Program.Result {
    try program.start(arguments, input: input).wait()
  }

  /// Runs a verb that must be done.
  @discardableResult
  func done(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> Program.Result {
    try done(arguments: arguments, sourceLocation: sourceLocation)
  }

  @discardableResult
  func done(
    arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Program.Result {
    let result = try run(arguments)
    #expect(result.status == 0, "\(arguments): \(result.errors)\(result.output)", sourceLocation: sourceLocation)
    return result
  }

  /// Runs a verb that must be refused.
  @discardableResult
  func refused(
    _ arguments: String..., with code: Int32 = 1, saying words: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Program.Result {
    let result = try run(arguments)
    #expect(result.status == code, "\(arguments): \(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errors.contains(words), "\(result.errors)", sourceLocation: sourceLocation)
    return result
  }

  /// Journal and index are gone.
  func loseDatabases() {
    for name in ["index", "journal"] {
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: site.path + "/var/\(name).sqlite" + suffix)
      }
    }
  }

  /// Ids of exceptions with a reason.
  func exceptions(_ reason: String? = nil) throws -> [String] {
    var arguments = ["exceptions", "list", "--json"]
    if let reason { arguments += ["--reason", reason] }
    return try run(arguments).objects.compactMap { $0["id"] as? String }
  }

  func chart(_ mrn: String) throws -> [[String: Any]] { try run(["chart", mrn, "--json"]).objects }
  func charted(_ mrn: String) throws -> [String] { try chart(mrn).compactMap { $0["id"] as? String } }

  /// Records of the audit trail.
  func audit(_ arguments: String...) throws -> [[String: Any]] {
    try run(["audit", "list", "--json"] + arguments).objects
  }

  /// Everything is sound, also to a program that is not ours.
  /// - Parameter lost: the journal was lost, and with it records of the audit trail: that is told, and nothing else.
  func expectSound(
    afterLosing lost: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let verified = try program.run("verify")
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)", sourceLocation: sourceLocation)
    let isSound =
      lost
      ? verified.output.contains("went with the journal that was rebuilt then")
        && verified.output.contains("0 errors, 1 warning")
      : verified.output.contains("Everything was read back and is sound.")
    #expect(isSound, "\(verified.output)", sourceLocation: sourceLocation)
    let script = ProjectFolder.tools + "/ocfl_validate_all.py"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c",
      "import importlib.util,subprocess,sys; sys.exit(77 if importlib.util.find_spec('ocfl') is None else subprocess.run([sys.executable]+sys.argv[1:]).returncode)",
      script, site.path + "/var/archive/root",
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let words = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationStatus == 77 { return print("SKIPPED: no ocfl-py here (pip install ocfl-py)") }
    #expect(process.terminationStatus == 0, "\(words)", sourceLocation: sourceLocation)
  }

  /// Sets the site's operators: login name → roles.
  func setOperators(_ operators: [String: [String: Any]]) throws { try configure("operators", operators) }

  /// Sets one key of the site's configuration.
  func configure(_ key: String, _ value: [String: Any]) throws {
    let file = URL(fileURLWithPath: site.path + "/pipeline.json")
    var object = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as! [String: Any]
    object[key] = value
    try JSONSerialization.data(withJSONObject: object).write(to: file)
  }
}

extension [String: Any] {
  /// What an audit record says of its action.
  var event: [String: Any] { self["event"] as? [String: Any] ?? [:] }
  var subject: [String: Any] { event["subject"] as? [String: Any] ?? [:] }
}
