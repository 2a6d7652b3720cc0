import Claiming
import Model
import Testing

@Suite struct BatchTests {
  @Test func `a folder is one batch when all has settled and none came for folderQuietSeconds`() {
    var drill = Drill(Station(batches: .folder))
    _ = drill.look("f/p10.tif", "f/p2.tif")
    #expect(drill.look(after: 29, "f/p10.tif", "f/p2.tif").lines == [])
    let report = drill.look(after: 1, "f/p10.tif", "f/p2.tif")
    #expect(report.lines == ["f/p2.tif f/p10.tif"])
    #expect(report.ready.first?.kind == .folder && report.ready.first?.folder == EscapedText("f"))
  }

  @Test func `a file that comes late keeps the folder waiting`() {
    var drill = Drill(Station(batches: .folder))
    _ = drill.look("f/1.tif")
    _ = drill.look(after: 29, "f/1.tif", "f/2.tif")
    #expect(drill.look(after: 29, "f/1.tif", "f/2.tif").lines == [])
    #expect(drill.look(after: 1, "f/1.tif", "f/2.tif").lines == ["f/1.tif f/2.tif"])
  }

  @Test func `one incomplete file keeps its folder, and after incompleteMinutes the folder goes as it is`() {
    var drill = Drill(Station(batches: .folder))
    drill.verdicts["f/2.tif"] = .incomplete("cut")
    _ = drill.look("f/1.tif", "f/2.tif")
    #expect(drill.look(after: 30, "f/1.tif", "f/2.tif").lines == [])
    #expect(drill.look(after: 3600, "f/1.tif", "f/2.tif").lines == ["f/1.tif f/2.tif !incomplete"])
  }

  @Test(arguments: [
    (["f/1.tif", "f/1.json", "f/2.tif"], "f/1.tif f/2.tif +f/1.json"),
    (["f/1.tif", "f/batch.json"], "f/1.tif +f/batch.json"),
    (["f/1.tif", "f/x.json"], "f/1.tif +f/x.json !bad-sidecar"),
    (["f/1.tif", "f/1.json", "f/batch.json"], "f/1.tif f/batch.json +f/1.json !bad-sidecar"),
  ])
  func `a folder has one sidecar at most, of an image's name or batch`(files: [String], expected: String) {
    var drill = Drill(Station(batches: .folder))
    _ = drill.look(files.map { ($0, 1) })
    #expect(drill.look(after: 30, files.map { ($0, 1) }).lines == [expected])
  }

  @Test func `loose files beside batch folders are batches of their own`() {
    var drill = Drill(Station(batches: .folder))
    _ = drill.look("a.tif", "f/1.tif")
    #expect(drill.look(after: 5, "a.tif", "f/1.tif").lines == ["a.tif"])
  }

  @Test func `a done-marker takes the place of settling and goes along`() {
    var drill = Drill(Station(done: .marker))
    let report = drill.look(after: 100, "a.tif", "b.tif", "b.tif.done", "c.tif.done")
    #expect(report.lines == ["b.tif @b.tif.done"])
    #expect(report.unmarked == 1 && report.markersAlone == 1)
    #expect(drill.look(after: 1000, "a.tif").lines == [])
  }

  @Test func `a done-marker takes the place of a folder's quiet time`() {
    var drill = Drill(Station(batches: .folder, done: .marker))
    #expect(drill.look("f/1.tif", "g/1.tif", "f.done").lines == ["f/1.tif @f.done"])
  }

  @Test func `a marked file that is incomplete still waits`() {
    var drill = Drill(Station(done: .marker))
    drill.verdicts["a.tif"] = .incomplete("cut")
    #expect(drill.look("a.tif", "a.tif.done").lines == [])
    #expect(drill.look(after: 3600, "a.tif", "a.tif.done").lines == ["a.tif @a.tif.done !incomplete"])
  }

  @Test func `with rename-in a file is complete when it appears`() {
    var drill = Drill(Station(done: .rename))
    #expect(drill.look("a.tif").lines == ["a.tif"])
  }

  @Test func `numbered single-page files of one prefix are one batch in the order of their numbers`() {
    var drill = Drill(Station(joinPages: true))
    drill.verdicts["scan-3.tif"] = .whole(frames: 2)
    let names = ["scan-10.tif", "scan-9.tif", "scan-3.tif", "other-1.tif", "cover.tif", "scan-x.pdf"]
    drill.verdicts["scan-x.pdf"] = .other("a PDF")
    _ = drill.look(names.map { ($0, 1) })
    #expect(drill.look(after: 5, names.map { ($0, 1) }).lines == ["cover.tif", "scan-3.tif", "scan-x.pdf"])
    let rest = ["scan-10.tif", "scan-9.tif", "other-1.tif"]
    let report = drill.look(after: 25, rest.map { ($0, 1) })
    #expect(report.lines == ["other-1.tif", "scan-9.tif scan-10.tif"])
    #expect(report.ready.map(\.kind) == [.joined, .joined])
  }

  @Test func `a run has one sidecar, of its prefix or a page's name, and one marker for all`() {
    var drill = Drill(Station(joinPages: true))
    _ = drill.look("scan-1.tif", "scan-2.tif", "scan.json")
    #expect(
      drill.look(after: 30, "scan-1.tif", "scan-2.tif", "scan.json").lines == ["scan-1.tif scan-2.tif +scan.json"])
    var marked = Drill(Station(done: .marker, joinPages: true))
    #expect(marked.look("p1.tif", "p2.tif", "p.done", "q1.tif").lines == ["p1.tif p2.tif @p.done"])
  }
}

@Suite struct NameTests {
  @Test func `numbers in names sort as numbers, ties bytewise`() {
    let sorted = ["p1", "p01", "p2", "p10", "p010", "q", "", "p", "p1a", "p100000000000000000000000", "P9"]
      .sorted { naturallyPrecedes(Array($0.utf8), Array($1.utf8)) }
    #expect(sorted == ["", "P9", "p", "p01", "p1", "p1a", "p2", "p010", "p10", "p100000000000000000000000", "q"])
  }

  @Test func `the order is strict and total over odd names`() {
    let names: [[UInt8]] = [[], [48], [48, 48], [49], [0xFF], [48, 0xFF], [97, 48], [97], [97, 48, 49], [49, 97]]
    for a in names {
      #expect(!naturallyPrecedes(a, a))
      for b in names where a != b { #expect(naturallyPrecedes(a, b) != naturallyPrecedes(b, a)) }
    }
  }

  @Test(arguments: [
    (".hidden", true), ("a.TMP", true), ("~$doc.tif", true), ("THUMBS.DB", true), ("x.part", true),
    ("x.filepart", true),
    ("desktop.ini", true), ("a.tif", false), ("tmp", false), ("a.tmp.tif", false), ("part.tif", false), ("", false),
  ])
  func `names that writers use on the way are ignored`(name: String, ignored: Bool) {
    #expect(ClaimingRules().ignores(Array(name.utf8)) == ignored)
  }

  @Test func `patterns with many stars end soon`() {
    let pattern = NamePattern("*a*a*a*a*a*a*a*b")
    #expect(!pattern.matches([UInt8](repeating: 97, count: 255)))
    #expect(NamePattern("a?c*").matches(Array("abcdef".utf8)))
    #expect(NamePattern("*").matches([0xFF, 10]))
  }
}
