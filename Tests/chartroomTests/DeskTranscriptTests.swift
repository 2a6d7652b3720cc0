import Foundation
import System
import Testing
import TestSupport

/// The transcripts of `fixtures/DESK.md` are what the program prints: one after the other, on one site with the sample archive.
///
/// `RECORD_TRANSCRIPTS=1` writes them down anew; the difference is the review.
@Suite struct DeskTranscriptTests {
  private let login = loginUser()
  private static let path = ProjectFolder.fixtures + "/DESK.md"

  @Test func `every transcript of the desk is what the program prints, times and random ids aside`() throws {
    let site = try SampleSite()
    try FileManager.default.createSymbolicLink(
      atPath: site.path + "/fixtures", withDestinationPath: ProjectFolder.fixtures)
    try site.importPatients()
    try site.dropTree("archive")
    #expect(try site.program.run("run").status == 3)
    let isRecording = ProcessInfo.processInfo.environment["RECORD_TRANSCRIPTS"] != nil
    var written: [String] = []
    var variables: [String: String] = [:]
    for part in try parts() {
      guard case .command(let command, let expected) = part else {
        if case .text(let line) = part { written.append(line) }
        continue
      }
      let words = shellWords(command).map { word in variables.reduce(word) { $0.replacing($1.key, with: $1.value) } }
      let output = words[0] == "mkdir" ? try makeFolder(words[1], site) : try run(words, site)
      for (name, pattern) in Self.remembered {
        if let found = output.reversed().lazy.compactMap({ $0.firstMatch(of: pattern)?.1 }).first {
          variables[name] = String(found)
        }
      }
      let masked = output.map(mask)
      if !isRecording { #expect(masked == expected.map(mask), "\(command)") }
      written += ["$ " + command] + masked
    }
    if isRecording { try written.joined(separator: "\n").write(toFile: Self.path, atomically: true, encoding: .utf8) }
  }

  /// What a later command may name: the newest correction, plan and head that was printed.
  private static var remembered: [(String, Regex<(Substring, Substring)>)] {
    [
      ("CORRECTION", /correction ([0-9a-f-]{36})/), ("DIGEST", /--apply ([0-9a-f]{12})/),
      ("HEAD", /Its head is ([0-9]+:[0-9a-f]{64})/),
    ]
  }

  private enum Part {
    case text(String)
    case command(String, expected: [String])
  }

  private func parts() throws -> [Part] {
    var parts: [Part] = []
    var isInside = false
    var command: String?
    var output: [String] = []
    func end() {
      if let command { parts.append(.command(command, expected: output)) }
      command = nil
      output = []
    }
    for line in try String(contentsOfFile: Self.path, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    {
      if isInside, line.hasPrefix("$ ") {
        end()
        command = String(line.dropFirst(2))
      } else if isInside, line != "```" {
        output.append(line)
      } else {
        end()
        isInside = line == "```console"
        parts.append(.text(line))
      }
    }
    return parts
  }

  private func makeFolder(_ name: String, _ site: SampleSite) throws -> [String] {
    try FileManager.default.createDirectory(atPath: site.path + "/" + name, withIntermediateDirectories: false)
    return []
  }

  private func run(_ words: [String], _ site: SampleSite) throws -> [String] {
    #expect(words[0] == "chartroom")
    var lines = try site.program.runOnTerminal(Array(words.dropFirst())).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map { String($0).replacing(site.path + "/", with: "") }
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// Words as a shell takes them: single quotes hold together.
  private func shellWords(_ line: String) -> [String] {
    var words: [String] = []
    for (index, piece) in line.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
      if index.isMultiple(of: 2) {
        words += piece.split(separator: " ").map(String.init)
      } else {
        words.append(String(piece))
      }
    }
    return words
  }

  /// What differs from run to run; also spaces at a line's end.
  private func mask(_ line: String) -> String {
    var text = line.replacing(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/, with: "TIME")
      .replacing(/\d{4}-\d\d-\d\dT[0-9:.]+Z/, with: "TIME")
      .replacing(/login [^ );]+/, with: "login LOGIN")
      .replacing("  \(login)  ", with: "  LOGIN  ").replacing("\"\(login)\"", with: "\"LOGIN\"")
      .replacing(/^\d{4}-\d\d {2}/, with: "YYYY-MM  ").replacing(/[0-9a-f]{64}/, with: "HASH").replacing(
        /--apply [0-9a-f]{12}/, with: "--apply DIGEST")
    // Document ids are made of their pages; all others are random.
    text = text.replacing(/(urn:uuid:|%3auuid%3a)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/) {
      match in
      match.output.1 == nil ? "UUID" : String(match.output.0)
    }
    while text.last == " " { text.removeLast() }
    return text
  }
}
