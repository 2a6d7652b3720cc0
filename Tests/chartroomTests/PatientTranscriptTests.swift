import Foundation
import Testing
import TestSupport

/// README's transcript of the patient index is what the program prints.
@Suite struct PatientTranscriptTests {
  @Test func `the transcript of patient data in the README is what the program prints`() throws {
    let site = try SampleSite()
    try FileManager.default.createSymbolicLink(
      atPath: site.path + "/fixtures", withDestinationPath: ProjectFolder.fixtures)
    var command: String?
    var expected: [String] = []
    var count = 0
    for line in try transcript() + ["$ "] {
      guard line.hasPrefix("$ ") else {
        expected.append(line)
        continue
      }
      if let command {
        let words = command.split(separator: " ").map(String.init)
        #expect(words[0] == "chartroom")
        let printed = try site.program.runOnTerminal(Array(words.dropFirst()))
        #expect(printed.split(separator: "\n").map(String.init) == expected, "\(command)")
        count += 1
      }
      command = String(line.dropFirst(2))
      expected = []
    }
    #expect(count >= 5)
  }

  /// The block that starts with a dry run.
  private func transcript() throws -> [String] {
    let lines = try String(contentsOfFile: ProjectFolder.path + "/README.md", encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let first = try #require(lines.firstIndex { $0.hasPrefix("$ chartroom patients import --dry-run") })
    let end = try #require(lines[first...].firstIndex(of: "```"))
    return Array(lines[first..<end])
  }
}
