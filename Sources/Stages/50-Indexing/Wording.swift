import Model

/// Every sentence that Indexing says to a person: what was seen, and what to do. Numbers as printed, never a patient's name.
enum Wording {
  static let noLabel = "No patient label was found on this document, its cover or its header: say whose it is."
  static let noType = "Nothing says what kind of document this is: give it a document type."

  static func failedCheck(_ placed: PlacedLabel) -> String {
    "The check digit of the label \(text(placed.label)) on \(place(placed)) is wrong, so it may have been misread: read the number "
      + "on the paper."
  }

  static func unreadable(page: Int) -> String {
    "Page \(page) carries what looks like a label but could not be read, and no readable patient label: look at the page and say "
      + "whose it is."
  }

  static func ambiguous(_ placed: PlacedLabel, _ keys: [PatientKey]) -> String {
    "The number of the label \(text(placed.label)) on \(place(placed)) can mean more than one patient (\(list(keys))): say which."
  }

  static func unknown(_ placed: PlacedLabel, _ elsewhere: [PatientKey]) -> String {
    let known = elsewhere.isEmpty ? "" : " (another authority knows that number: \(list(elsewhere)))"
    return
      "The patient index does not know the number of the label \(text(placed.label)) on \(place(placed))\(known): import newer "
      + "patient data, or say whose it is."
  }

  static func conflictingPatients(page: Int?) -> String {
    "The label on \(page.map { "page \($0)" } ?? "a page") names another patient than the document's other labels, cover or "
      + "header: look at each page and say whose it is."
  }

  static func twoEncounters(_ numbers: [String]) -> String {
    "The document carries more than one visit number (\(numbers.joined(separator: ", "))): say which one holds."
  }

  static func encounterOfAnother(_ placed: PlacedLabel) -> String {
    "The visit of the label \(text(placed.label)) on \(place(placed)) is another patient's: look which of the labels is right."
  }

  static func unknownEncounter(_ placed: PlacedLabel) -> String {
    "The patient index does not know the visit of the label \(text(placed.label)) on \(place(placed)): import newer encounters, or "
      + "say whose it is."
  }

  static func ambiguousEncounter(_ placed: PlacedLabel) -> String {
    "The visit of the label \(text(placed.label)) on \(place(placed)) can be more than one patient's: say whose it is."
  }

  static func identity(_ what: String, in place: String) -> String {
    "The \(what) that \(place) gives is not the one in the patient index: check that this is the right patient."
  }

  static func conflictingTypes(_ codes: [String]) -> String {
    "The labels give more than one document type (\(codes.joined(separator: ", "))): say which one it is, or divide the document."
  }

  static func unknownType(_ code: String) -> String {
    "The document type \(code) is not in the table of the site: add it, or give the document another type."
  }

  static func tooManyPages(_ code: String, found: Int, most: Int) -> String {
    "A document of type \(code) has at most \(most) pages, this one \(found): a separator may be missing between them."
  }

  static func unlabelledPage(_ page: Int) -> String {
    "Page \(page) lacks the patient label that its station or type demands: look whether it belongs to this document."
  }

  private static func text(_ label: Label) -> String { label.text.map { "\u{201C}\($0)\u{201D}" } ?? "(no text)" }

  private static func place(_ placed: PlacedLabel) -> String {
    let page = placed.page.map { "page \($0)" } ?? "no page"
    return switch placed.place {
    case .page: page
    case .sidecar: "\(page), given by the sidecar"
    case .cover: "the cover sheet (\(page))"
    case .header: "the header sheet (\(page))"
    }
  }

  private static func list(_ keys: [PatientKey]) -> String { keys.map(\.description).joined(separator: ", ") }
}

/// Notes of this stage: words, not sentences, so that they can be searched for.
enum Note {
  static let labelOverLabel = "label-over-label"
  static let unreadableRegion = "unreadable-region"
  static let unknownEncounter = "unknown-encounter"
}
