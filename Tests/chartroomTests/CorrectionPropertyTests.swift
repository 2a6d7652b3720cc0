import Foundation
import Glibc
import Testing
import TestSupport

/// After any sequence of corrections, with crashes between their steps, everything is sound and a rebuild gives the same charts.
@Suite(.serialized) struct CorrectionPropertyTests {
  private static let paper = [
    "front-desk/good-merged-mrn.tif", "front-desk/good-reordered.tif", "ward-3/good-duplex.tif",
    "front-desk/no-label.tif", "front-desk/unreadable-label.tif", "front-desk/conflicting-mrn.tif",
    "front-desk/missing-page.tif", "id-desk/too-many-pages.tif", "front-desk/good-jpeg-in-tiff.tif",
    "archive-room/good-gray-folder",
  ]
  private static let patients = [
    ("12345674", "1961-04-12"), ("10000016", "sample"), ("10000024", "1985-02-28"), ("10000198", "survivor"),
  ]
  private static let steps = 30

  @Test(arguments: [UInt64(1), 2, 3])
  func `random corrections with crashes leave everything sound, and a rebuild gives the same charts`(seed: UInt64)
    throws
  {
    let desk = try DeskSite(Self.paper)
    var dice = Dice(state: seed)
    let pages = try pagesOfAll(desk)
    var done = 0
    for _ in 0..<Self.steps {
      guard let arguments = try step(desk, &dice) else { continue }
      let running = try desk.program.start(arguments)
      if dice.roll(3) == 0 {
        // Somewhere between its start and its end.
        usleep(UInt32(dice.roll(60)) * 1000)
        kill(running.process.processIdentifier, SIGKILL)
      }
      let result = running.wait()
      if result.status == 0 { done += 1 }
      #expect([0, 1, 9, 75].contains(result.status), "seed \(seed): \(arguments): \(result.errors)")
    }
    #expect(done >= Self.steps / 4, "most of what was tried was refused or killed")
    try desk.expectSound()
    #expect(try pagesOfAll(desk) == pages, "seed \(seed): a page was lost")
    let charts = try everything(desk)
    for suffix in ["", "-wal", "-shm"] {
      for name in ["journal", "index"] {
        try? FileManager.default.removeItem(atPath: "\(desk.site.path)/var/\(name).sqlite\(suffix)")
      }
    }
    try desk.done("rebuild")
    #expect(try everything(desk) == charts, "seed \(seed)")
    let verified = try desk.run(["verify"])
    #expect(verified.status == 0, "seed \(seed): \(verified.output)")
  }

  /// Every current document as `chart` and `exceptions` tell it.
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
    let all = try desk.run(["impact", "--from", "2000-01-01", "--json"]).objects.filter { $0["id"] != nil }
    if dice.roll(6) == 0 {
      guard let correction = dice.one(of: try desk.site.corrections()) else { return nil }
      return ["correct", "undo", correction["correction"] as! String, "--reason", "undo"]
    }
    guard let document = dice.one(of: all) else { return nil }
    return document["status"] as? String == "filed"
      ? correction(of: document, all, &dice) : decision(on: document, all, &dice)
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
