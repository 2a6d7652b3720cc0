import Model

/// Something that changed whose a filed document is: documents filed through it must be looked at once.
public struct PatientReview: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable {
    /// A merge of ``from`` into ``into`` was taken back.
    case unmerge
    /// A visit of ``from`` is ``into``'s.
    case visit
  }
  /// Rises; the store's own.
  public var number: Int
  public var kind: Kind
  public var from: PatientKey
  public var into: PatientKey
  /// Of a moved visit; else empty.
  public var visit: String
  public var at: Timestamp
  public init(number: Int, kind: Kind, from: PatientKey, into: PatientKey, visit: String, at: Timestamp) {
    self.number = number
    self.kind = kind
    self.from = from
    self.into = into
    self.visit = visit
    self.at = at
  }
}

/// A filed document that a ``PatientReview`` concerns: where it may have to go. Nothing moves by itself (I6).
public struct RefilingProposal: Hashable, Sendable, Codable {
  public var review: PatientReview
  public var document: DocumentID
  /// Whose chart it was in when the proposal was made; in another it needs nobody any more.
  public var filedUnder: PatientKey
  /// Whom it should go to; nil: a person must look at the pages.
  @Nullable public var target: PatientKey?
  /// A sentence with numbers and no names.
  public var reason: String
  public init(review: PatientReview, document: DocumentID, filedUnder: PatientKey, target: PatientKey?, reason: String)
  {
    self.review = review
    self.document = document
    self.filedUnder = filedUnder
    self.target = target
    self.reason = reason
  }
}
