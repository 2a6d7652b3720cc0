import Foundation
import Journaling
import Model
import SQLiteStores
import System
import TestSupport
import Testing

@testable import Pipeline
@testable import chartroom

/// When intake takes nothing more, and when it goes on. Whole disks: `Tests/Faults/disks.py`.
@Suite(.serialized) struct GateTests {
  private func opened(_ site: SampleSite) async throws -> Site {
    try await SiteFiles(SiteOptions.parse(["--config", site.path + "/pipeline.json"])).open()
  }

  private let batch = BatchID("aaaaaaaa-0000-4000-8000-000000000001")!

  @Test func `a batch that a disk refused must be through before anything new is taken`() async throws {
    let gate = IntakeGate(site: try await opened(SampleSite()))
    #expect(gate.readiness(at: 0) == .open)
    gate.note(SystemError(errno: ENOSPC, call: "pwrite"), of: batch, at: 0)
    #expect(gate.readiness(at: 0.01) != .open && gate.readiness(at: 0.02) != .probation)
    #expect(gate.readiness(at: 60) == .probation)
    gate.settled(batch)
    #expect(gate.readiness(at: 61) == .open)
  }

  @Test func `an error of one file stops nothing`() async throws {
    let gate = IntakeGate(site: try await opened(SampleSite()))
    gate.note(SystemError(errno: EACCES, call: "openat"), of: batch, at: 0)
    #expect(gate.readiness(at: 0) == .open)
  }

  @Test func `what could not be taken counts once, and no longer when it is over`() async throws {
    let site = try SampleSite()
    let opened = try await opened(site)
    let pool = try WorkerPool(
      count: 1,
      launch: .init(program: FilePath(Program.path), arguments: ["worker"], bytesMax: 1 << 31, pageSecondsMax: 60))
    defer { pool.close() }
    let progress = IntakeProgress()
    let intake = Intake(site: opened, pool: pool, progress: progress) { _ in }
    let full = SystemError(errno: ENOSPC, call: "mkdirat")
    try site.drop("archive/front-desk/good-merged-mrn.tif", into: "front-desk", as: "a.tif")
    let file = FilePath(site.drop + "/front-desk/a.tif")
    for _ in 0..<3 {
      await intake.note(full, about: .dropped(file))
      await intake.note(full, about: .batch(batch))
    }
    #expect(progress.snapshot.notTaken == 1 && progress.snapshot.failed == 1)
    intake.forgetTaken()
    #expect(progress.snapshot.notTaken == 1, "it still lies there")
    try Files.remove(file)
    intake.forgetTaken()
    intake.forget(.batch(batch))
    #expect(progress.snapshot.notTaken == 0 && progress.snapshot.failed == 0)
    await intake.note(full)
    await intake.note(full)
    #expect(progress.snapshot.notTaken == 2, "what nothing puts right stays")
  }

  @Test(arguments: ["claimed", "originals", "archive", "manifests", "drop"])
  func `a folder that is gone is waited for and never made`(_ name: String) async throws {
    let site = try SampleSite()
    let gate = IntakeGate(site: try await opened(site))
    let path = site.path + "/var/" + name
    try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
    let readiness = gate.readiness(at: 0)
    guard case .closed(let why) = readiness, why.contains("missing") else {
      Issue.record("without \(name) it is \(readiness)")
      return
    }
    #expect(!FileManager.default.fileExists(atPath: path))
    try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
    #expect(gate.readiness(at: 1) == .open)
  }

  /// Changes what the journal knows of where a folder of the site lay.
  private func relocate(_ name: String, of site: SampleSite, _ change: (inout FolderPlace) -> Void) async throws {
    let journal = try SQLiteJournal(path: site.path + "/var/journal.sqlite", create: false)
    let places = try await journal.places()
    var place = try #require(places.first { $0.folder.description.hasSuffix("/var/" + name) })
    change(&place)
    try await journal.keepPlaces([place])
    try journal.close()
  }

  /// As if the folder had been a filesystem of its own, and what is seen now is the bare folder below it.
  private func unmount(_ place: inout FolderPlace) {
    place.mount = place.folder
    place.inode &+= 1
  }

