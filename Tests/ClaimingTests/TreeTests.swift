import Claiming
import Model
import System
import Testing

/// A tree that is only read is sorted into batches by the rules of the drop folder.
@Suite struct TreeTests {
  private func lines(_ names: [String], _ station: Station, frames: [String: Int] = [:], beside: [String] = [])
    -> [String]
  {
    func file(_ name: String) -> TreeFolder.File {
      TreeFolder.File(
        name: Array(name.utf8), identity: FileIdentity(device: 1, inode: 1, size: 1, modified: 1), frames: frames[name])
    }
    let folder = TreeFolder(name: Array("box".utf8), files: names.map(file), markersBeside: beside.map(file))
    let sorted = folder.batches(for: station)
    let lines = sorted.batches.map { batch in
      func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
      let sidecar = batch.sidecar.map { " +" + text($0) } ?? ""
      return batch.sources.map(text).joined(separator: " ") + sidecar
        + (batch.problem?.finding.map { " !\($0.reason.rawValue)" } ?? "")
    }
    return lines + (sorted.unmarked > 0 ? ["\(sorted.unmarked) unmarked"] : [])
  }

  @Test func `each file is a batch, with the sidecar of its name`() {
    #expect(lines(["b10.tif", "a.tif", "b9.tif", "a.json"], Station()) == ["a.tif +a.json", "b9.tif", "b10.tif"])
    #expect(lines(["a.json"], Station()) == ["a.json !bad-sidecar"])
    #expect(lines(["a.json", "a.png", "a.tif"], Station()) == ["a.png a.tif +a.json !bad-sidecar"])
  }

  @Test func `a station that demands sidecars gets bad-sidecar at once where none is there`() {
    #expect(
      lines(["a.tif", "b.tif", "b.json"], Station(sidecar: .required)) == ["a.tif !bad-sidecar", "b.tif +b.json"])
  }

  @Test func `numbered single pages are joined where the station joins them`() {
    let names = ["scan-10.tif", "scan-9.tif", "scan.json", "x1.tif", "note.pdf"]
    #expect(
      lines(names, Station(joinPages: true), frames: ["scan-10.tif": 1, "scan-9.tif": 1, "x1.tif": 3]) == [
        "note.pdf", "scan-9.tif scan-10.tif +scan.json", "x1.tif",
      ])
  }

  @Test func `where the writer marks what is done, unmarked files are left and markers are never filed`() {
    let station = Station(done: .marker)
    #expect(lines(["a.tif", "a.tif.done", "b.tif"], station) == ["a.tif", "1 unmarked"])
    let folders = Station(batches: .folder, done: .marker)
    #expect(lines(["2.tif", "10.tif", "sub.done"], folders, beside: ["box.done", "other.done"]) == ["2.tif 10.tif"])
    #expect(lines(["2.tif", "10.tif"], folders, beside: ["other.done"]) == ["2 unmarked"])
  }

  @Test func `a folder is one batch where the station says so`() {
    #expect(lines(["2.tif", "10.tif", "2.json"], Station(batches: .folder)) == ["2.tif 10.tif +2.json"])
    #expect(
      lines(["2.tif", "other.json"], Station(batches: .folder)) == ["2.tif +other.json !bad-sidecar"])
    #expect(lines([], Station(batches: .folder)) == [])
  }
}
