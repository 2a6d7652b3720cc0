import Model

/// A link of the chain as found on disk: enough to order and check it, without its pages (I9).
public struct ChainRecord: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable { case manifest, correction }
  public var kind: Kind
  /// Batch or correction id: the file's name.
  public var id: BatchID
  public var sequence: Int
  /// SHA-256 of the record before it, as it says; 64 zeros for the first.
  public var previous: ContentDigest
  /// Of the exact bytes of the file.
  public var sha256: ContentDigest
  /// Below the folder of manifests, e.g. `2026/11/22/7f2c1e2e-….json`.
  public var path: String
  public init(kind: Kind, id: BatchID, sequence: Int, previous: ContentDigest, sha256: ContentDigest, path: String) {
    self.kind = kind
    self.id = id
    self.sequence = sequence
    self.previous = previous
    self.sha256 = sha256
    self.path = path
  }
}

/// A link of the chain as the journal knows it.
public struct JournalRecord: Hashable, Sendable {
  public var sequence: Int
  public var sha256: ContentDigest
  public var id: BatchID
  /// The moment whose UTC day is its file's folder.
  public var day: Timestamp
  public init(sequence: Int, sha256: ContentDigest, id: BatchID, day: Timestamp) {
    self.sequence = sequence
    self.sha256 = sha256
    self.id = id
    self.day = day
  }
}

/// Checks that the records are one unbroken chain: removed, reordered, forked and altered ones are named.
/// - Parameters:
///   - records: in any order.
///   - journal: the journal's own list, which alone proves the newest record; nil where there is none (a rebuild).
public func verifyChain(_ records: [ChainRecord], journal: [JournalRecord]?) -> [ChainFinding] {
  let ordered = records.sorted { ($0.sequence, $0.path) < ($1.sequence, $1.path) }
  let findings = verifyLinks(ordered)
  guard let journal else { return findings }
  // The journal tells which file is missing or altered; by the links alone it may as well be the one beside it.
  return findings.filter { $0.kind == .forked } + compare(ordered, with: journal)
}

private let restore =
  "put the file that does not belong here aside and run `chartroom rebuild`: a sound journal writes a missing record again; "
  + "or restore the right one from a copy"

private func verifyLinks(_ ordered: [ChainRecord]) -> [ChainFinding] {
  var findings: [ChainFinding] = []
  if let first = ordered.first, first.previous != .zero {
    findings.append(
      .init(
        .missing, "record \(first.sequence) is the first one here and names an earlier one (or was altered)",
        where: first.path,
        remedy: restore))
  }
  for (record, next) in zip(ordered, ordered.dropFirst()) {
    if next.sequence == record.sequence {
      for path in [record.path, next.path] {
        findings.append(
          .init(
            .forked, "two records have the sequence \(record.sequence): \(record.path) and \(next.path)", where: path,
            remedy: restore))
      }
    } else if next.sequence > record.sequence + 1 {
      let gap =
        record.sequence + 1 == next.sequence - 1
        ? "record \(record.sequence + 1) is" : "records \(record.sequence + 1) to \(next.sequence - 1) are"
      findings.append(
        .init(.missing, "\(gap) missing between \(record.path) and \(next.path)", where: next.path, remedy: restore))
    } else if next.previous != record.sha256 {
      findings.append(
        .init(
          .altered,
          "record \(record.sequence) is not the one that record \(next.sequence) (\(next.path)) was chained to",
          where: record.path, remedy: restore))
    }
  }
  return findings
}

private func compare(_ ordered: [ChainRecord], with journal: [JournalRecord]) -> [ChainFinding] {
  var findings: [ChainFinding] = []
  let known = Dictionary(journal.map { ($0.sequence, $0) }, uniquingKeysWith: { first, _ in first })
  let digests = Set(journal.map(\.sha256))
  for record in ordered where !digests.contains(record.sha256) {
    let isKnown = known[record.sequence]?.id == record.id
    findings.append(
      .init(
        isKnown ? .altered : .foreign,
        isKnown
          ? "record \(record.sequence) is not byte for byte what the journal recorded"
          : "the journal does not know this record",
        where: record.path, remedy: restore))
  }
  let found = Set(ordered.map(\.sha256))
  let altered = Set(findings.filter { $0.kind == .altered }.map(\.where))
  for record in journal where !found.contains(record.sha256) {
    if altered.contains(ManifestStore.path(of: record.id, day: record.day)) { continue }
    findings.append(
      .init(
        .missing, "record \(record.sequence) of the journal has no sound file",
        where: ManifestStore.path(of: record.id, day: record.day), remedy: restore))
  }
  return findings
}
