import Foundation
import Testing
import TestSupport

/// README's transcript is what the program prints.
@Suite struct ReadmeTests {
  @Test func `the transcript in the README is what the program prints, times aside`() throws {
    let site = try SampleSite()
    try FileManager.default.createSymbolicLink(
      atPath: site.path + "/fixtures", withDestinationPath: ProjectFolder.fixtures)
    var command: String?
    var expected: [String] = []
    for line in try transcript() + ["$ "] {
      guard line.hasPrefix("$ ") else {
        expected.append(masked(line))
        continue
      }
      if let command { #expect(try run(command, in: site) == expected, "\(command)") }
      command = String(line.dropFirst(2))
      expected = []
    }
  }

  @Test func `each of the 40 faults names what holds it, and there is such a test or program`() throws {
    let tests = ProjectFolder.path + "/Tests/"
    let suites = try #require(FileManager.default.subpaths(atPath: tests)).filter { $0.hasSuffix("Tests.swift") }
    let table = try String(contentsOfFile: tests + "Faults/README.md", encoding: .utf8)
    let rows = table.split(separator: "\n").filter { $0.contains(/^\| \d+ \|/) }
    #expect(rows.compactMap { Int($0.dropFirst(2).prefix { $0.isNumber }) } == Array(1...40))
    for row in rows {
      let holders = row.split(separator: "|").last!.matches(of: /`([^`]+)`/).map { String($0.output.1) }
      #expect(!holders.isEmpty, "\(row)")
      for holder in holders {
        let words = holder.split(separator: " ").map(String.init)
        if words[0].hasSuffix(".py") {
          let program = try String(contentsOfFile: tests + "Faults/" + words[0], encoding: .utf8)
          for word in words.dropFirst() { #expect(program.contains("\"\(word)\""), "\(holder): \(row)") }
        } else {
          let file = holder + ".swift"
          #expect(suites.contains { $0 == file || $0.hasSuffix("/" + file) }, "\(holder): \(row)")
        }
      }
    }
  }

  private func transcript() throws -> [String] {
    let lines = try String(contentsOfFile: ProjectFolder.path + "/README.md", encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let start = try #require(lines.firstIndex(of: "```console"))
    let end = try #require(lines[start...].firstIndex(of: "```"))
    return Array(lines[(start + 1)..<end])
  }

  private func run(_ command: String, in site: SampleSite) throws -> [String] {
    let words = command.split(separator: " ").map(String.init)
    if words[0] == "cp" {
      try site.dropTree("archive")
      return []
    }
    #expect(words[0] == "chartroom")
    let text = try site.program.runOnTerminal(Array(words.dropFirst()))
    return text.split(separator: "\n").map { masked(String($0)) }
  }

  /// Dates and times differ from run to run; so may spaces at a line's end.
  private func masked(_ line: String) -> String {
    var text = line.replacing(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/, with: "TIME")
    while text.last == " " { text.removeLast() }
    return text
  }
}
