import Formats
import FoundationEssentials
import Model
import System

/// A record of the chain, whole.
public enum ChainedRecord: Sendable {
  case manifest(Manifest)
  case correction(Correction)
}

extension ManifestStore {
  /// Every record on disk in the order of the chain, and what is wrong with single files; ``verifyChain(_:journal:)``
  /// tells what is wrong between them. One record is held at a time (I9).
  /// - Throws: ``ManifestError`` only where a folder cannot be listed.
  public func readAll() throws(ManifestError) -> (records: [ChainRecord], findings: [ChainFinding]) {
    try systemErrors {
      var records: [ChainRecord] = []
      var findings: [ChainFinding] = []
      try forEachFile { path, problem in
        if let problem { return findings.append(problem) }
        do {
          let bytes = try Files.read(folder.appending(path), limit: Self.recordBytesMax)
          let (record, problems) = try checkRecord(bytes, at: path)
          records.append(record)
          findings += problems
        } catch {
          findings.append(
            .init(.unreadable, "it cannot be read as a record: \(describe(error))", where: path, remedy: restoreRemedy))
        }
      }
      return (records.sorted { ($0.sequence, $0.path) < ($1.sequence, $1.path) }, findings)
    }
  }

  /// One record whole, for a rebuild.
  public func read(_ record: ChainRecord) throws(ManifestError) -> ChainedRecord {
    try systemErrors {
      let bytes = try Files.read(folder.appending(record.path), limit: Self.recordBytesMax)
      guard sha256(bytes) == record.sha256 else {
        throw ManifestError.unreadable(path: record.path, detail: "it changed while it was in use")
      }
      return try decode(bytes).value
    }
  }

  /// The exact bytes of a record, for comparison and for a journal that is made anew.
  public func bytes(of record: ChainRecord) throws(ManifestError) -> [UInt8] {
    try systemErrors { try Files.read(folder.appending(record.path), limit: Self.recordBytesMax) }
  }
}

private let restoreRemedy =
  "put it aside and run `chartroom rebuild`: a sound journal writes a missing record again; or restore it from a copy"
private let strayRemedy = "look at it and move it elsewhere: only Chartroom writes here"

private struct SchemaOnly: Decodable { var schema: String }

/// Reads a manifest or a correction.
/// - Returns: the value and the bytes that it is written as.
private func decode(_ bytes: [UInt8]) throws -> (value: ChainedRecord, canonical: [UInt8]) {
  let data = Data(bytes)
  let decoder = JSONDecoder()
  switch try decoder.decode(SchemaOnly.self, from: data).schema {
  case Manifest.schema:
    let manifest = try decoder.decode(Manifest.self, from: data)
    return (.manifest(manifest), try canonicalJSON(manifest))
  case Correction.schema:
    let correction = try decoder.decode(Correction.self, from: data)
    return (.correction(correction), try canonicalJSON(correction))
  case let schema:
    let shown = EscapedText(schema)
    throw ManifestError.unreadable(path: "", detail: "its schema is '\(shown)', which this release does not know")
  }
}

/// What is wrong with one file by itself.
func checkRecord(_ bytes: [UInt8], at path: String) throws -> (ChainRecord, [ChainFinding]) {
  var findings: [ChainFinding] = []
  let (value, canonical) = try decode(bytes)
  if canonical != bytes {
    findings.append(
      .init(
        .notCanonical, "its bytes are not as Chartroom writes them: it was edited or damaged", where: path,
        remedy: restoreRemedy))
  }
  let record: ChainRecord
  let day: Timestamp
  switch value {
  case .manifest(let manifest):
    record = .init(
      kind: .manifest, id: manifest.batch, sequence: manifest.sequence, previous: manifest.previous,
      sha256: sha256(bytes), path: path)
    day = manifest.receivedAt
    let problems = balanceProblems(of: manifest)
    if !problems.isEmpty {
      let text = "it does not account for every page exactly once: \(problems.joined(separator: "; "))"
      findings.append(.init(.unbalanced, text, where: path, remedy: restoreRemedy))
    }
  case .correction(let correction):
    record = .init(
      kind: .correction, id: correction.correction, sequence: correction.sequence, previous: correction.previous,
      sha256: sha256(bytes), path: path)
    day = correction.correctedAt
  }
  if ManifestStore.path(of: record.id, day: day) != path {
    let place = ManifestStore.path(of: record.id, day: day)
    findings.append(.init(.misplaced, "by what it says it belongs at \(place)", where: path, remedy: restoreRemedy))
  }
  return (record, findings)
}

private func describe(_ error: any Error) -> String {
  switch error {
  case ManifestError.unreadable(_, let detail): detail
  case let error as SystemError: error.description
  case is DecodingError: "it is no JSON of a schema that this release knows"
  default: "\(error)"
  }
}

extension ManifestStore {
  /// Visits `YYYY/MM/DD/*.json` in the order of paths; whatever else lies there comes as a finding.
  private func forEachFile(_ body: (_ path: String, _ problem: ChainFinding?) throws -> Void) throws {
    for entry in try Files.list(folder) where entry.name != Array(Self.stagingName.utf8) {
      try visit(entry, in: "", depth: 0, body)
    }
    guard try Files.exists(folder.appending(Self.stagingName)) else { return }
    for entry in try Files.list(folder.appending(Self.stagingName)) {
      let path = "\(Self.stagingName)/\(EscapedText(bytes: entry.name))"
      try body(
        path,
        .init(
          .leftover, "a record that was not finished", where: path, remedy: "`chartroom run` removes it",
          severity: .warning))
    }
  }

  private func visit(
    _ entry: DirectoryEntry, in parent: String, depth: Int, _ body: (String, ChainFinding?) throws -> Void
  ) throws {
    let name = String(decoding: entry.name, as: UTF8.self)
    let path = parent + EscapedText(bytes: entry.name).description
    let digits = [4, 2, 2]
    if depth < digits.count, entry.kind == .folder, name.utf8.count == digits[depth],
      name.utf8.allSatisfy({ (48...57).contains($0) })
    {
      for child in try Files.list(folder.appending(path)) { try visit(child, in: path + "/", depth: depth + 1, body) }
    } else if depth == digits.count, entry.kind == .file, name.hasSuffix(".json"),
      BatchID(String(name.dropLast(5))) != nil
    {
      try body(path, nil)
    } else {
      try body(path, .init(.strayFile, "it is no record of Chartroom", where: path, remedy: strayRemedy))
    }
  }
}
