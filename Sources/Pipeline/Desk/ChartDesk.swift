import Journaling
import Model

/// A chart as a person asked for it.
public struct Chart: Sendable {
  /// The patient whose chart it is, after merges.
  public var patient: PatientKey
  /// The patient's name, if the patient index has it.
  public var person: Patient?
  /// Documents, oldest receipt first.
  public var entries: [ChartEntry]
  /// The index of patients or a chart knows the number.
  public var isKnown: Bool
  /// Sentences about how the number was understood, or why it was not.
  public var remarks: [String]

  /// `GENHOSP:12345674 Example, Ada (1961-02-03)`.
  public var title: String {
    guard let person, !person.family.isEmpty else { return patient.description }
    let names = "\(EscapedText(person.family)), \(EscapedText(person.given))"
    return "\(patient) \(names)" + (person.birthDate.isEmpty ? "" : " (\(person.birthDate))")
  }
}

/// Finds the chart that a typed number means. Never guesses between two patients (I6).
public struct ChartDesk: Sendable {
  private let site: Site
  private let discretion: Discretion
  public init(_ action: DeskAction) {
    site = action.site
    discretion = Discretion(action)
  }

  /// - Parameter typed: `MRN` or `AUTHORITY:MRN`.
  /// - Throws: `JournalError`.
  public func chart(of typed: String) async throws -> Chart {
    let (authority, number) = Self.parts(of: typed)
    let shown = EscapedText(number)
    let known = try await site.journal.candidates(numbers: [number], visits: []).byNumber[number] ?? []
    let fitting = authority.map { name in known.filter { $0.asked.authority == name } } ?? known
    if fitting.count > 1 {
      let names = fitting.map { EscapedText($0.asked.description).description }.joined(separator: ", ")
      return Chart(
        patient: PatientKey(authority: "", mrn: number), entries: [], isKnown: false,
        remarks: ["The number \(shown) is known under several authorities: \(names). Ask for one of them."])
    }
    guard let patient = fitting.first else {
      return try await unindexed(PatientKey(authority: authority ?? site.configuration.facility.authority, mrn: number))
    }
    return try await chart(of: patient)
  }

  private func chart(of known: KnownPatient) async throws -> Chart {
    guard let survivor = known.survivor else {
      var chart = try await unindexed(known.asked)
      chart.isKnown = true
      chart.remarks = [
        "\(known.asked) was merged into more than one patient, or its merge was undone: "
          + "only what was filed under the number itself is shown."
      ]
      return chart
    }
    let remarks =
      (survivor == known.asked ? [] : ["\(known.asked) was merged into \(survivor)."]) + (try await links(of: survivor))
    // What was filed under a number before it was merged stays where it is; it is the survivor's chart all the same.
    var entries: [ChartEntry] = []
    for key in try await numbers(of: survivor) { entries += try await site.index.chart(of: key) }
    entries.sort { ($0.receivedAt, $0.document.id) < ($1.receivedAt, $1.document.id) }
    let person = try await site.journal.patients(number: survivor.mrn, authority: survivor.authority).first
    return Chart(patient: survivor, person: person, entries: entries, isKnown: true, remarks: remarks)
  }

  /// Other records of the same person, which have charts of their own.
  private func links(of patient: PatientKey) async throws -> [String] {
    let details = try await site.journal.details(number: patient.mrn, authority: patient.authority)
    return try await discretion.visible(details.first?.links ?? [], of: patient).filter {
      $0.kind == .link && $0.undoneAt == nil
    }.map { link in
      "\(link.from == patient ? link.into : link.from) is the same person and has a chart of its own."
    }
  }

  /// The survivor's own number and those merged into it; one that was merged into others too is nobody's for sure (I6).
  private func numbers(of survivor: PatientKey) async throws -> [PatientKey] {
    let aliases = try await site.journal.aliases(of: survivor)
    let known = try await site.journal.candidates(numbers: Array(Set(aliases.map(\.mrn))), visits: []).byNumber
    return [survivor]
      + aliases.filter { alias in known[alias.mrn]?.contains { $0.asked == alias && $0.survivor == survivor } ?? false }
  }

  /// A number that the patient index does not know may have a chart all the same: the index may have been lost.
  private func unindexed(_ key: PatientKey) async throws -> Chart {
    let entries = try await site.index.chart(of: key)
    let unknown =
      "No patient \(EscapedText(key.description)) is in the patient index. "
      + "Check the number, or import newer patient data."
    return Chart(patient: key, entries: entries, isKnown: !entries.isEmpty, remarks: [unknown])
  }

  /// Without an authority the text has no colon.
  public static func parts(of typed: String) -> (authority: String?, number: String) {
    let text = typed.trimmingSpaces
    guard let colon = text.firstIndex(of: ":") else { return (nil, text) }
    return (String(text[..<colon]).trimmingSpaces, String(text[text.index(after: colon)...]).trimmingSpaces)
  }
}

extension String {
  /// Without white space at both ends.
  fileprivate var trimmingSpaces: String {
    var rest = self[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
