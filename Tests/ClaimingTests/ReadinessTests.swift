import Claiming
import Model
import System
import Testing

@Suite struct ReadinessTests {
  @Test func `a file is taken when it has kept size and time for settleSeconds since we first saw it`() {
    var drill = Drill()
    #expect(drill.look("a.tif").settling == [.init(arrivedAt: 0, until: 5)])
    #expect(drill.look(after: 4.9, "a.tif").lines == [])
    #expect(drill.look(after: 0.1, "a.tif").lines == ["a.tif"])
  }

  @Test func `a file that still grows starts to settle anew`() {
    var drill = Drill()
    _ = drill.look([("a.tif", 10)])
    #expect(drill.look(after: 4, [("a.tif", 20)]).lines == [])
    #expect(drill.look(after: 4, [("a.tif", 20)]).lines == [])
    #expect(drill.look(after: 1, [("a.tif", 20)]).lines == ["a.tif"])
  }

  @Test func `an old time stamp of its own makes no file ready`() {
    var drill = Drill()
    // Drill's files are of 1970.
    #expect(drill.look("a.tif").lines == [])
  }

  @Test func `a file that came while we were away settles at start-up too`() {
    var drill = Drill()
    drill.now = 1e6
    #expect(drill.look("a.tif").lines == [])
    #expect(drill.look(after: 5, "a.tif").lines == ["a.tif"])
  }

  @Test func `a file that is open for writing is left, and asked again at the next scan`() {
    var drill = Drill()
    drill.verdicts["a.tif"] = .busy
    _ = drill.look("a.tif")
    let report = drill.look(after: 5, "a.tif")
    #expect(report.lines == [] && report.busy == 1)
    drill.verdicts = [:]
    #expect(drill.look(after: 1, "a.tif").lines == ["a.tif"])
  }

  @Test func `an incomplete file waits, is shown, and is claimed as it is after incompleteMinutes`() {
    var drill = Drill()
    drill.verdicts["a.tif"] = .incomplete("a strip is missing")
    _ = drill.look("a.tif")
    let report = drill.look(after: 5, "a.tif")
    #expect(report.lines == [])
    #expect(report.waiting.map(\.file.name.description) == ["a.tif"])
    #expect(report.waiting.first?.reason.contains("a strip is missing") == true)
    #expect(drill.look(after: 3599, "a.tif").lines == [])
    #expect(drill.look(after: 1, "a.tif").lines == ["a.tif !incomplete"])
  }

  @Test func `an image waits for the content of its sidecar too`() {
    var drill = Drill()
    drill.verdicts["a.json"] = .incomplete("it is an empty file")
    _ = drill.look("a.tif", "a.json")
    #expect(drill.look(after: 5, "a.tif", "a.json").lines == [])
    drill.verdicts = [:]
    _ = drill.look([("a.tif", 100), ("a.json", 200)])
    #expect(drill.look(after: 5, [("a.tif", 100), ("a.json", 200)]).lines.count == 1)
  }

  @Test func `the first sight of an incomplete file outlives the process`() {
    var first = Drill()
    first.verdicts["a.tif"] = .incomplete("cut")
    _ = first.look("a.tif")
    let waiting = first.look(after: 5, "a.tif").waiting
    var second = Drill(waiting: waiting)
    second.verdicts = first.verdicts
    second.wall = first.wall.adding(seconds: 3000)
    #expect(second.look("a.tif").waiting == waiting)
    #expect(second.look(after: 5, "a.tif").lines == [])
    #expect(second.look(after: 595, "a.tif").lines == ["a.tif !incomplete"])
  }

