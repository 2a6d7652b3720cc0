import Journaling
import Model

/// What later history makes of a verdict. A sample has one verdict at a time, so that nothing is counted twice:
///
///     pending ──confirmed──► confirmed ──corrected──► wrong, a confirmation overturned
///        │ ▲                     ▲                        │
///        │ └──── put back ────┐  └──────── put back ──────┘
///        └──── corrected ────► wrong
///
/// Put back means that the document says again what it said before it was corrected, by an undo or otherwise. What was marked wrong then
/// waits for a second look once more, for two people differ; a confirmation stands again, for it was of just this.
extension QualitySample {
  /// A correction changed the document, or gave it back what it said.
  /// - Parameters:
  ///   - before: nil: it was regrouped, and its pages come together again.
  ///   - name: whose correction it is; the program itself finds no errors.
  mutating func follow(
    _ before: Manifest.Document?, _ after: Manifest.Document, by name: String, at moment: Timestamp
  ) {
    switch verdict {
    case .pending, .confirmed:
      guard let before, before.status == .filed, !before.saysTheSame(as: after), name != Correction.system else {
        return
      }
      overturned = verdict == .confirmed ? earlier : nil
      corrected = before
      (verdict, kind) = (.wrong, before.kindOfError(correctedTo: after))
      (decidedAt, decidedBy) = (moment, name)
    case .wrong:
      // Unknown where an older release judged it.
      guard let corrected else { return }
      guard corrected.saysTheSame(as: after) else {
        kind = corrected.kindOfError(correctedTo: after)
        return
      }
      self.corrected = nil
      if let confirmation = overturned {
        (verdict, kind, overturned) = (.confirmed, nil, nil)
        (decidedAt, decidedBy) = (confirmation.decidedAt, confirmation.decidedBy)
      } else {
        overturned = earlier
        (verdict, kind, decidedAt, decidedBy) = (.pending, nil, nil, nil)
      }
    }
  }

  private var earlier: Overturned {
    Overturned(verdict: verdict, kind: kind, decidedAt: decidedAt, decidedBy: decidedBy)
  }

  /// Somebody looked at it and found it right.
  mutating func confirm(by name: String, at moment: Timestamp) {
    verdict = .confirmed
    (decidedAt, decidedBy) = (moment, name)
    (corrected, overturned) = (nil, nil)
  }

  /// Whether an operator may count it: as it is today, and as it was when it was corrected, for it may be in another chart since.
  func isShown(to discretion: Discretion, at site: Site) async throws -> Bool {
    if discretion.seesEverything { return true }
    guard discretion.maySee(station: stratum.station), discretion.maySee(type: stratum.type) else { return false }
    // One that was regrouped says no more than its stratum.
    if let state = try await site.journal.anyDocument(document), try await !discretion.maySee(state) { return false }
    guard let corrected else { return true }
    return try await discretion.maySee(
      DocumentState(
        document: corrected, batch: batch, station: stratum.station, receivedAt: drawnAt, source: EscapedText(""),
        waitingUntil: nil, sequence: 0))
  }
}

extension Manifest.Document {
  /// Whose it is, what it is and which pages it has, in which order; what is noted beside that is no part of it.
  fileprivate func saysTheSame(as other: Manifest.Document) -> Bool {
    status == other.status && patient == other.patient && type == other.type && encounter == other.encounter
      && serviceDate == other.serviceDate && pages == other.pages && blanks == other.blanks
  }

  fileprivate func kindOfError(correctedTo after: Manifest.Document) -> String {
    if after.status == .withdrawn { return "withdrawn" }
    if after.status == .regrouped || pages != after.pages || blanks != after.blanks { return "pages" }
    if patient != after.patient { return "patient" }
    if type != after.type { return "type" }
    return encounter != after.encounter ? "encounter" : "date"
  }
}
