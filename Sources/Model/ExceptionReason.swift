/// Why a document (or batch) waits for a person: RULES' closed list. Declared most serious first, and compared so.
public enum ExceptionReason: String, Codable, Hashable, Sendable, CaseIterable, Comparable {
  // What could have put a page into a wrong chart comes first.
  case conflictingMRN = "conflicting-mrn"
  case identityMismatch = "identity-mismatch"
  case possibleMissedSeparator = "possible-missed-separator"
  case duplicateConflict = "duplicate-conflict"
  case conflictingEncounter = "conflicting-encounter"
  case ambiguousMRN = "ambiguous-mrn"
  case checkDigit = "check-digit"
  // What we could not see.
  case undecodable
  case tooLarge = "too-large"
  case unsupported
  case badSidecar = "bad-sidecar"
  case unreadableLabel = "unreadable-label"
  // Who it is.
  case unknownMRN = "unknown-mrn"
  case unknownEncounter = "unknown-encounter"
  case noLabel = "no-label"
  // Whether it is whole.
  case oddDuplex = "odd-duplex"
  case countMismatch = "count-mismatch"
  case missingPage = "missing-page"
  case tooManyPages = "too-many-pages"
  case unlabelledPage = "unlabelled-page"
  // What it is.
  case conflictingType = "conflicting-type"
  case unknownType = "unknown-type"
  case noType = "no-type"
  // Whether it is there already.
  case possibleDuplicate = "possible-duplicate"

  /// Whether newer patient data may resolve it: a document with no other reason may wait for the index (RULES *Whose it
  /// is*).
  public var mayWaitForIndex: Bool { self == .unknownMRN || self == .unknownEncounter }

  public static func < (a: ExceptionReason, b: ExceptionReason) -> Bool {
    allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
  }
}

/// One reason with what it was seen on.
public struct Finding: Hashable, Sendable, Codable {
  public var reason: ExceptionReason
  /// Page of the batch (from 1), where one page shows it.
  @Nullable public var page: Int?
  /// A sentence for a person: what was seen and what to do.
  public var detail: String
  /// The document that it resembles (`possible-duplicate`).
  public var document: DocumentID?
  public init(_ reason: ExceptionReason, page: Int? = nil, document: DocumentID? = nil, _ detail: String) {
    self.reason = reason
    self.page = page
    self.document = document
    self.detail = detail
  }
}
