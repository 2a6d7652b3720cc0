/// Everything decided about a batch, committed to the journal before it is carried out (I5). A repeat carries it out as it
/// stands: same ids, same bytes, same timestamps.
public struct BatchPlan: Hashable, Sendable, Codable {
  public static let schema = "chartroom.plan/1"
  public var schema: String
  /// Complete but for `sequence`, `previous` and `audit`, which the record step fills in.
  public var manifest: Manifest
  /// Documents that wait for the next patient import, and until when.
  public var waitingUntil: [String: Timestamp]
  /// Assembling's drafts by document id, so that a document in waiting-for-index can be decided again without pixels.
  public var drafts: [String: DocumentDraft]
  /// Whether each frame of each source may be copied by itself; a source in this set is kept whole. Indices from 0.
  public var wholeSources: [Int]
  /// The station's rules that applied.
  public var rules: Station
  /// The sidecar's word on the patient, needed to decide again.
  @Nullable public var sidecar: Sidecar?
  /// By page, from 1 to ``InkPrint/pagesMax`` at most: its ink, upright. nil in a plan of an older release.
  public var prints: [Int: InkPrint]?
  public init(
    manifest: Manifest, waitingUntil: [String: Timestamp], drafts: [String: DocumentDraft], wholeSources: [Int],
    rules: Station,
    sidecar: Sidecar?, prints: [Int: InkPrint]? = nil
  ) {
    schema = BatchPlan.schema
    self.manifest = manifest
    self.waitingUntil = waitingUntil
    self.drafts = drafts
    self.wholeSources = wholeSources
    self.rules = rules
    self.sidecar = sidecar
    self.prints = prints
  }
}
