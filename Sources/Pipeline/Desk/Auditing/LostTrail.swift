import Formats
import FoundationEssentials
import Journaling
import Model

/// The audit trail of a journal that was put aside, on its way into the one that is made anew: only what follows from its first record on,
/// hash by hash, and is what manifests and corrections are anchored to. Into one that was made anew without it: what fills a gap.
struct LostTrail {
  /// Reads records behind a sequence number, a few at a time; fewer where the file is damaged.
  typealias Source = @Sendable (_ after: Int, _ limit: Int) -> [StoredAuditRecord]

  let source: Source
  /// By sequence number, as the chain has it.
  let anchors: [Int: ContentDigest]

  private static let recordsAtOnce = 500

  /// Carries over what is proven. A repeat goes on behind what is there.
  /// - Returns: records of this trail that the journal has now.
  func carry(into journal: any DeskJournal) async throws -> Int {
    let end = provenEnd()
    var position = try await journal.auditHead()
    // A trail of the journal's own is not to be mixed with another.
    if position.sequence > 0 {
      guard position.sequence <= end, source(position.sequence - 1, 1).first?.hash == position.head else { return 0 }
    }
    while position.sequence < end {
      let records = source(position.sequence, Self.recordsAtOnce).filter { $0.sequence <= end }
      guard let last = records.last else { break }
      try await journal.carryOver(records)
      position = AuditHead(sequence: last.sequence, head: last.hash)
    }
    return position.sequence
  }

  /// Fills gaps of a trail that went on without this one. The record behind a gap names the hash of the last one in it, so that a gap is
  /// filled whole and proven, or not at all. A repeat goes on where a crash stopped it.
  /// - Returns: records that came over.
  func fillGaps(of journal: any DeskJournal) async throws -> Int {
    var (position, end, filled) = (0, ContentDigest.zero, 0)
    while true {
      let records = try await journal.audit(after: position, limit: Self.recordsAtOnce)
      if records.isEmpty { return filled }
      for stored in records {
        let gap = position + 1..<stored.sequence
        if !gap.isEmpty, let record = try? JSONDecoder().decode(AuditRecord.self, from: Data(stored.bytes)),
          leads(from: end, through: gap, to: record.previous)
        {
          try await fill(gap, of: journal)
          filled += gap.count
        }
        (position, end) = (stored.sequence, stored.hash)
      }
    }
  }

  private func leads(from start: ContentDigest, through gap: Range<Int>, to end: ContentDigest) -> Bool {
    var (next, previous) = (gap.lowerBound, start)
    while next < gap.upperBound {
      let records = source(next - 1, min(Self.recordsAtOnce, gap.upperBound - next))
      if records.isEmpty { return false }
      for stored in records {
        guard Self.follows(stored, next - 1, previous) else { return false }
        (next, previous) = (next + 1, stored.hash)
      }
    }
    return previous == end
  }

  private func fill(_ gap: Range<Int>, of journal: any DeskJournal) async throws {
    for start in stride(from: gap.lowerBound, to: gap.upperBound, by: Self.recordsAtOnce) {
      try await journal.fillGap(with: source(start - 1, min(Self.recordsAtOnce, gap.upperBound - start)))
    }
  }

  /// Whether a record is of its hash and stands behind the one before it.
  private static func follows(_ stored: StoredAuditRecord, _ sequence: Int, _ previous: ContentDigest) -> Bool {
    guard stored.sequence == sequence + 1, sha256(stored.bytes) == stored.hash,
      let record = try? JSONDecoder().decode(AuditRecord.self, from: Data(stored.bytes))
    else { return false }
    return record.sequence == stored.sequence && record.previous == previous
  }

  /// Up to which record the trail holds. Where an anchor contradicts it, nothing behind the last one that agrees is believed.
  private func provenEnd() -> Int {
    var (end, anchored, previous) = (0, 0, ContentDigest.zero)
    while true {
      let records = source(end, Self.recordsAtOnce)
      if records.isEmpty { return end }
      for stored in records {
        guard Self.follows(stored, end, previous) else { return end }
        if let anchor = anchors[stored.sequence] {
          guard anchor == stored.hash else { return anchored }
          anchored = stored.sequence
        }
        (end, previous) = (stored.sequence, stored.hash)
      }
    }
  }
}
