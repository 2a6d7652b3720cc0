import ArgumentParser
import Foundation
import System
import Testing
import TestSupport

@testable import chartroom

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
    for part in try Self.parts(of: Self.path) {
      guard case .command(let command, let expected) = part else {
        if case .text(let line) = part { written.append(line) }
        continue
      }
      let words = shellWords(command).map { word in variables.reduce(word) { $0.replacing($1.key, with: $1.value) } }
      let output = try carryOut(words, site)
      for (name, pattern) in Self.remembered {
        let lines = name == "BATCH" ? output.filter { $0.contains(", received ") && !$0.hasPrefix("from ") } : output
        if let found = lines.reversed().lazy.compactMap({ $0.firstMatch(of: pattern)?.1 }).first {
          variables[name] = String(found)
        }
      }
      let masked = output.map(mask)
      if !isRecording { #expect(masked == expected.map(mask), "\(command)") }
      written += ["$ " + command] + masked
    }
    if isRecording { try written.joined(separator: "\n").write(toFile: Self.path, atomically: true, encoding: .utf8) }
  }

  @Test func `every verb has a transcript that a test runs`() throws {
    let commands = try [ProjectFolder.path + "/README.md", Self.path].flatMap { path in
      try Self.parts(of: path).compactMap { part in
        if case .command(let command, _) = part { command + " " } else { nil }
      }
    }
    let verbs = Self.verbs(below: Chartroom.self, "chartroom")
    #expect(verbs.count > 40)
    for verb in verbs {
      #expect(commands.contains { $0.hasPrefix(verb + " ") }, "\(verb) has no transcript")
    }
  }

  /// As typed, without those that only carry others and those that people never type.
  private static func verbs(below command: any ParsableCommand.Type, _ name: String) -> [String] {
    let configuration = command.configuration
    guard configuration.shouldDisplay else { return [] }
    if configuration.subcommands.isEmpty { return [name] }
    return configuration.subcommands.flatMap { verbs(below: $0, "\(name) \($0.configuration.commandName ?? "")") }
  }

  /// What a later command may name: the newest correction, plan and head that was printed.
  private static var remembered: [(String, Regex<(Substring, Substring)>)] {
    [
      ("BATCH", /batch ([0-9a-f-]{36})$/), ("CORRECTION", /correction ([0-9a-f-]{36})/),
      ("DIGEST", /--apply ([0-9a-f]{12})/),
      ("HEAD", /Its head is ([0-9]+:[0-9a-f]{64})/),
    ]
  }

  private enum Part {
    case text(String)
    case command(String, expected: [String])
  }

  private static func parts(of path: String) throws -> [Part] {
    var parts: [Part] = []
    var isInside = false
    var command: String?
    var output: [String] = []
    func end() {
      if let command { parts.append(.command(command, expected: output)) }
      command = nil
      output = []
    }
    for line in try String(contentsOfFile: path, encoding: .utf8)
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

  /// What needs no shell: `mkdir FOLDER`, `cp FILE FOLDER`, and our program.
  private func carryOut(_ words: [String], _ site: SampleSite) throws -> [String] {
    switch words[0] {
    case "mkdir":
      try FileManager.default.createDirectory(atPath: site.path + "/" + words[1], withIntermediateDirectories: false)
    case "cp":
      let name = (words[1] as NSString).lastPathComponent
      try FileManager.default.copyItem(atPath: site.path + "/" + words[1], toPath: site.path + "/" + words[2] + name)
    default: return try run(words, site)
    }
    return []
  }

  private func run(_ words: [String], _ site: SampleSite) throws -> [String] {
    #expect(words[0] == "chartroom")
    if words[1] == "watch" { return try watch(site) }
    var lines = try site.program.runOnTerminal(Array(words.dropFirst())).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map { String($0).replacing(site.path + "/", with: "") }
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// The service, stopped once its drop folders are empty and nothing is in hand.
  private func watch(_ site: SampleSite) throws -> [String] {
    let running = try site.program.start(["watch"])
    let end = Date.now.addingTimeInterval(120)
    func isIdle() throws -> Bool {
      let dropped = FileManager.default.enumerator(atPath: site.drop)?.compactMap { $0 as? String } ?? []
      return try !dropped.contains { $0.hasSuffix(".tif") } && site.names(in: "claimed").isEmpty
    }
    while Date.now < end, try !isIdle() { Thread.sleep(forTimeInterval: 0.5) }
    running.process.terminate()
    let result = running.wait()
    #expect(result.status == 0 || result.status == 3, "\(result.errors)")
    return result.output.split(separator: "\n").map(String.init)
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
      .replacing(/login [^ );]+/, with: "login LOGIN").replacing(" by \(login)", with: " by LOGIN")
      .replacing("  \(login)  ", with: "  LOGIN  ").replacing("\"\(login)\"", with: "\"LOGIN\"")
      .replacing(/^\d{4}-\d\d {2}/, with: "YYYY-MM  ").replacing(/\d+ ms$/, with: "N ms").replacing(
        /[0-9a-f]{64}/, with: "HASH"
      ).replacing(
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
