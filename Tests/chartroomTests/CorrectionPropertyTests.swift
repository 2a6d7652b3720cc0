import ArgumentParser
import Foundation
import Glibc
import Model
import Testing
import TestSupport

@testable import chartroom

/// After any sequence of corrections, merges and un-merges, with crashes between their steps, everything is sound, also to a validator that
/// is not ours, and a rebuild gives the same charts, byte for byte. `CHARTROOM_SEEDS=100` tries so many seeds more.
@Suite(.serialized) struct CorrectionPropertyTests {
  private static let paper = [
    "front-desk/good-merged-mrn.tif", "front-desk/good-reordered.tif", "ward-3/good-duplex.tif",
    "front-desk/no-label.tif", "front-desk/unreadable-label.tif", "front-desk/conflicting-mrn.tif",
    "front-desk/missing-page.tif", "front-desk/no-type.tif", "id-desk/too-many-pages.tif",
    "front-desk/good-jpeg-in-tiff.tif",
    "archive-room/good-gray-folder", "good-header-sections.tif",
  ]
  private static let patients = [
    ("12345674", "1961-04-12"), ("10000016", "sample"), ("10000024", "1985-02-28"), ("10000198", "survivor"),
  ]
  private static let steps = 30

  private static let seeds: [UInt64] = {
    let more = ProcessInfo.processInfo.environment["CHARTROOM_SEEDS"].flatMap { UInt64($0) } ?? 0
    return [1, 2, 3] + (more > 0 ? Array(100..<100 + more) : [])
  }()

  @Test(arguments: seeds)
  func `random corrections with crashes leave everything sound, and a rebuild gives the same charts`(seed: UInt64)
    async throws
  {
    let desk = try DeskSite(Self.paper)
    try desk.site.drop("archive-second/possible-duplicate.tif", into: "")
    #expect(try desk.run(["run"]).status == 3)
    var dice = Dice(state: seed)
    let pages = try pagesOfAll(desk)
    var done = 0
    for number in 0..<Self.steps {
      guard let arguments = try merge(number, desk, &dice) ?? step(desk, &dice) else { continue }
      let status = try await carryOut(arguments, desk, &dice)
      if status == 0 { done += 1 }
      #expect([0, 1, 9, 75].contains(status), "seed \(seed): \(arguments) ended with \(status)")
    }
    #expect(done >= Self.steps / 4, "most of what was tried was refused or killed")
    try desk.expectSound()
    #expect(try pagesOfAll(desk) == pages, "seed \(seed): a page was lost")
    // What was begun and not finished is finished by the next who acts; what a killed import left, by the next run.
    #expect(try [0, 3].contains(desk.run(["run"]).status))
    let charts = try everything(desk)
    desk.loseDatabases()
    try desk.done("rebuild")
    #expect(try everything(desk) == charts, "seed \(seed)")
    try desk.expectSound(afterLosing: true)
  }

  /// One in three ends in the middle: by a signal, somewhere in time, or on a disk that goes dark after some steps, whatever they are.
  /// - Returns: the exit code.
  private func carryOut(_ arguments: [String], _ desk: DeskSite, _ dice: inout Dice) async throws -> Int32 {
    switch dice.roll(6) {
    case 0:
      let running = try desk.program.start(arguments)
      usleep(UInt32(dice.roll(60)) * 1000)
      kill(running.process.processIdentifier, SIGKILL)
      return running.wait().status
    case 1:
      let disk = CrashingDisk(afterSteps: dice.roll(40))
      return await StepWatch.$watcher.withValue(disk) { await inThisProcess(arguments, desk) }
    default:
      return try desk.run(arguments).status
    }
  }

  private func inThisProcess(_ arguments: [String], _ desk: DeskSite) async -> Int32 {
    do {
      let words = arguments + ["--config", desk.site.path + "/pipeline.json"]
      var verb = try #require(Chartroom.parseAsRoot(words) as? any AsyncParsableCommand)
      try await verb.run()
      return 0
    } catch { return (error as? ExitCode)?.rawValue ?? -1 }
  }

  /// Every document with the charts that it left, and each chart.
  private func everything(_ desk: DeskSite) throws -> [String] {
    try desk.run(["impact", "--from", "2000-01-01", "--json"]).output.split(separator: "\n").map(String.init)
      + Self.patients.map { try desk.run(["chart", $0.0, "--json"]).output }
  }

  /// All pages of the site, whatever became of them.
  private func pagesOfAll(_ desk: DeskSite) throws -> Int {
    let status = try #require(desk.run(["status", "--json"]).objects.first)
    let stations = try #require(status["stations"] as? [[String: Any]])
    return stations.reduce(0) { sum, station in
      sum + (station["pages"] as? [String: Int] ?? [:]).values.reduce(0, +)
    }
  }

  // MARK: Steps

  private func step(_ desk: DeskSite, _ dice: inout Dice) throws -> [String]? {
    let all = try desk.run(["impact", "--from", "2000-01-01", "--json"]).objects.filter {
      ["filed", "exception"].contains($0["status"] as? String)
    }
    if dice.roll(6) == 0 {
      guard let correction = dice.one(of: try desk.site.corrections()) else { return nil }
      return ["correct", "undo", correction["correction"] as! String, "--reason", "undo"]
    }
    guard let document = dice.one(of: all) else { return nil }
    switch dice.roll(12) {
    case 0:
      return try reviewed(
        ["impact", "--label", "MRN" + dice.one(of: Self.patients)!.0, "--refile", "--reason", "bad"], desk)
    case 1:
      let untyped = try desk.exceptions("no-type") + desk.exceptions("unknown-type")
      if !untyped.isEmpty {
        return try reviewed(["exceptions", "type"] + untyped + ["--type", "LAB", "--reason", "reports"], desk)
      }
    case 2:
      if let doubt = dice.one(of: try desk.run(["patients", "proposals", "--json"]).objects) {
        return ["patients", "confirm", doubt["document"] as! String, "--reason", "looked"]
      }
    default: break
    }
    if document["status"] as? String == "exception", dice.roll(4) == 0,
      let words = try duplicates(document, desk, &dice)
    {
      return words
    }
    return document["status"] as? String == "filed"
      ? correction(of: document, all, &dice) : decision(on: document, all, &dice)
  }

