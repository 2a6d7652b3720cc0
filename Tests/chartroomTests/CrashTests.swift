import Foundation
import Model
import Pipeline
import System
import TestSupport
import Testing

@testable import chartroom

/// Every step of the order of committing, and the end of the world right before and right after it, within one process: which
/// steps there are and that a start goes on from each. `Tests/Faults` does the same to the program, at every system call.
@Suite(.serialized) struct CrashTests {
  /// A document, so that every step has something to do.
  private let good = "archive/front-desk/good-merged-mrn.tif"

  @Test func `a batch takes every step of the order of committing, in that order`() async throws {
    let site = try SampleSite(settleSeconds: 0)
    try site.importPatients()
    try site.drop(good, into: "front-desk")
    let disk = CrashingDisk(nil)
    try await run(site, on: disk)
    #expect(disk.passed == CrashPoint.Step.allCases)
    try expectFiled(once: site)
  }

  @Test(arguments: CrashPoint.all)
  func `a start after a crash finds every page and files it once (I1, I2, I5)`(_ point: CrashPoint) async throws {
    let site = try SampleSite(settleSeconds: 0)
    try site.importPatients()
    try site.drop(good, into: "front-desk")
    let disk = CrashingDisk(point)
    // What a dying program still says does not matter.
    try? await run(site, on: disk)
    #expect(disk.hasCrashed, "\(point) was never reached; passed: \(disk.passed)")
    try expectWhereItBelongs(site)
    let result = try site.program.run("run")
    #expect(result.status == 0, "\(point): \(result.errors)")
    try expectFiled(once: site)
  }

  private func run(_ site: SampleSite, on disk: CrashingDisk) async throws {
    let opened = try await SiteFiles(SiteOptions.parse(["--config", site.path + "/pipeline.json"])).open()
    let pool = try WorkerPool(
      count: 1,
      launch: .init(
        program: FilePath(Program.path), arguments: ["worker"], bytesMax: 1 << 31, pageSecondsMax: 60))
    defer { pool.close() }
    let intake = Intake(site: opened, pool: pool, progress: IntakeProgress()) { _ in }
    try await StepWatch.$watcher.withValue(disk) { try await intake.run(.run) }
  }

  /// The dropped file is in exactly one place, whole.
  private func expectWhereItBelongs(_ site: SampleSite) throws {
    let dropped = try fixture(good)
    let places = ["drop", "claimed", "originals"].flatMap { folder in
      (FileManager.default.enumerator(atPath: site.path + "/var/" + folder)?.compactMap { $0 as? String } ?? [])
        .map { site.path + "/var/\(folder)/\($0)" }
    }
    #expect(places.filter { FileManager.default.contents(atPath: $0) == dropped }.count == 1)
  }

  private func expectFiled(once site: SampleSite) throws {
    #expect(try site.manifests().count == 1)
    for folder in ["claimed", "archive/staging", "manifests/.staging", "drop/front-desk"] {
      #expect(try site.names(in: folder) == [], "\(folder)")
    }
    let verified = try site.program.run("verify")
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
  }
}
