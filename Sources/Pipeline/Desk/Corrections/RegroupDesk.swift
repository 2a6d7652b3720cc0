import Archiving
import Formats
import Journaling
import Model

/// Splits and joins documents, filed or in exception. The new documents have ids of their own, made of their pages; the old
/// ones stay in the archive as `regrouped`.
public struct RegroupDesk: Sendable {
  private let action: DeskAction
  private var site: Site { action.site }
  private var finder: DocumentFinder { DocumentFinder(action) }
  /// Note of a page that was withdrawn for its rescan.
  static let replaced = "replaced by a rescan"
  public init(_ action: DeskAction) { self.action = action }

  // MARK: Split

  /// - Parameter parts: every page of the document once, blanks too if you like; a blank that is left out goes with the page
  ///   before it.
  public func split(_ typed: String, parts: [[Int]], filed: Bool, reason: String) async throws -> DeskOutcome {
    let state = try await opened(filed ? finder.filed(typed) : finder.exception(typed))
    let groups = try Self.groups(parts, of: state.document)
    let regrouping = try await Regrouping(state, of: site)
    var draft = CorrectionDraft(action, batch: state.batch, reason: reason)
    draft.end(state, note: "split")
    var made: [Manifest.Document] = []
    for group in groups {
      var template = state.document
      template.notes = template.notes.filter { $0 != "reordered" }
      made.append(try regrouping.make(pages: group.pages, blanks: group.blanks, like: template, in: &draft))
    }
    return DeskOutcome(
      correction: try await draft.carryOut(detail: "into " + Self.names(made)), documents: made, warnings: [])
  }

  /// Pages and blanks of each part.
  static func groups(_ parts: [[Int]], of document: Manifest.Document) throws -> [(pages: [Int], blanks: [Int])] {
    let named = parts.flatMap(\.self)
    let own = Set(document.pages + document.blanks)
    guard parts.count > 1 else { throw DeskRefusal("A split needs two parts at least: --parts 1,2/3,4.") }
    guard Set(named).count == named.count else { throw DeskRefusal("A page is in two parts.") }
    for page in named where !own.contains(page) {
      throw DeskRefusal(
        "\(document.id) has no page \(page); it has \(own.sorted().map(String.init).joined(separator: ", ")).")
    }
    let left = Set(document.pages).subtracting(named).sorted()
    guard left.isEmpty else {
      throw DeskRefusal("Page \(left.map(String.init).joined(separator: ", ")) is in no part: no page gets lost.")
    }
    var groups = parts.map { part in
      (pages: part.filter { !document.blanks.contains($0) }, blanks: part.filter { document.blanks.contains($0) })
    }
    guard groups.allSatisfy({ !$0.pages.isEmpty }) else {
      throw DeskRefusal("Each part needs a page that is not blank.")
    }
    for blank in document.blanks where !named.contains(blank) {
      let before = document.pages.filter { $0 < blank }.max() ?? document.pages.min()!
      groups[groups.firstIndex { $0.pages.contains(before) }!].blanks.append(blank)
    }
    return groups
  }

  // MARK: Join

  /// The second document's pages after the first's, and so on; the first one's patient, type and batch.
  public func join(_ typed: [String], filed: Bool, reason: String) async throws -> DeskOutcome {
    var states: [DocumentState] = []
    for text in typed { states.append(try await opened(filed ? finder.filed(text) : finder.exception(text))) }
    guard states.count > 1, Set(states.map(\.document.id)).count == states.count else {
      throw DeskRefusal("A join needs two different documents at least.")
    }
    if filed { for state in states.dropFirst() { try Self.requireSame(states[0].document, state.document) } }
    for state in states.dropFirst() { try requireLevel(of: state, in: states[0]) }
    action.note { $0.document = states[0].document.id }
    var regrouping = try await Regrouping(states[0], of: site)
    var (pages, blanks) = (states[0].document.pages, states[0].document.blanks)
    var template = states[0].document
    var draft = CorrectionDraft(action, batch: states[0].batch, reason: reason)
    draft.end(states[0], note: "joined")
    for state in states.dropFirst() {
      pages += try regrouping.add(state)
      blanks += regrouping.blanks(of: state)
      template.take(state.document)
      draft.end(state, note: "joined")
    }
    let made = try regrouping.make(pages: pages, blanks: blanks, like: template, in: &draft)
    return DeskOutcome(
      correction: try await draft.carryOut(detail: "into " + Self.names([made])), documents: [made], warnings: [])
  }

  /// Two filed documents are one only if they say the same: whose and what.
  private static func requireSame(_ one: Manifest.Document, _ other: Manifest.Document) throws {
    guard one.patient == other.patient else {
      throw DeskRefusal("\(other.id) is in another patient's chart. Move it first.")
    }
    guard one.type == other.type else { throw DeskRefusal("\(other.id) is of another type. Retype it first.") }
    guard one.encounter == other.encounter || one.encounter == nil || other.encounter == nil else {
      throw DeskRefusal("\(other.id) is of another encounter. Retype it first.")
    }
  }

  /// A station's level holds for what came from it; a document is of the station of its batch.
  private func requireLevel(of guest: DocumentState, in home: DocumentState) throws {
    let discretion = Discretion(action)
    guard discretion.level(ofStation: guest.station) > discretion.level(ofStation: home.station) else { return }
    throw DeskRefusal(
      "\(guest.document.id) came from a station of a higher level, which its pages would lose in \(home.document.id): "
        + "let that one come into it. Nothing was changed.")
  }

