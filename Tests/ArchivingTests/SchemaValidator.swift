import Foundation
import TestSupport
import Testing

/// An independent JSON Schema validator (`pip install check-jsonschema`), where this machine has it.
enum SchemaValidator {
  /// Demands that the bytes are valid (or not) by `fixtures/schemas/<schema>.json`.
  static func expect(
    _ bytes: [UInt8], by schema: String, valid: Bool = true, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("chartroom-\(UUID().uuidString).json")
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "check-jsonschema", "--schemafile", "\(ProjectFolder.fixtures)/schemas/\(schema).json", file.path,
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let words = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationStatus == 127 {
      return print("SKIPPED: no check-jsonschema here (pip install check-jsonschema)")
    }
    #expect((process.terminationStatus == 0) == valid, "\(words)", sourceLocation: sourceLocation)
  }
}
