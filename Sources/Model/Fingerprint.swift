/// By what another scan of the same sheet is known: its ink and its labels, as a viewer sees the page.
public struct PageFingerprint: Hashable, Sendable, Codable {
  /// A label of the site's grammar on the page: what it says, and where its middle stands.
  public struct Mark: Hashable, Sendable, Codable {
    public var text: EscapedText
    /// Thousandths of the page's width from the left, of its height from the top.
    public var x: Int
    public var y: Int
  }
  /// Page of its batch, from 1.
  public var page: Int
  /// The page's digest, by which it is found again when it is regrouped.
  public var sha256: ContentDigest
  /// Of the upright page.
  public var ink: InkPrint
  /// Thousandths of an inch; of 300 dpi where the file does not say.
  public var width: Int
  public var height: Int
  /// Whether it is known which way is up.
  public var isUpright: Bool
  public var marks: [Mark]

  /// - Parameter ink: of the upright page.
  /// - Returns: nil for a page that was never seen.
  public init?(_ entry: Manifest.Page, ink: InkPrint?) {
    guard let ink, let digest = entry.sha256, let width = entry.width, let height = entry.height, width > 0, height > 0
    else { return nil }
    page = entry.page
    sha256 = digest
    self.ink = ink
    let turn = entry.rotation ?? 0
    let dpi = entry.dpi.flatMap { $0.count == 2 ? $0 : nil } ?? [300, 300]
    let inches = [Double(width) / dpi[0], Double(height) / dpi[1]].map { Int(min($0 * 1000, 1_000_000)) }
    (self.width, self.height) = turn % 180 == 0 ? (inches[0], inches[1]) : (inches[1], inches[0])
    isUpright = entry.rotation != nil
    marks = entry.labels.compactMap { label in
      guard let text = label.text, let quad = label.quad, label.entry != nil, label.origin == .page else { return nil }
      let (x, y) = ((quad.left + quad.right) * 500 / width, (quad.top + quad.bottom) * 500 / height)
      let across = entry.mirrored == true ? 1000 - x : x
      let place = [0: (across, y), 90: (1000 - y, across), 180: (1000 - across, 1000 - y), 270: (y, 1000 - across)]
      return Mark(text: text, x: place[turn]?.0 ?? across, y: place[turn]?.1 ?? y)
    }
  }
}

/// A document's pages, blanks left out, in the order in which they were put when it came.
public struct DocumentFingerprint: Hashable, Sendable, Codable {
  public var document: DocumentID
  public var batch: BatchID
  public var receivedAt: Timestamp
  public var pages: [PageFingerprint]
  public init(document: DocumentID, batch: BatchID, receivedAt: Timestamp, pages: [PageFingerprint]) {
    self.document = document
    self.batch = batch
    self.receivedAt = receivedAt
    self.pages = pages
  }
}

extension BatchPlan {
  /// Of its documents whose pages were all seen.
  public var fingerprints: [DocumentFingerprint] {
    manifest.documents.compactMap { document in
      let pages = document.pages.compactMap { number in
        PageFingerprint(manifest.pages[number - 1], ink: prints?[number])
      }
      guard !pages.isEmpty, pages.count == document.pages.count else { return nil }
      return DocumentFingerprint(
        document: document.id, batch: manifest.batch, receivedAt: manifest.receivedAt, pages: pages)
    }
  }
}

/// Which earlier documents another scan could be of.
public struct FingerprintQuestion: Hashable, Sendable {
  /// The patient under every number that is theirs.
  public var patients: [PatientKey]
  public var type: String
  public var encounter: String?
  public var pages: Int
  /// Received at this moment or later.
  public var since: Timestamp
  /// Whose own documents are none of them: what came in one batch was fed once.
  public var batch: BatchID
  public init(
    patients: [PatientKey], type: String, encounter: String?, pages: Int, since: Timestamp, batch: BatchID
  ) {
    self.patients = patients
    self.type = type
    self.encounter = encounter
    self.pages = pages
    self.since = since
    self.batch = batch
  }
}