  @Test func `a wait that is over stays over until the file is taken, for the next process too`() {
    var first = Drill()
    first.verdicts["a.tif"] = .incomplete("cut")
    _ = first.look("a.tif")
    let since = first.look(after: 5, "a.tif").waiting
    let report = first.look(after: 3600, "a.tif")
    #expect(report.lines == ["a.tif !incomplete"] && report.waiting == since)
    // Its taking time ran out: nobody took it.
    #expect(first.look(after: 1, "a.tif").lines == ["a.tif !incomplete"])
    var second = Drill(waiting: report.waiting)
    second.verdicts = first.verdicts
    second.wall = first.wall
    _ = second.look("a.tif")
    #expect(second.look(after: 5, "a.tif").lines == ["a.tif !incomplete"])
    #expect(second.look(after: 1).waiting.isEmpty, "it is gone")
  }

  @Test func `an incomplete file that grew waits anew`() {
    var drill = Drill()
    drill.verdicts["a.tif"] = .incomplete("cut")
    _ = drill.look([("a.tif", 10)])
    _ = drill.look(after: 5, [("a.tif", 10)])
    _ = drill.look(after: 3500, [("a.tif", 20)])
    #expect(drill.look(after: 200, [("a.tif", 20)]).lines == [])
    drill.verdicts = [:]
    #expect(drill.look(after: 0, [("a.tif", 30)]).lines == [])
    #expect(drill.look(after: 5, [("a.tif", 30)]).lines == ["a.tif"])
  }

  @Test func `a clock that was set back lengthens a wait and never ends the world`() {
    var drill = Drill()
    drill.verdicts["a.tif"] = .incomplete("cut")
    _ = drill.look("a.tif")
    _ = drill.look(after: 5, "a.tif")
    drill.wall = drill.wall.adding(seconds: -86_400)
    #expect(drill.look(after: 0, "a.tif").lines == [])
    #expect(drill.look(after: 3600, "a.tif").lines == ["a.tif !incomplete"])
  }

  @Test func `what is no TIFF, PNG or sidecar is claimed at once when settled`() {
    var drill = Drill()
    drill.verdicts = ["a.pdf": .other("a PDF"), "b.tif": .other("text")]
    _ = drill.look("a.pdf", "b.tif")
    #expect(drill.look(after: 5, "a.pdf", "b.tif").lines == ["a.pdf", "b.tif"])
  }

  @Test func `a file that cannot be read is told and left`() {
    var drill = Drill()
    drill.verdicts["a.tif"] = .unreadable("no right")
    _ = drill.look("a.tif")
    let report = drill.look(after: 5, "a.tif")
    #expect(report.lines == [])
    #expect(report.oddities.map(\.kind) == [.unreadable])
  }

  @Test func `the oldest arrival comes first, then names in natural order`() {
    var drill = Drill()
    _ = drill.look("z.tif")
    _ = drill.look(after: 1, "z.tif", "a10.tif", "a9.tif")
    let report = drill.look(after: 5, "a9.tif", "a10.tif", "z.tif")
    #expect(report.lines == ["z.tif", "a9.tif", "a10.tif"])
    let limited = drill.look(after: 0, [("a9.tif", 100), ("a10.tif", 100), ("z.tif", 100)], limit: 1)
    #expect(limited.lines == ["z.tif"] && limited.readyMore == 2)
  }

  @Test func `no more files are watched than the limit, and the others have their turn`() {
    var drill = Drill(rules: .init(filesMax: 2))
    let report = drill.look("a.tif", "b.tif", "c.tif")
    #expect(report.files == 2 && report.filesMore == 1)
    #expect(drill.look(after: 5, "a.tif", "b.tif", "c.tif").ready.count == 2)
    #expect(drill.look("c.tif").files == 0)
    #expect(drill.look("c.tif").files == 1)
    #expect(drill.look(after: 5, "c.tif").lines == ["c.tif"])
  }

  @Test func `a hundred thousand files are judged in a moment`() {
    var drill = Drill()
    let files = (0..<100_000).map { ("scan\($0).tif", 100) }
    let report = drill.look(files)
    #expect(report.files == 100_000 && report.settling.count == 100_000)
  }
}
