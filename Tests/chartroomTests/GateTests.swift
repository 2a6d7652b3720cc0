import Foundation
import Journaling
import Model
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
