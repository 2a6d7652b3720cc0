import Model

/// One line of a chart: the manifest's document with where it came from.
public struct ChartEntry: Hashable, Sendable, Codable {
  public var document: Manifest.Document
  public var receivedAt: Timestamp
  public var station: EscapedText
  public var batch: BatchID
  public init(document: Manifest.Document, receivedAt: Timestamp, station: EscapedText, batch: BatchID) {
    self.document = document
    self.receivedAt = receivedAt
    self.station = station
    self.batch = batch
  }
}

/// The charts as a database for finding things. Derived from the chain of records: it may be deleted at any time, and
/// follows the journal idempotently (I7). Orders are bytewise.
public protocol ChartIndex: Sendable {
  /// Sequence of the last record that it holds; 0 when empty.
  func position() async throws -> Int
  /// Takes the entries of the record with `sequence` = position + 1; the same record twice changes nothing.
  func apply(sequence: Int, entries: [ChartEntry]) async throws
  /// Filed documents of a patient, oldest receipt first, then by id.
  func chart(of patient: PatientKey) async throws -> [ChartEntry]
  /// Deletes everything; position becomes 0.
  func clear() async throws
}