  /// One number in six merged into another or parted from it again, by an ADT message.
  private func merge(_ number: Int, _ desk: DeskSite, _ dice: inout Dice) throws -> [String]? {
    guard dice.roll(6) == 0 else { return nil }
    let (from, into) = (dice.one(of: Self.patients)!.0, dice.one(of: Self.patients)!.0)
    let isMerge = dice.roll(2) == 0
    let message =
      [
        "MSH|^~\\&|A|B|C|D|2027040110\(number < 10 ? "0" : "")\(number)00||ADT^\(isMerge ? "A40" : "A37")|P\(number)|P|2.5.1",
        "PID|1||\(into)^^^GENHOSP^MR", (isMerge ? "MRG|" : "PID|2||") + "\(from)^^^GENHOSP^MR",
      ].joined(separator: "\r") + "\r"
    let name = "merge\(number).hl7"
    try message.write(toFile: desk.site.path + "/" + name, atomically: true, encoding: .utf8)
    return ["patients", "import", "--keep-going", desk.site.path + "/" + name]
  }

  /// All possible duplicates of a batch at once: looked at, then done.
  private func duplicates(_ document: [String: Any], _ desk: DeskSite, _ dice: inout Dice) throws -> [String]? {
    let words = [
      "exceptions", "duplicates", document["batch"] as! String, dice.roll(2) == 0 ? "--reject" : "--file", "--reason",
      "twice",
    ]
    return try reviewed(words, desk)
  }

  /// Looked at, then done.
  private func reviewed(_ words: [String], _ desk: DeskSite) throws -> [String]? {
    guard let plan = try desk.run(words + ["--json"]).objects.last, let digest = plan["digest"] as? String else {
      return nil
    }
    return words + ["--apply", digest]
  }

  private func decision(on document: [String: Any], _ all: [[String: Any]], _ dice: inout Dice) -> [String] {
    let id = document["id"] as! String
    let pages = document["pages"] as? [Int] ?? []
    switch dice.roll(5) {
    case 0 where pages.count > 1: return ["exceptions", "split", id, "--parts", halves(pages), "--reason", "split"]
    case 1:
      let others = all.filter { $0["status"] as? String == "exception" && $0["id"] as? String != id }
      guard let other = dice.one(of: others) else { fallthrough }
      return ["exceptions", "join", id, other["id"] as! String, "--reason", "join"]
    case 2: return ["exceptions", "reject", id, "--reason", "reject"]
    case 3: return ["exceptions", "requeue", id, "--reason", "again"]
    default:
      let patient = dice.one(of: Self.patients)!
      return [
        "exceptions", "assign", id, "--mrn", patient.0, "--second", patient.1, "--type", "LAB", "--reason", "assign",
      ]
    }
  }

  private func correction(of document: [String: Any], _ all: [[String: Any]], _ dice: inout Dice) -> [String] {
    let id = document["id"] as! String
    let pages = document["pages"] as? [Int] ?? []
    let waiting = all.filter { $0["status"] as? String == "exception" }
    let second = Self.patients.first { $0.0 == (document["patient"] as? [String: String])?["mrn"] }?.1 ?? "nobody"
    switch dice.roll(7) {
    case 0 where pages.count > 1: return ["correct", "split", id, "--parts", halves(pages), "--reason", "split"]
    case 1:
      let patient = dice.one(of: Self.patients)!
      return ["correct", "move", id, "--mrn", patient.0, "--second", patient.1, "--reason", "move"]
    case 2 where pages.count > 1:
      let order = pages.reversed().map(String.init).joined(separator: ",")
      return ["correct", "reorder", id, "--pages", order, "--reason", "reorder"]
    case 3:
      let others = all.filter { $0["status"] as? String == "filed" && $0["id"] as? String != id }
      guard let other = dice.one(of: others) else { fallthrough }
      return ["correct", "join", id, other["id"] as! String, "--reason", "join"]
    case 4:
      guard let late = dice.one(of: waiting) else { fallthrough }
      return [
        "correct", "insert", id, "--from", late["id"] as! String, "--after", "0", "--second", second, "--reason",
        "late",
      ]
    case 5:
      guard let rescan = dice.one(of: waiting), let page = dice.one(of: pages) else { fallthrough }
      return [
        "correct", "replace", id, "--page", "\(page)", "--by", rescan["id"] as! String, "--second", second, "--reason",
        "rescan",
      ]
    default:
      return dice.roll(2) == 0
        ? ["correct", "withdraw", id, "--reason", "withdraw"]
        : ["correct", "retype", id, "--type", "LAB", "--reason", "retype"]
    }
  }

  private func halves(_ pages: [Int]) -> String {
    let middle = pages.count / 2
    return [pages[..<middle], pages[middle...]].map { $0.map(String.init).joined(separator: ",") }.joined(
      separator: "/")
  }
}

/// SplitMix64 (S. Vigna): the same seed throws the same dice.
private struct Dice {
  var state: UInt64

  mutating func roll(_ sides: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(sides))
  }

  mutating func one<Value>(of values: [Value]) -> Value? { values.isEmpty ? nil : values[roll(values.count)] }
}
