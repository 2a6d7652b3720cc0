import Journaling
import Model

/// Small values of the right shape for stores, which look at ids, states and sums and at nothing else. Each number
/// stands for one batch, document, digest or moment.
enum Example {
  static func batch(_ n: Int) -> BatchID { BatchID("00000000-0000-4000-8000-" + digits(n, 12))! }
  static func document(_ n: Int) -> DocumentID { DocumentID("urn:uuid:00000000-0000-5000-8000-" + digits(n, 12))! }
  static func digest(_ n: Int) -> ContentDigest { ContentDigest(digits(n, 64))! }
  static func time(_ seconds: Int) -> Timestamp {
    Timestamp(microseconds: 1_770_000_000_000_000 + Int64(seconds) * 1_000_000)
  }

  static func item(_ n: Int, name: String? = nil, role: ClaimItem.Role = .source) -> ClaimItem {
    ClaimItem(
      role: role, name: EscapedText(name ?? "scan\(n).tif"), device: .max - 1, inode: .max - UInt64(n),
      size: 1000 + Int64(n),
      modifiedNanoseconds: 1_770_000_000_123_456_789)
  }

  static func claim(_ n: Int, items: [ClaimItem]? = nil, station: String = "front-desk", origin: Claim.Origin = .drop)
    -> Claim
  {
    Claim(
      batch: batch(n), origin: origin, station: EscapedText(station), folder: EscapedText("drop/\(station)"),
      receivedAt: time(n),
      items: items ?? [item(n)])
  }

  /// Document `n` of one page, filed for patient `n` or in exception.
  static func documentOf(
    _ n: Int, page: Int = 1, reasons: [ExceptionReason] = []
  ) -> Manifest.Document {
    let decision = DocumentDecision(
      status: reasons.isEmpty ? .filed : .exception,
      patient: reasons.isEmpty ? PatientKey(authority: "GENHOSP", mrn: String(n)) : nil,
      findings: reasons.map { Finding($0, page: page, "seen in a test") })
    return Manifest.Document(
      id: document(n), decision: decision, pages: [page], blanks: [], object: "aa/bb/\(n)", notes: ["a/b"])
  }

  /// Plan of batch `n`: one source (digest `n` unless given), one page a document, and one separator.
  static func plan(
    _ n: Int, documents: [Manifest.Document]? = nil, source: Int? = nil, station: String = "front-desk",
    waitingUntil: [String: Timestamp] = [:]
  ) -> BatchPlan {
    let documents = documents ?? [documentOf(n)]
    let pages =
      documents.enumerated().map { at, document in
        page(at + 1, document.status == .filed ? .filed : .exception, document.id)
      } + [page(documents.count + 1, .separator, nil)]
    let manifest = Manifest(
      batch: batch(n), receivedAt: time(n), finishedAt: time(n + 10), station: EscapedText(station), duplicateOf: nil,
      header: BatchHeader(),
      sources: [
        .init(name: EscapedText("scan\(n).tif"), bytes: 1000 + n, sha256: digest(source ?? n), frames: pages.count)
      ], sidecar: nil, documents: documents, pages: pages,
      decidedBy: .init(chartroom: "0", reader: "none", configuration: .zero, patients: "0"))
    return BatchPlan(
      manifest: manifest, waitingUntil: waitingUntil, drafts: [:], wholeSources: [], rules: Station(), sidecar: nil)
  }

  static func correction(_ n: Int, of batch: BatchID, _ changes: [(Manifest.Document, Manifest.Document)]) -> Correction
  {
    Correction(
      correction: Example.batch(n), correctedAt: time(n), batch: batch, operator: "someone", reason: "a test",
      documents: changes.map { .init(before: $0.0, after: $0.1, version: "v2") })
  }

  /// A renderer whose bytes say where in the chain they stand; their "digest" is made of the sequence and `salt`.
  static func renderer(_ salt: Int = 0) -> RecordRenderer {
    { sequence, previous, _ in
      (Array("record \(sequence) after \(previous)".utf8), digest(1_000_000 * (salt + 1) + sequence))
    }
  }

  private static func page(_ number: Int, _ disposition: Disposition, _ document: DocumentID?) -> Manifest.Page {
    Manifest.Page(
      page: number, source: 0, frame: number - 1, sheet: number, disposition: disposition, document: document,
      patientBy: nil,
      width: 2480, height: 3508, dpi: [300, 300], rotation: 0, mirrored: false, sha256: digest(number), ink: 0.01,
      labels: [],
      unreadable: [], notes: [])
  }

  private static func digits(_ n: Int, _ count: Int) -> String {
    let text = String(n)
    return String(repeating: "0", count: count - text.count) + text
  }
}

extension Journal {
  /// Takes a new batch as far as `state`.
  func bring(_ plan: BatchPlan, to state: BatchState, salt: Int = 0, items: [ClaimItem]? = nil) async throws {
    let batch = plan.manifest.batch
    var claim = Claim(
      batch: batch, origin: .drop, station: plan.manifest.station, folder: EscapedText("drop"),
      receivedAt: plan.manifest.receivedAt, items: items ?? [])
    claim.items = items ?? []
    _ = try await insert(claim)
    for next in BatchState.allCases.dropFirst() where next <= state {
      switch next {
      case .planned:
        let sources = plan.manifest.sources.map { SourceKey(sha256: $0.sha256, sidecar: plan.manifest.sidecar?.sha256) }
        guard try await commit(plan, claiming: sources, generation: 1) else { throw JournalError.leaseLost(batch) }
      case .recorded: _ = try await record(batch, generation: 1, render: Example.renderer(salt))
      default: try await advance(batch, to: next, generation: 1)
      }
    }
  }
}