  @Test(arguments: ["claimed", "originals", "archive", "manifests", "drop"])
  func `a filesystem that is not mounted stops every verb of every later process, until it is meant`(
    _ name: String
  ) async throws {
    let site = try SampleSite()
    try await relocate(name, of: site, unmount)
    for verb in ["run", "status", "verify", "rebuild", "init"] {
      let refused = try site.program.run(verb)
      #expect(refused.status == 78 && refused.errors.contains("nothing is mounted there now"), "\(verb): \(refused)")
      #expect(refused.errors.contains("/var/" + name) && refused.errors.contains("init --accept-mounts"))
    }
    let accepted = try site.program.run("init", "--accept-mounts", "--json")
    #expect(accepted.status == 0 && accepted.objects.contains { $0["outcome"] as? String == "accepted" }, "\(accepted)")
    #expect(try site.program.run("run").status == 0)
    #expect(try site.program.run("init", "--json").objects.allSatisfy { $0["outcome"] as? String == "already-there" })
  }

  @Test func `a site that was moved, copied, or is looked at from elsewhere is not missed`() async throws {
    let site = try SampleSite()
    // From a container or a service's namespace: the same folder, other mounts.
    try await relocate("manifests", of: site) { $0.mount = $0.folder }
    #expect(try site.program.run("run").status == 0)
    // Copied or restored as a whole: the journal's file is another one too.
    try await relocate("manifests", of: site) {
      unmount(&$0)
      $0.journal &+= 1
    }
    #expect(try site.program.run("run").status == 0)
    // On a disk that holds the journal too: where that is gone there is nothing to ask.
    try await relocate("claimed", of: site) {
      $0.mount = EscapedText(site.path)
      $0.inode &+= 1
    }
    #expect(try site.program.run("run").status == 0)
    // Moved: nothing is known of its folders by their new names.
    try FileManager.default.createDirectory(atPath: site.path + "/moved", withIntermediateDirectories: false)
    for name in ["var", "pipeline.json"] {
      try FileManager.default.moveItem(atPath: site.path + "/" + name, toPath: site.path + "/moved/" + name)
    }
    #expect(try Program(folder: site.path + "/moved").run("run").status == 0)
  }

  @Test func `status tells which folders are on a filesystem of their own`() async throws {
    let site = try SampleSite()
    let before = try site.program.run("status", "--json").objects.first?["mounts"] as? [[String: String]]
    #expect(before?.isEmpty == true)
    try await relocate("archive", of: site) { $0.mount = $0.folder }
    let mounts = try site.program.run("status", "--json").objects.first?["mounts"] as? [[String: String]]
    #expect(mounts?.count == 1 && mounts?.first?["path"]?.hasSuffix("/var/archive") == true)
    #expect(try site.program.run("status").output.contains("is on a filesystem of its own, mounted at"))
  }

  @Test func `a run ends beside a file that another process has claimed and does not carry on`() async throws {
    let site = try SampleSite(settleSeconds: 0)
    try site.drop("archive/front-desk/good-merged-mrn.tif", into: "front-desk")
    let opened = try await opened(site)
    let folder = FilePath(site.drop + "/front-desk")
    let name = "good-merged-mrn.tif"
    let identity = try #require(try Files.stat(folder.appending(name)))
    let claim = Claim(
      batch: batch, origin: .drop, station: EscapedText("front-desk"), folder: EscapedText(bytes: folder.bytes),
      receivedAt: opened.clock.now(), items: [ClaimItem(.source, name: EscapedText(name), identity)])
    #expect(try await opened.journal.insert(claim))
    let claimed = opened.paths.claimed.appending(batch.description)
    try Files.makeFolder(claimed)
    let lock = try #require(try FileLock.take(claimed))
    let result = try site.program.run("run")
    #expect(result.status == 0, "\(result.errors)")
    #expect(FileManager.default.fileExists(atPath: site.drop + "/front-desk/" + name))
    withExtendedLifetime(lock) {}
  }
}
