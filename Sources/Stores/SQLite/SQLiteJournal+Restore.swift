import GRDB
import Journaling
import Model

/// **I7** The archive and the manifests alone are enough: what a journal knows of finished batches comes back from
/// the chain.
///
/// What does not come back: leases, plans (a document that waited for the patient index is an ordinary exception),
/// device and inode of the files (0), troubles. The patient index is imported again.
extension SQLiteJournal {
  public func restore(_ record: ChainRecord, manifest: Manifest?, correction: Correction?) async throws {
    try await file.write { db in
      guard try db.follows(record) else { return }
      try db.insert(record, attested: true)
      switch (record.kind, manifest, correction) {
      case (.manifest, let manifest?, nil) where manifest.batch == record.id:
        try db.restore(manifest, sequence: record.sequence)
      case (.correction, nil, let correction?) where correction.correction == record.id:
        do {
          try db.apply(correction, sequence: record.sequence)
        } catch JournalError.leaseLost {
          throw JournalError.damaged("record \(record.sequence): the correction does not fit the documents before it")
        }
      default:
        throw JournalError.damaged("record \(record.sequence): not the \(record.kind.rawValue) that it is said to be")
      }
    }
  }
}

extension Database {
  /// False for a record that is here already; throws for one that is not the next.
  fileprivate func follows(_ record: ChainRecord) throws -> Bool {
    if let row = try row("SELECT sha256 FROM records WHERE sequence = ?", [record.sequence]) {
      guard row["sha256"] == record.sha256.description else {
        throw JournalError.damaged("record \(record.sequence): the journal holds another one in its place")
      }
      return false
    }
    let end = try chainEnd()
    guard record.sequence == end.sequence + 1, record.previous == end.sha256 else {
      throw JournalError.damaged(
        "record \(record.sequence) does not follow record \(end.sequence); a record is missing or was changed")
    }
    return true
  }

  fileprivate func restore(_ manifest: Manifest, sequence: Int) throws {
    let batch = manifest.batch.description
    // A claim of this batch that the journal still has says less than its manifest.
    try change("DELETE FROM plans WHERE batch = ?", [batch])
    try change("DELETE FROM sources WHERE batch = ?", [batch])
    try change("DELETE FROM batches WHERE batch = ?", [batch])
    try add(Claim(restored: manifest), state: .finished)
    try change("UPDATE batches SET manifest_at = ? WHERE batch = ?", [manifest.finishedAt.microseconds, batch])
    // Records come in the order of the chain: the first batch with these bytes and this sidecar has taken them, later ones
    // are duplicates.
    for source in manifest.sources {
      _ = try take(SourceKey(sha256: source.sha256, sidecar: manifest.sidecar?.sha256), for: manifest.batch)
    }
    try add(documentsOf: manifest, waitingUntil: [:], sequence: sequence)
  }
}

extension Claim {
  /// As much of the claim as the manifest tells.
  fileprivate init(restored manifest: Manifest) {
    func item(_ role: ClaimItem.Role, _ source: Manifest.Source) -> ClaimItem {
      ClaimItem(role: role, name: source.name, device: 0, inode: 0, size: Int64(source.bytes), modifiedNanoseconds: 0)
    }
    self.init(
      batch: manifest.batch, origin: .drop, station: manifest.station, folder: EscapedText(""),
      receivedAt: manifest.receivedAt,
      items: manifest.sources.map { item(.source, $0) }
        + [manifest.sidecar].compactMap { $0 }.map { item(.sidecar, $0) },
      state: .finished)
  }
}
