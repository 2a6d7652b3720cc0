import Archiving
import Model

/// Pages that a person calls blank, of a document that had them as pages.
///
/// Their bytes stay in its object, in their place, and undoing brings them back; but whoever reads the chart reads past them. What the
/// rule takes for blank (no label, nothing like a label, no mark) is among a document's blanks from the start, so that every page that
/// is called blank afterwards has something on it, or was never seen.
struct BlankedPages {
  /// By page.
  private let pages: [Manifest.Page]

  /// - Throws: `ArchiveError`, `SystemError`.
  init(from before: Manifest.Document, to after: Manifest.Document, of site: Site) throws {
    let called = Set(before.pages).intersection(after.blanks)
    // Most decisions call nothing blank, and ask the archive nothing.
    let entries = try called.isEmpty ? [] : site.archive.document(before.id).pages.map(\.entry)
    pages = entries.filter { called.contains($0.page) }.sorted { $0.page < $1.page }
  }

  /// What the audit trail says of them; nil where there are none.
  var detail: String? {
    guard !pages.isEmpty else { return nil }
    let numbers = pages.map { String($0.page) }.joined(separator: ", ")
    return "kept as \(pages.count == 1 ? "a blank" : "blanks") by a person's word: page \(numbers)"
  }

  /// A page with a label may be another patient's, and one that was never decoded may be anything: neither is dropped by a slip.
  /// - Parameter isTold: the operator says that it is to be so all the same.
  /// - Returns: what the operator should look at again; ink alone is a warning, for an empty form has ink.
  /// - Throws: ``DeskRefusal``.
  func warnings(isTold: Bool) throws -> [String] {
    try pages.map { page in
      guard let doubt = Self.doubt(page) else { return "Page \(page.page) \(Self.ink(page)), \(Self.outcome)" }
      guard isTold else {
        throw DeskRefusal(
          "Page \(page.page) \(doubt): it is not blank. Split it off where it belongs elsewhere; if it is a blank of this document all the "
            + "same, say --blank-anyway. Nothing was changed.")
      }
      return "Page \(page.page) \(doubt), \(Self.outcome)"
    }
  }

  private static let outcome = "and is kept as a blank: whoever reads the chart does not see it. Look at it once more."

  /// Without a label's text: it may be a number.
  private static func doubt(_ page: Manifest.Page) -> String? {
    if page.ink == nil { return "could not be decoded, so that nobody knows what is on it" }
    if !page.labels.isEmpty {
      var kinds: [String] = []
      for label in page.labels {
        let kind = label.meaning?.rawValue ?? (label.isForeign ? "foreign" : "patch")
        if !kinds.contains(kind) { kinds.append(kind) }
      }
      return "carries \(page.labels.count == 1 ? "a label" : "labels") (\(kinds.joined(separator: ", ")))"
    }
    return page.unreadable.isEmpty ? nil : "carries what looks like a label and could not be read"
  }

  /// Its share of black says nothing: the dust of a scan may be more than a signature.
  private static func ink(_ page: Manifest.Page) -> String {
    page.notes.contains("nearly-blank") ? "has faint marks on it" : "has more ink on it than a blank page has"
  }
}
