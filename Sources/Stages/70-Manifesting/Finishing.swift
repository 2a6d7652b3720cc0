import Formats
import Model

/// A record of the chain as it will lie on disk.
public struct FinishedRecord<Value: Sendable>: Sendable {
  public var value: Value
  /// Canonical JSON: what is hashed, kept in the journal and written.
  public var bytes: [UInt8]
  /// Of ``bytes``: the next record's `previous`.
  public var sha256: ContentDigest
}

/// Gives a manifest its place in the chain.
/// - Parameters:
///   - sequence: the journal's next number, from 1.
///   - previous: SHA-256 of the record before it; 64 zeros for the first.
/// - Throws: ``ManifestError/unbalanced(_:)`` (I3).
public func finish(
  _ manifest: Manifest, sequence: Int, previous: ContentDigest, audit: Manifest.AuditAnchor
) throws(ManifestError) -> FinishedRecord<Manifest> {
  let problems = balanceProblems(of: manifest)
  guard problems.isEmpty else { throw .unbalanced(problems) }
  var finished = manifest
  finished.sequence = sequence
  finished.previous = previous
  finished.audit = audit
  return try record(finished)
}

/// Gives a correction its place in the chain.
public func finish(
  _ correction: Correction, sequence: Int, previous: ContentDigest, audit: Manifest.AuditAnchor
) throws(ManifestError) -> FinishedRecord<Correction> {
  var finished = correction
  finished.sequence = sequence
  finished.previous = previous
  finished.audit = audit
  return try record(finished)
}

private func record<Value: Encodable & Sendable>(_ value: Value) throws(ManifestError) -> FinishedRecord<Value> {
  do {
    let bytes = try canonicalJSON(value)
    return FinishedRecord(value: value, bytes: bytes, sha256: sha256(bytes))
  } catch { throw .inconsistentInput("a number that JSON cannot say: \(error)") }
}