  // MARK: Late pages and rescans

  /// Late pages: those of another document, filed or in exception, come in after a page of a filed one.
  /// - Parameters:
  ///   - second: the patient's, as the operator reads it on the late pages.
  ///   - page: after which; 0: at the beginning.
  public func insert(
    _ typed: String, from late: String, after page: Int, second: String, reason: String
  ) async throws -> DeskOutcome {
    let (state, guest, others) = try await pair(typed, late, second: second)
    var regrouping = try await Regrouping(state, of: site)
    let coming = try regrouping.add(guest)
    var pages = state.document.pages
    guard page == 0 || pages.contains(page) else {
      throw DeskRefusal("\(state.document.id) has no page \(page); it has \(Self.list(pages)).")
    }
    pages.insert(contentsOf: coming, at: page == 0 ? 0 : pages.firstIndex(of: page)! + 1)
    var draft = CorrectionDraft(action, batch: state.batch, reason: reason)
    draft.rely(on: others)
    draft.end(state, note: "late pages inserted")
    draft.end(guest, note: "inserted into another document")
    let made = try regrouping.make(
      pages: pages, blanks: state.document.blanks + regrouping.blanks(of: guest), like: state.document,
      patientBy: Dictionary(uniqueKeysWithValues: coming.map { ($0, PatientBy.person) }), in: &draft)
    return DeskOutcome(
      correction: try await draft.carryOut(detail: "into " + Self.names([made])), documents: [made], warnings: [])
  }

  /// A page by its rescan, the only page of another document. The page as it was stays as a withdrawn document of its own.
  public func replace(
    _ typed: String, page: Int, by rescan: String, second: String, reason: String
  ) async throws -> DeskOutcome {
    let (state, guest, others) = try await pair(typed, rescan, second: second)
    guard state.document.pages.contains(page) else {
      throw DeskRefusal(
        "\(state.document.id) has no page \(page) that is not blank; it has \(Self.list(state.document.pages)).")
    }
    guard guest.document.pages.count == 1 else {
      throw DeskRefusal("\(guest.document.id) has \(guest.document.pages.count) pages. Split the rescan off first.")
    }
    var regrouping = try await Regrouping(state, of: site)
    let new = try regrouping.add(guest)[0]
    var draft = CorrectionDraft(action, batch: state.batch, reason: reason)
    draft.rely(on: others)
    draft.end(state, note: "page replaced")
    draft.end(guest, note: "replaces a page of another document")
    let made = try regrouping.make(
      pages: state.document.pages.map { $0 == page ? new : $0 },
      blanks: state.document.blanks + regrouping.blanks(of: guest), like: state.document, patientBy: [new: .person],
      in: &draft)
    var old = state.document
    old.status = .withdrawn
    old.notes.append(Self.replaced)
    let kept = try regrouping.make(pages: [page], blanks: [], like: old, in: &draft)
    return DeskOutcome(
      correction: try await draft.carryOut(detail: "into " + Self.names([made])), documents: [made, kept], warnings: [])
  }

  /// A filed document, and one whose pages shall come into it.
  private func pair(
    _ typed: String, _ other: String, second: String
  ) async throws -> (state: DocumentState, guest: DocumentState, others: [Manifest.Document]) {
    let guest = try await opened(finder.find(other))
    let state = try await opened(finder.filed(typed))
    guard guest.document.id != state.document.id else { throw DeskRefusal("A document cannot come into itself.") }
    guard guest.document.status.isCurrent else {
      throw DeskRefusal(
        "\(guest.document.id) \(DocumentFinder.word(guest.document.status)): its pages stay where they are.")
    }
    guard let patient = state.document.patient else { throw DeskRefusal("\(state.document.id) is in no chart.") }
    if guest.document.status == .filed, guest.document.patient != patient {
      throw DeskRefusal("\(guest.document.id) is in another patient's chart. Move it first.")
    }
    try requireLevel(of: guest, in: state)
    let others = try await PageOwners(site: site).refuseOthers(of: guest.document.id)
    _ = try await PatientChoice(patient.description, second: second, of: state.document.id, for: action)
    return (state, guest, others)
  }

  private func opened(_ state: DocumentState) async throws -> DocumentState {
    action.note {
      $0.document = state.document.id
      $0.batch = state.batch
      if let patient = state.document.patient { $0.patient = patient }
    }
    try await Discretion(action).open(state, for: action)
    return state
  }

  private static func list(_ pages: [Int]) -> String { pages.map(String.init).joined(separator: ", ") }

  private static func names(_ documents: [Manifest.Document]) -> String {
    documents.map(\.id.description).joined(separator: ", ")
  }
}

extension Manifest.Document {
  /// What another exception, whose pages come in, was doubtful about is doubtful about the whole.
  fileprivate mutating func take(_ other: Manifest.Document) {
    reasons = Array(Set(reasons + other.reasons)).sorted()
    for finding in other.evidence where !evidence.contains(finding) { evidence.append(finding) }
    candidates = Array(Set(candidates + other.candidates)).sorted()
    for note in other.notes where !notes.contains(note) { notes.append(note) }
    if encounter == nil { encounter = other.encounter }
  }
}
