import FoundationEssentials
import Journaling
import Model

/// A record of the chain, read: what its exact bytes say.
enum ChainContent: Sendable {
  case manifest(Manifest)
  case correction(Correction)

  /// - Throws: ``DeskError/unreadableRecord(sequence:detail:)``.
  init(_ record: Journaling.ChainRecord) throws {
    let decoder = JSONDecoder()
    do {
      switch record.kind {
      case .manifest: self = .manifest(try decoder.decode(Manifest.self, from: Data(record.bytes)))
      case .correction: self = .correction(try decoder.decode(Correction.self, from: Data(record.bytes)))
      }
    } catch {
      throw DeskError.unreadableRecord(
        sequence: record.sequence, detail: "its bytes are no \(record.kind.rawValue) that this release knows")
    }
  }
}

extension Journal {
  /// A batch's manifest as it was recorded, or as it is planned; nil where it is not decided.
  func manifest(of batch: BatchID) async throws -> Manifest? {
    // A journal that was rebuilt has records and no plans.
    guard let record = try await record(of: batch) else { return try await plan(of: batch)?.manifest }
    guard case .manifest(let manifest) = try ChainContent(record) else { return nil }
    return manifest
  }

  /// Hands over every record after `sequence` in order, a few at a time (I9).
  func forEachRecord(after sequence: Int, _ body: (Journaling.ChainRecord) async throws -> Void) async throws {
    var position = sequence
    while true {
      let records = try await chain(after: position, limit: recordsAtOnce)
      guard let last = records.last else { return }
      for record in records { try await body(record) }
      position = last.sequence
    }
  }
}

extension DeskJournal {
  /// Hands over every correction in order, a few at a time (I9).
  func forEachCorrection(_ body: (Correction) throws -> Void) async throws {
    var position = 0
    while true {
      let records = try await corrections(after: position, limit: recordsAtOnce)
      guard let last = records.last else { return }
      for record in records {
        if case .correction(let correction) = try ChainContent(record) { try body(correction) }
      }
      position = last.sequence
    }
  }
}

/// Records held at one moment: one of a 2,000-page batch is a few megabytes.
private let recordsAtOnce = 16
