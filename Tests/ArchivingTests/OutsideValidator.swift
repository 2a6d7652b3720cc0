import Foundation
import System
import TestSupport
import Testing

/// The outside validator of OCFL roots (`pip install ocfl-py`), where this machine has it.
enum OutsideValidator {
  static let script = ProjectFolder.tools + "/ocfl_validate_all.py"

  /// - Returns: its exit status and words; nil, said loudly, where it cannot be run.
  static func validate(_ root: FilePath) throws -> (status: Int32, words: String)? {
    guard FileManager.default.fileExists(atPath: script), try run(["python3", "-c", "import ocfl"]).status == 0 else {
      print("SKIPPED: no outside OCFL validator here (\(script), pip install ocfl-py)")
      return nil
    }
    return try run(["python3", script, root.description])
  }

  /// Demands a root without errors and without warnings.
  static func expectValid(_ root: FilePath, objects: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
    guard let result = try validate(root) else { return }
    let summary = "\(root): \(objects)/\(objects) objects valid; root VALID"
    #expect(result.status == 0 && result.words == summary, "\(result.words)", sourceLocation: sourceLocation)
  }

  private static func run(_ command: [String]) throws -> (status: Int32, words: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let words = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: words, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    )
  }
}
