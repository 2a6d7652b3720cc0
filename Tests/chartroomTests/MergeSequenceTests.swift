import Foundation
import Glibc
import Testing
import TestSupport

/// Any order of merges, un-merges, batches and killed imports: the archive stays sound, and a rebuild gives the same charts.
@Suite(.serialized) struct MergeSequenceTests {
  private let numbers = ["12345674", "10000016", "10000024", "10000123"]
  private let batches = [
    "archive/good-morning-mail.tif", "archive/front-desk/good-jpeg-in-tiff.tif",
    "archive/front-desk/good-merged-mrn.tif",
  ]

  private func message(_ step: Int, _ from: String, _ into: String, isMerge: Bool) -> String {
    let second = isMerge ? "MRG|\(from)^^^GENHOSP^MR" : "PID|2||\(from)^^^GENHOSP^MR"
    return [
      "MSH|^~\\&|A|B|C|D|2027040110\(String(format: "%02d", step))00||ADT^\(isMerge ? "A40" : "A37")|S\(step)|P|2.5.1",
      "PID|1||\(into)^^^GENHOSP^MR", second,
    ].joined(separator: "\r") + "\r"
  }

  private func charts(_ site: SampleSite) throws -> [String] {
    try numbers.map { try site.program.run("chart", $0, "--json").output }
  }

  /// Kills an import somewhere on its way; another takes the same file afterwards, as a person would.
  private func load(_ name: String, _ site: SampleSite, killedAfter microseconds: Int?) throws {
    if let microseconds {
      let running = try site.program.start(["patients", "import", "--keep-going", name])
      usleep(UInt32(microseconds))
      kill(running.process.processIdentifier, SIGKILL)
      _ = running.wait()
    }
    let result = try site.program.run("patients", "import", "--keep-going", name)
    // A message that cannot be, like a circle of merges, is refused by line, and then nothing of its file is left to take.
    let isRefused = result.status == 1 && result.output.isEmpty && result.errors.contains("\(name), line 1: ")
    #expect(result.status == 0 || isRefused, "\(result)")
  }

  @Test(arguments: 1...4)
  func `after any sequence of merges and un-merges all is sound and a rebuild gives the same charts`(seed: Int) throws {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    func roll(_ sides: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % sides
    }
    let site = try SampleSite()
    try site.importPatients()
    var left = batches
    for step in 10...19 {
      if step % 4 == 2, let batch = left.popLast() {
        let name = (batch as NSString).lastPathComponent
        try FileManager.default.copyItem(atPath: ProjectFolder.fixtures + "/" + batch, toPath: site.drop + "/" + name)
        let run = try site.program.run("run")
        #expect([0, 3].contains(run.status), "\(run)")
      } else {
        let (a, b) = (roll(numbers.count), roll(numbers.count))
        let name = "m\(step).hl7"
        try message(step, numbers[a], numbers[b], isMerge: roll(3) > 0).write(
          toFile: site.path + "/" + name, atomically: true, encoding: .utf8)
        try load(name, site, killedAfter: roll(2) == 0 ? roll(200_000) : nil)
      }
    }
    let before = try charts(site)
    #expect(try site.program.run("verify").status == 0)
    for name in ["journal", "index"] {
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: site.path + "/var/\(name).sqlite\(suffix)")
      }
    }
    let rebuilt = try site.program.run("rebuild")
    #expect(rebuilt.status == 0, "\(rebuilt)")
    #expect(try charts(site) == before)
    let verified = try site.program.run("verify")
    #expect(verified.status == 0, "\(verified)")
  }
}
