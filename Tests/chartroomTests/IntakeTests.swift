import Archiving
import Foundation
import Glibc
import Journaling
import Pipeline
import SQLiteStores
import Testing
import TestSupport

@testable import chartroom

/// The program among others of its kind, interrupted, and given what it should not get.
@Suite(.serialized) struct IntakeTests {
  private let good = "archive/front-desk/good-merged-mrn.tif"

  @Test func `several runs and a watch on one folder take every file exactly once`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let watch = try site.program.start(["watch"])
    let names = try distinctFiles(24, in: site)
    let runs = try (0..<3).map { _ in try site.program.start(["run"]) }
    for run in runs {
      let result = run.wait()
      #expect([0, 3].contains(result.status), "\(result.errors)")
    }
    try waitUntil(seconds: 60) { try site.manifests().count >= names.count }
    kill(watch.process.processIdentifier, SIGTERM)
    let result = watch.wait()
    #expect(result.status == 0, "\(result.errors)")
    try expectExactlyOnce(names, in: site)
  }

  @Test func `a run that is killed again and again ends with every page accounted for once`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let names = try distinctFiles(16, in: site)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<12 {
      let run = try site.program.start(["run"])
      usleep(UInt32.random(in: 350_000...1_200_000, using: &random))
      kill(run.process.processIdentifier, SIGKILL)
      _ = run.wait()
    }
    let last = try site.program.run("run")
    #expect([0, 3].contains(last.status), "\(last.errors)")
    try expectExactlyOnce(names, in: site)
    #expect(try FileManager.default.contentsOfDirectory(atPath: site.path + "/var/claimed") == [])
    #expect(try FileManager.default.contentsOfDirectory(atPath: site.path + "/var/archive/staging") == [])
  }

  @Test func `SIGTERM lets a watch finish what is in hand`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let watch = try site.program.start(["watch"])
    try site.drop(good, into: "front-desk")
    try waitUntil(seconds: 30) {
      try !FileManager.default.contentsOfDirectory(atPath: site.path + "/var/claimed").isEmpty
        || !site.manifests().isEmpty
    }
    kill(watch.process.processIdentifier, SIGTERM)
    #expect(watch.wait().status == 0)
    #expect(try site.manifests().count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: site.path + "/var/claimed") == [])
  }

  @Test func `workers that wait for pages use no processor`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let watch = try site.program.start(["watch"])
    defer {
      kill(watch.process.processIdentifier, SIGTERM)
      _ = watch.wait()
    }
    try site.drop(good, into: "front-desk")
    try waitUntil(seconds: 60) { try !site.manifests().isEmpty }
    let before = try childrensTicks(of: watch.process.processIdentifier)
    try #require(!before.isEmpty)
    sleep(2)
    let after = try childrensTicks(of: watch.process.processIdentifier)
    for (child, ticks) in before { #expect((after[child] ?? ticks) - ticks < 40) }
  }

  /// Processor time of a process's children, in hundredths of a second (proc(5), `stat`).
  private func childrensTicks(of parent: Int32) throws -> [String: Int] {
    var ticks: [String: Int] = [:]
    for process in try FileManager.default.contentsOfDirectory(atPath: "/proc") where Int(process) != nil {
      guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
        let fields = stat.split(separator: ")").last?.split(separator: " "), fields.count > 12,
        Int32(fields[1]) == parent, let user = Int(fields[11]), let system = Int(fields[12])
      else { continue }
      ticks[process] = user + system
    }
    return ticks
  }

  @Test func `a backfill reads only, and a second one skips what is filed`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let tree = site.path + "/tree"
    try FileManager.default.createDirectory(atPath: tree + "/1998/box 7", withIntermediateDirectories: true)
    let file = tree + "/1998/box 7/a.tif"
    try FileManager.default.copyItem(atPath: ProjectFolder.fixtures + "/" + good, toPath: file)
    #expect(try site.program.run("backfill", tree).status == 0)
    #expect(FileManager.default.fileExists(atPath: file))
    let again = try site.program.run("backfill", tree, "--json")
    #expect(again.status == 0)
    #expect(again.objects.last?["skipped"] as? Int == 1)
    #expect(try site.manifests().count == 1)
    #expect(try site.manifests()[0]["sources"].map { "\($0)" }?.contains("1998/box 7/a.tif") == true)
  }

  @Test func `a header sheet may carry its box and the count of its section`() throws {
    let site = try SampleSite { object in
      var reading = object["reading"] as! [String: Any]
      reading["labels"] = (reading["labels"] as! [[String: Any]]).map { entry in
        guard entry["meaning"] as? String == "header" else { return entry }
        return entry.merging(["pattern": "BATCH(?<header>(?<box>[A-Z]+)(?<pages>[0-9]{2})?)"]) { $1 }
      }
      object["reading"] = reading
    }
    try site.importPatients()
    try site.drop("archive/good-header-sections.tif", into: "front-desk")
    #expect(try site.program.run("run").status == 3)
    let manifest = try #require(site.manifests().first)
    // The second sheet, BATCHBED12, then announces 12 pages, and two follow it.
    let documents = manifest["documents"] as! [[String: Any]]
    #expect(
      documents.map { $0["reasons"] as! [String] } == [[], [], ["count-mismatch"], ["count-mismatch"]])
    #expect((manifest["header"] as! [String: Any])["box"] as? String == "WARDROUND")
  }

  // MARK: Originals

  private func originals(_ site: SampleSite) throws -> [String] {
    try files(below: site.path + "/var/originals").map { ($0 as NSString).lastPathComponent }.sorted()
  }

  private func files(below root: String) throws -> [String] {
    let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return names.map { root + "/" + $0 }.filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) && !isFolder.boolValue
    }
  }

  @Test(arguments: ["0001.tif", "sidecar.json"])
  func `originals stay for their days, and longer where the archive is not sound (I2)`(_ damaged: String) throws {
    let site = try SampleSite()
    try site.importPatients()
    try fill(
      site.drop + "/front-desk", [(good, "a.tif"), (other, "b.tif")],
      sidecar: #"{"schema": "chartroom.sidecar/1", "operator": "kp"}"#)
    #expect(try site.program.run("run").status == 0)
    // The same file once more: nothing of it is in the archive but what the first batch put there.
    try fill(
      site.drop + "/front-desk", [(good, "a.tif")], sidecar: #"{"schema": "chartroom.sidecar/1", "operator": "kp"}"#)
    #expect(try site.program.run("run").status == 0)
    let all = try originals(site)
    #expect(all.count == 5, "three images and two sidecars within their 30 days")

    let manifest = try #require(site.manifests().first { $0["sidecar"] is [String: Any] })
    let archive = try files(below: site.path + "/var/archive/root")
    let document = ((manifest["documents"] as! [[String: Any]])[0]["object"] as! String)
    let file = try #require(
      archive.first { $0.hasSuffix("/" + damaged) && (damaged == "sidecar.json" || $0.contains(document)) })
    let sound = try Data(contentsOf: URL(fileURLWithPath: file))
    var broken = sound
    broken[broken.count / 2] ^= 1
    chmod(file, 0o600)
    try broken.write(to: URL(fileURLWithPath: file))
    try site.keepOriginals(days: 0)
    let kept = try site.program.run("run")
    #expect(kept.errors.contains("originals are kept"), "\(kept.errors)")
    #expect(try originals(site).count == 4, "both batches of the damaged object keep theirs, the other does not")

    try sound.write(to: URL(fileURLWithPath: file))
    #expect(try site.program.run("run").status == 0)
    #expect(try originals(site) == [])
    let verified = try site.program.run("verify")
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    try site.drop(good, into: "front-desk")
    #expect(try site.program.run("run").status == 3, "the bytes are still known: they came with a sidecar before")
  }

  // MARK: Twice, and sidecars

  /// Puts fixtures into a folder, and perhaps a sidecar for the first.
  private func fill(_ folder: String, _ files: [(fixture: String, name: String)], sidecar: String? = nil) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    if let sidecar {
      let name = (files[0].name as NSString).deletingPathExtension + ".json"
      try sidecar.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }
    for (fixture, name) in files {
      try FileManager.default.copyItem(atPath: ProjectFolder.fixtures + "/" + fixture, toPath: folder + "/" + name)
    }
  }

  private func dispositions(_ manifest: [String: Any]) -> [String] {
    (manifest["pages"] as! [[String: Any]]).map { $0["disposition"] as! String }
  }

  private let other = "archive/front-desk/good-encounter-alone.tif"

  @Test func `a file that came before divides a folder like any, and the documents beside it are filed`() throws {
    let site = try SampleSite()
    try site.importPatients()
    try site.drop(good, into: "front-desk")
    #expect(try site.program.run("run").status == 0)
    try fill(site.drop + "/archive-room/box", [(good, "1.tif"), (other, "2.tif")])
    #expect(try site.program.run("run").status == 0)
    let second = try #require(site.manifests().last)
    #expect(dispositions(second) == ["duplicate", "duplicate", "filed"])
  }

  @Test func `only the documents with pages of a conflicting file are conflicts`() throws {
    let site = try SampleSite()
    try site.importPatients()
    try site.drop(good, into: "front-desk")
    #expect(try site.program.run("run").status == 0)
    let sidecar = #"{"schema": "chartroom.sidecar/1", "operator": "kp"}"#
    for round in 1...2 {
      try fill(site.drop + "/archive-room/box", [(good, "1.tif"), (other, "2.tif")], sidecar: sidecar)
      #expect(try site.program.run("run").status == (round == 1 ? 3 : 0))
    }
    let manifests = try site.manifests()
    #expect(dispositions(manifests[1]) == ["exception", "exception", "filed"])
    let documents = manifests[1]["documents"] as! [[String: Any]]
    #expect(documents.map { $0["reasons"] as! [String] } == [["duplicate-conflict"], []])
    #expect(dispositions(manifests[2]) == ["duplicate", "duplicate", "duplicate"], "the conflict was taken once")
  }

  @Test func `a backfill skips a conflict that is filed as one`() throws {
    let site = try SampleSite()
    try site.importPatients()
    try site.drop(good, into: "front-desk")
    #expect(try site.program.run("run").status == 0)
    let tree = site.path + "/tree"
    try fill(tree, [(good, "a.tif")], sidecar: #"{"schema": "chartroom.sidecar/1", "operator": "kp"}"#)
    #expect(try site.program.run("backfill", tree).status == 3)
    #expect(try site.program.run("backfill", tree, "--json").objects.last?["skipped"] as? Int == 1)
    #expect(try site.manifests().count == 2)
  }

  @Test(arguments: [
    #"{"page": 3, "symbology": "code128", "text": "DOCLAB"}"#,
    #"{"page": 1, "symbology": "code128", "text": "MRM12345674"}"#,
    #"{"page": 1, "symbology": "code39", "text": "DOCLAB"}"#,
  ])
  func `a sidecar's label that says nothing is never ignored`(_ label: String) throws {
    let site = try SampleSite()
    try site.importPatients()
    try fill(
      site.drop + "/front-desk", [(good, "a.tif")],
      sidecar: #"{"schema": "chartroom.sidecar/1", "labels": [\#(label)]}"#)
    #expect(try site.program.run("run").status == 3)
    let documents = try site.manifests()[0]["documents"] as! [[String: Any]]
    #expect(documents.map { $0["reasons"] as! [String] } == [["bad-sidecar"]])
  }

  @Test func `a file name of any bytes is kept exactly and never becomes a path`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let name: [UInt8] = Array("-rf \n\u{202E}".utf8) + [0xFF, 0xFE] + Array("%.tif".utf8)
    let from = ProjectFolder.fixtures + "/" + good
    let data = try Data(contentsOf: URL(fileURLWithPath: from))
    let path = Array((site.drop + "/front-desk/").utf8) + name + [0]
    let descriptor = path.withUnsafeBufferPointer {
      open(UnsafeRawPointer($0.baseAddress!).assumingMemoryBound(to: CChar.self), O_CREAT | O_WRONLY, 0o600)
    }
    #expect(descriptor >= 0)
    _ = data.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
    #expect(try site.program.run("run").status == 0)
    let sources = try #require(site.manifests().first?["sources"] as? [[String: Any]])
    #expect(sources[0]["name"] as? String == "-rf %0A%E2%80%AE%FF%FE%25.tif")
  }

  @Test func `what is no regular file is never opened and does not hold up the others`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let station = site.drop + "/front-desk"
    mkfifo(station + "/pipe.tif", 0o600)
    symlink("/etc/passwd", station + "/link.tif")
    try site.drop(good, into: "front-desk")
    #expect(try site.program.run("run").status == 0)
    #expect(try site.manifests().count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: station).sorted() == ["link.tif", "pipe.tif"])
  }

  @Test func `a half-written file is left alone until it is whole`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let data = try Data(contentsOf: URL(fileURLWithPath: ProjectFolder.fixtures + "/" + good))
    let path = site.drop + "/front-desk/slow.tif"
    try data.prefix(data.count / 2).write(to: URL(fileURLWithPath: path))
    #expect(try site.program.run("run").status == 0)
    #expect(try site.manifests().isEmpty)
    try data.write(to: URL(fileURLWithPath: path))
    #expect(try site.program.run("run").status == 0)
    #expect(try site.manifests().count == 1)
  }

  @Test func `a run takes what lies in every drop folder at its start`() throws {
    let site = try SampleSite { object in
      var claiming = object["claiming"] as! [String: Any]
      claiming["drop"] = ["var/drop", "var/second"]
      object["claiming"] = claiming
    }
    try site.importPatients()
    try site.drop(good, into: "front-desk")
    try FileManager.default.copyItem(
      atPath: ProjectFolder.fixtures + "/archive/front-desk/good-with-notes.tif",
      toPath: site.path + "/var/second/front-desk/b.tif")
    #expect(try site.program.run("run").status == 0)
    #expect(try site.manifests().count == 2)
  }

  @Test func `an incomplete file that is gone is forgotten, whichever process had noted it`() async throws {
    let site = try SampleSite()
    let path = site.drop + "/front-desk/slow.tif"
    let data = try fixture(good)
    try data.prefix(data.count / 2).write(to: URL(fileURLWithPath: path))
    #expect(try site.program.run("run").status == 0)
    let journal = try SQLiteJournal(path: site.path + "/var/journal.sqlite", create: false)
    #expect(try await journal.incomplete().count == 1)
    try FileManager.default.removeItem(atPath: path)
    #expect(try site.program.run("run").status == 0)
    #expect(try await journal.incomplete().isEmpty)
  }

  private static let strace = "/usr/bin/strace"

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: strace), "SKIPPED: there is no strace here"))
  func `a dropped file whose sync failed is never believed synced, but copied`() throws {
    let site = try SampleSite()
    try site.importPatients()
    try site.drop(good, into: "front-desk", as: "a.tif")
    let path = site.drop + "/front-desk/a.tif"
    let dropped = try facts(of: path)
    let failing = [
      Self.strace, "-f", "-qq", "-o", "/dev/null", "-P", path, "-e", "trace=fsync", "-e",
      "inject=fsync:error=EIO:when=1",
    ]
    let failed = try site.program.start(["run"], through: failing).wait()
    #expect(failed.status == 1 && failed.errors.contains("fsync '\(site.drop)/"), "\(failed)")
    #expect(FileManager.default.fileExists(atPath: path))
    #expect(try site.program.run("run").status == 0)
    let kept = try files(below: site.path + "/var/originals")
    #expect(kept.map { ($0 as NSString).lastPathComponent } == ["source-000000"])
    let taken = try #require(kept.first)
    #expect(try facts(of: taken).st_ino != dropped.st_ino, "its bytes were written anew")
    #expect(try Data(contentsOf: URL(fileURLWithPath: taken)) == fixture(good))
  }

  @Test func `a file that is empty or zeros only has not come yet`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let data = try fixture(good)
    let path = site.drop + "/front-desk/"
    try Data().write(to: URL(fileURLWithPath: path + "empty.tif"))
    try Data(count: data.count).write(to: URL(fileURLWithPath: path + "zeros.tif"))
    #expect(try site.program.run("run").status == 0)
    #expect(try site.manifests().isEmpty)
    let stations = try #require(
      try site.program.run("status", "--json").objects.first?["stations"] as? [[String: Any]])
    let desk = try #require(stations.first { $0["station"] as? String == "front-desk" })
    #expect((desk["notReady"] as? [[String: Any]])?.count == 2)
    try data.write(to: URL(fileURLWithPath: path + "zeros.tif"))
    #expect(try site.program.run("run").status == 0)
    #expect(try site.manifests().map { $0.counts["filed"] } == [2])
  }

  @Test func `intake stops where status says that it does`() throws {
    let site = try SampleSite { object in
      var archiving = object["archiving"] as? [String: Any] ?? [:]
      archiving["freeBytesMin"] = 1_125_899_906_842_624
      object["archiving"] = archiving
    }
    try site.drop(good, into: "front-desk")
    let run = try site.program.run("run")
    #expect(run.status == 1 && run.errors.contains("freeBytesMin"), "\(run)")
    #expect(FileManager.default.fileExists(atPath: site.drop + "/front-desk/good-merged-mrn.tif"))
    let status = try #require(try site.program.run("status", "--json").objects.first)
    let rooms = try #require(status["room"] as? [[String: Any]])
    #expect(rooms.map { $0["what"] as? String } == ["archive", "claimed", "originals", "manifests", "journal"])
    #expect(rooms.allSatisfy { $0["isBelowFloor"] as? Bool == true })
  }

  @Test func `in a pipe each batch has a line, and none of it is patient data`() throws {
    let site = try SampleSite()
    try site.importPatients()
    try site.drop(good, into: "front-desk")
    let lines = try site.program.run("run").output.split(separator: "\n")
    let batch = try #require(try site.manifests().first?["batch"] as? String)
    #expect(
      lines.first
        == "Batch \(batch) of front-desk: 2 pages, 1 filed, 0 exceptions, 0 waiting for the patient index, 0 duplicate pages"
    )
    try site.drop(good, into: "front-desk")
    let objects = try site.program.run("run", "--json").objects
    #expect(objects.first?["station"] as? String == "front-desk" && objects.first?["duplicatePages"] as? Int == 2)
    try site.drop(good, into: "front-desk")
    #expect(try !site.program.runOnTerminal(["run"]).contains("Batch "))
  }

  @Test func `options may stand anywhere after the verb, before its second word too`() throws {
    let site = try SampleSite()
    let config = site.path + "/pipeline.json"
    let csv = ProjectFolder.fixtures + "/patients.csv"
    let elsewhere = Program(folder: TemporaryFolder().text)
    for arguments in [
      ["patients", "--config", config, "import", csv], ["exceptions", "--json", "--config=" + config, "list"],
      ["patients", "import", csv, "--config", config, "--json"], ["status", "--json", "--config", config],
    ] {
      let result = try elsewhere.start(arguments).wait()
      #expect(result.status == 0, "\(arguments) \(result)")
    }
    #expect(try elsewhere.start(["exceptions", "--json", "nonsense"]).wait().status == 64)
    #expect(try elsewhere.start(["exceptions", "--nonsense", "list"]).wait().status == 64)
  }

  @Test func `what another process holds is 75`() {
    #expect(exitStatus(for: ArchiveError.busy(path: "staging/x")) == 75)
    #expect(exitStatus(for: DeskError.indexContended) == 75)
    #expect(exitStatus(for: JournalError.busy) == 75)
    #expect(exitStatus(for: ArchiveError.missing(path: "archive")) == 78)
  }

  @Test func `a missing folder is refused with 78 and never made by the way`() throws {
    let site = try SampleSite()
    try FileManager.default.removeItem(atPath: site.drop)
    for verb in ["run", "status", "verify"] { #expect(try site.program.run(verb).status == 78) }
    #expect(!FileManager.default.fileExists(atPath: site.drop))
  }

  @Test func `a misspelt key is refused with its path and the nearest key before anything is touched`() throws {
    let site = try SampleSite()
    let path = site.path + "/pipeline.json"
    let text = try String(contentsOfFile: path, encoding: .utf8).replacingOccurrences(
      of: "settleSeconds", with: "setleSeconds")
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let result = try site.program.run("run")
    #expect(result.status == 78)
    #expect(result.errors.contains("$.claiming.setleSeconds") && result.errors.contains("settleSeconds"))
  }

  @Test func `wrong words are 64 and an unknown patient is told so`() throws {
    let site = try SampleSite()
    #expect(try site.program.run("frobnicate").status == 64)
    #expect(try site.program.run("run", "--nonsense").status == 64)
    #expect(try site.program.run("chart", "99999999").status == 1)
  }

  @Test func `an import files what waited for it, as a correction and a new version`() throws {
    let site = try SampleSite()
    try site.drop(good, into: "front-desk")
    #expect(try site.program.run("run").status == 0)
    #expect(try site.manifests()[0]["counts"].map { "\($0)" }?.contains("exception") == true)
    try site.importPatients()
    let records = try site.records()
    let correction = try #require(records.last)
    #expect(correction["schema"] as? String == "chartroom.correction/1")
    #expect(correction["operator"] as? String == "system")
    #expect(try site.program.run("exceptions", "list", "--json").output.isEmpty)
    let verified = try site.program.run("verify")
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
  }

  // MARK: Helpers

  /// Files of different content, so that none is a duplicate: a fixture with a comment chunk behind its end.
  private func distinctFiles(_ count: Int, in site: SampleSite) throws -> Set<String> {
    let data = try Data(
      contentsOf: URL(fileURLWithPath: ProjectFolder.fixtures + "/archive/front-desk/good-encounter-alone.tif"))
    var names: Set<String> = []
    for index in 0..<count {
      let name = "page-\(index).tif"
      try (data + Data("padding \(index)".utf8)).write(to: URL(fileURLWithPath: site.drop + "/front-desk/.\(name)"))
      rename(site.drop + "/front-desk/.\(name)", site.drop + "/front-desk/\(name)")
      names.insert(name)
    }
    return names
  }

  private func expectExactlyOnce(_ names: Set<String>, in site: SampleSite) throws {
    let manifests = try site.manifests()
    let filed = manifests.flatMap { ($0["sources"] as! [[String: Any]]).map { $0["name"] as! String } }
    #expect(filed.sorted() == names.sorted())
    #expect(manifests.map { $0["sequence"] as! Int } == Array(1...max(1, manifests.count)))
    let left = try FileManager.default.contentsOfDirectory(atPath: site.drop + "/front-desk")
    #expect(left.isEmpty, "\(left)")
    let verified = try site.program.run("verify")
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
  }

  private func waitUntil(seconds: Double, _ condition: () throws -> Bool) throws {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      if try condition() { return }
      usleep(50_000)
    }
    Issue.record("nothing happened within \(seconds) s")
  }
}
