import Model

/// `document.json` (`chartroom.document/1`): all that the index knows about a document, and how it knows it, beside its
/// pages.
///
/// With the manifests enough to rebuild charts and exceptions (I7). Made from the plan alone, so that a repeat writes
/// the same bytes (I5); a correction adds an OCFL version with a new one.
public struct DocumentRecord: Hashable, Sendable, Codable {
  public static let schema = "chartroom.document/1"

  /// Who changed the document last, and why; the versions before say the rest.
  public struct CorrectionNote: Hashable, Sendable, Codable {
    /// Id of the `chartroom.correction/1` that records it.
    public var correction: BatchID
    /// A person's name, or `system`.
    public var `operator`: String
    public var reason: String
    public var correctedAt: Timestamp
    public init(correction: BatchID, operator: String, reason: String, correctedAt: Timestamp) {
      self.correction = correction
      self.operator = `operator`
      self.reason = reason
      self.correctedAt = correctedAt
    }
  }

  public var schema: String
  /// As in the manifest or correction that recorded it.
  public var document: Manifest.Document
  public var batch: BatchID
  public var station: EscapedText
  public var receivedAt: Timestamp
  public var finishedAt: Timestamp
  /// The sources that its pages came from.
  public var sources: [RecordedSource]
  @Nullable public var sidecar: Manifest.Source?
  public var header: BatchHeader
  /// In the order of the files' frames: the document's order, blanks at their place of arrival.
  public var pages: [StoredPage]
  public var decidedBy: Manifest.DecidedBy
  /// nil in the first version.
  @Nullable public var correction: CorrectionNote?

  init(_ document: Manifest.Document, of manifest: Manifest, sources: [RecordedSource], pages: [StoredPage]) {
    schema = DocumentRecord.schema
    self.document = document
    batch = manifest.batch
    station = manifest.station
    receivedAt = manifest.receivedAt
    finishedAt = manifest.finishedAt
    self.sources = sources
    sidecar = manifest.sidecar
    header = manifest.header
    self.pages = pages
    decidedBy = manifest.decidedBy
    correction = nil
  }
}

extension DocumentRecord {
  /// nil where a page of it was never seen, came late in a long batch (``InkPrint/pagesMax``), or was archived by an older release.
  public var fingerprint: DocumentFingerprint? {
    let pages = document.pages.compactMap { number in
      self.pages.first { $0.entry.page == number }.flatMap { PageFingerprint($0.entry, ink: $0.print) }
    }
    guard !pages.isEmpty, pages.count == document.pages.count else { return nil }
    return DocumentFingerprint(document: document.id, batch: batch, receivedAt: receivedAt, pages: pages)
  }
}

/// A page in an object: its entry in the manifest, and where its image lies.
public struct StoredPage: Hashable, Sendable, Codable {
  /// As the manifest says it.
  public var entry: Manifest.Page
  /// Logical path in the object, e.g. `0001.tif`.
  public var file: String
  /// From 0 in ``file``. Where the object keeps a whole source this is the source's own frame number; in a file with a
  /// broken chain the last page stands for all that cannot be reached.
  public var frame: Int
  /// What the copy had to leave out (tags that hold file offsets).
  public var notes: [String]
  /// How its ink lies on the upright page: what another scan of the same sheet is known by. nil for a set-aside page, one that
  /// could not be decoded, one beyond ``InkPrint/pagesMax`` of its batch, and one that an older release archived.
  public var print: InkPrint?
  public init(entry: Manifest.Page, file: String, frame: Int, notes: [String] = [], print: InkPrint? = nil) {
    self.entry = entry
    self.file = file
    self.frame = frame
    self.notes = notes
    self.print = print
  }
}

/// A source as the manifest names it, with its index there and the file that holds all of it, if one does.
public struct RecordedSource: Hashable, Sendable, Codable {
  /// Index into the manifest's `sources`, from 0.
  public var index: Int
  public var source: Manifest.Source
  /// Logical path of a file in this object that is the source byte for byte.
  @Nullable public var file: String?
  public init(index: Int, source: Manifest.Source, file: String?) {
    self.index = index
    self.source = source
    self.file = file
  }
}

/// `set-aside.json` (`chartroom.set-aside/1`): what a batch brought that belongs to no document: separators, headers,
/// blanks outside documents, its sidecar, and sources that cannot be divided.
public struct SetAsideRecord: Hashable, Sendable, Codable {
  public static let schema = "chartroom.set-aside/1"

  /// A sidecar and the file that holds it.
  public struct StoredSidecar: Hashable, Sendable, Codable {
    public var source: Manifest.Source
    public var file: String
    public init(source: Manifest.Source, file: String) {
      self.source = source
      self.file = file
    }
  }
  public var schema: String
  public var id: DocumentID
  public var batch: BatchID
  public var station: EscapedText
  public var receivedAt: Timestamp
  public var finishedAt: Timestamp
  public var header: BatchHeader
  public var sources: [RecordedSource]
  @Nullable public var sidecar: StoredSidecar?
  public var pages: [StoredPage]
  public var decidedBy: Manifest.DecidedBy

  init(id: DocumentID, of manifest: Manifest, sources: [RecordedSource], sidecar: StoredSidecar?, pages: [StoredPage]) {
    schema = SetAsideRecord.schema
    self.id = id
    batch = manifest.batch
    station = manifest.station
    receivedAt = manifest.receivedAt
    finishedAt = manifest.finishedAt
    header = manifest.header
    self.sources = sources
    self.sidecar = sidecar
    self.pages = pages
    decidedBy = manifest.decidedBy
  }
}
