import Claiming
import Model
import Testing

@Suite struct SidecarTests {
  @Test(arguments: ["a.tif", "a.tiff", "a.png", "a.TIF"])
  func `a sidecar goes with the image of its name`(image: String) {
    var drill = Drill()
    _ = drill.look(image, "a.json", "b.tif")
    #expect(drill.look(after: 5, image, "a.json", "b.tif").lines == ["\(image) +a.json", "b.tif"])
  }

  @Test func `an image whose sidecar still settles waits for it`() {
    var drill = Drill()
    _ = drill.look("a.tif")
    #expect(drill.look(after: 4, "a.tif", "a.json").lines == [])
    #expect(drill.look(after: 1, "a.tif", "a.json").lines == [])
    #expect(drill.look(after: 4, "a.tif", "a.json").lines == ["a.tif +a.json"])
  }

  @Test func `a sidecar waits for its image, and alone after incompleteMinutes it is bad-sidecar`() {
    var drill = Drill()
    _ = drill.look("a.json")
    let report = drill.look(after: 5, "a.json")
    #expect(report.lines == [] && report.waiting.count == 1)
    #expect(drill.look(after: 3599, "a.json").lines == [])
    let late = drill.look(after: 1, "a.json")
    #expect(late.lines == ["a.json !bad-sidecar"])
    #expect(late.ready.first?.problem?.finding?.reason == .badSidecar)
  }

  @Test func `a sidecar whose image comes in time is no exception`() {
    var drill = Drill()
    _ = drill.look("a.json")
    _ = drill.look(after: 3000, "a.json")
    _ = drill.look(after: 0, "a.json", "a.tif")
    let report = drill.look(after: 5, "a.json", "a.tif")
    #expect(report.lines == ["a.tif +a.json"] && report.waiting == [])
  }

  @Test func `a sidecar of two images is bad-sidecar with both`() {
    var drill = Drill()
    _ = drill.look("a.json", "a.png", "a.tif")
    #expect(drill.look(after: 5, "a.json", "a.png", "a.tif").lines == ["a.png a.tif +a.json !bad-sidecar"])
  }

  @Test func `two images of one name without a sidecar are two batches`() {
    var drill = Drill()
    _ = drill.look("a.png", "a.tif")
    #expect(drill.look(after: 5, "a.png", "a.tif").lines == ["a.png", "a.tif"])
  }

  @Test func `a station that demands sidecars waits for them, then takes the image as bad-sidecar`() {
    var drill = Drill(Station(sidecar: .required))
    _ = drill.look("a.tif", "b.tif", "b.json", "c.pdf")
    #expect(drill.look(after: 5, "a.tif", "b.tif", "b.json", "c.pdf").lines == ["b.tif +b.json", "c.pdf"])
    #expect(drill.look(after: 3600, "a.tif").lines == ["a.tif !bad-sidecar"])
  }
}
