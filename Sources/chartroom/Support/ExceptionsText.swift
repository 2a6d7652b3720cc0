import Journaling
import Model
import Pipeline
import System

/// `exceptions list` for a person: by batch, oldest first, with what was seen and what to do.
struct ExceptionsText {
  private let queue: ExceptionQueue
  /// Of the documents that those of the queue look like.
  private let successors: Successors
  init(_ queue: ExceptionQueue, _ successors: Successors) {
    self.queue = queue
    self.successors = successors
  }

  func print() {
    guard !queue.documents.isEmpty else { return Output.line("No exceptions.") }
    var batch: BatchID?
    for state in queue.documents {
      if state.batch != batch { printBatch(state, isFirst: batch == nil) }
      batch = state.batch
      printDocument(state)
    }
    let waiting = queue.documents.count { $0.isWaiting(at: queue.now) }
    let others = queue.documents.count - waiting
    Output.line("")
    Output.line(
      "\(Wording.count(others, "document")) \(others == 1 ? "waits" : "wait") for a person"
        + (waiting > 0 ? ", \(waiting) for the next patient import." : "."))
    if queue.isCut { Output.line("There are more; these are the oldest.") }
  }

  private func printBatch(_ state: DocumentState, isFirst: Bool) {
    if !isFirst { Output.line("") }
    Output.line(
      "\(state.source) of \(state.station), received \(Wording.moment(state.receivedAt)), batch \(state.batch)")
  }

  private func printDocument(_ state: DocumentState) {
    let document = state.document
    let waits = state.isWaiting(at: queue.now) ? " (waits for the patient index)" : ""
    let reasons = document.reasons.map(\.rawValue).joined(separator: ", ")
    Output.line("  page\(document.pages.count == 1 ? "" : "s") \(Wording.pages(document.pages)): \(reasons)\(waits)")
    Output.line("    \(document.id)")
    for sentence in Self.sentences(document.evidence).prefix(Self.sentencesMax) { Output.line("    \(sentence)") }
    if let sentence = Self.sentence(onSuccessorsIn: successors, of: document.looksLike) {
      Output.line("    \(sentence)")
    }
    if !document.candidates.isEmpty {
      Output.line(
        "    could be: \(document.candidates.map { EscapedText($0.description).description }.joined(separator: ", "))")
    }
  }

  /// `exceptions show` has the rest.
  private static let sentencesMax = 3

  /// nil: the document is in force, or nothing stands in its place.
  static func sentence(onSuccessorsIn successors: Successors, of id: DocumentID?) -> String? {
    guard let id, !successors[id].isEmpty else { return nil }
    let ids = successors[id].map(\.document.id.description)
    let verb = ids.count == 1 ? "stands" : "stand"
    return "\(id) is no longer in force: in its place \(verb) \(ids.joined(separator: ", "))."
  }

  /// Each sentence once, most serious first, with the page that shows it.
  static func sentences(_ evidence: [Finding]) -> [String] {
    var seen: Set<String> = []
    return evidence.sorted { $0.reason < $1.reason }.filter { seen.insert($0.detail).inserted }.map { finding in
      guard let page = finding.page, !finding.detail.contains("age \(page)") else { return finding.detail }
      return "page \(page): \(finding.detail)"
    }
  }
}

/// `exceptions show` for a person.
struct ExceptionText {
  private let detail: ExceptionDetail
  private let now: Timestamp
  /// By document.
  private let pictures: [DocumentID: DrawnPages]

  init(_ detail: ExceptionDetail, now: Timestamp, pictures: [DocumentID: DrawnPages] = [:]) {
    self.detail = detail
    self.now = now
    self.pictures = pictures
  }

  func print() {
    let state = detail.state
    let document = state.document
    let reasons = document.reasons.map(\.rawValue).joined(separator: ", ")
    Output.line("\(document.id): \(document.status == .exception ? reasons : DeskText.standing(document))")
    Output.line(
      "from \(state.source) of \(state.station), received \(Wording.moment(state.receivedAt)), batch \(state.batch)")
    if let until = state.waitingUntil, until > now {
      Output.line("waits for the next patient import until \(Wording.moment(until)); then it is an ordinary exception")
    }
    if let type = document.type { Output.line("document type \(type)") }
    for sentence in ExceptionsText.sentences(document.evidence) { Output.line("- \(sentence)") }
    for id in [document.looksLike, document.id] {
      if let sentence = ExceptionsText.sentence(onSuccessorsIn: detail.successors, of: id) {
        Output.line("- \(sentence)")
      }
    }
    for candidate in detail.candidates { Output.line("could be \(Self.person(candidate))") }
    if let note = detail.correction {
      Output.line(
        "corrected \(Wording.moment(note.correctedAt)) by \(EscapedText(note.operator)): \(EscapedText(note.reason))")
    }
    if !document.notes.isEmpty { Output.line("notes: \(document.notes.joined(separator: ", "))") }
    for page in detail.pages { printPage(page, of: detail) }
    for earlier in detail.resembled { printResembled(earlier) }
    for near in detail.neighbours {
      let isBefore = (near.document.pages.min() ?? 0) < (document.pages.min() ?? 0)
      Output.line(
        "\(isBefore ? "before it" : "after it"): pages \(Wording.pages(near.document.pages)), "
          + "\(DeskText.standing(near.document)) (\(near.document.id))")
    }
    Output.line("object in the archive: root/\(document.object)")
  }

  /// The document that it may be another scan of.
  private func printResembled(_ earlier: ExceptionDetail) {
    let state = earlier.state
    Output.line("looks like \(state.document.id), \(DeskText.standing(state.document))")
    Output.line(
      "from \(state.source) of \(state.station), received \(Wording.moment(state.receivedAt)), batch \(state.batch)")
    for page in earlier.pages { printPage(page, of: earlier) }
  }

  /// `GENHOSP:12345674 Fixture, Testa (1961-04-12, F)`.
  private static func person(_ patient: Patient) -> String {
    let facts = [patient.birthDate, patient.sex].filter { !$0.isEmpty }.joined(separator: ", ")
    let name = patient.family.isEmpty ? "" : " \(EscapedText(patient.family)), \(EscapedText(patient.given))"
    return "\(EscapedText(patient.key.description))\(name)" + (facts.isEmpty ? "" : " (\(EscapedText(facts)))")
  }

  private func printPage(_ page: Manifest.Page, of detail: ExceptionDetail) {
    let source = detail.sources[page.source].map { "\($0), frame \(page.frame)" } ?? "frame \(page.frame)"
    let blank = page.disposition == .blank ? ", blank" : ""
    Output.line("page \(page.page) (\(source))\(blank)")
    for label in page.labels { Output.line("  " + LabelWording.sentence(label)) }
    for quad in page.unreadable { Output.line("  unreadable label-like region at \(LabelWording.place(quad))") }
    if !page.notes.isEmpty { Output.line("  notes: \(page.notes.joined(separator: ", "))") }
    let drawn = pictures[detail.state.document.id]
    if let picture = drawn?.pictures[page.page] { Output.line("  picture: \(Wording.path(picture))") }
    if let reason = drawn?.reasons[page.page] { Output.line("  no picture: \(reason)") }
    if let file = detail.files[page.page] { Output.line("  image: \(Wording.path(file.path)), frame \(file.frame)") }
  }
}
