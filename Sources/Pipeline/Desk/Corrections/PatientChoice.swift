import Journaling
import Model

/// A patient that an operator named, proven by a second identifier read from the page itself (I6).
public struct PatientChoice: Sendable {
  /// After merges.
  public var patient: PatientKey
  /// The number as typed, where a merge led to ``patient``.
  public var viaAlias: PatientKey?
  /// Others of the same family name and birth date: twins, newborns.
  public var namesakes: [Patient]
  /// What the second identifier was.
  private let second: String

  /// - Parameters:
  ///   - typed: `MRN` or `AUTHORITY:MRN`.
  ///   - second: birth date `YYYY-MM-DD`, or family name; letter case and outer spaces do not count.
  ///   - document: what is to come into the patient's chart; it was opened.
  ///   - action: whose record names the patient, also where the second identifier is wrong.
  /// - Throws: ``DeskRefusal``, which never says what the index has, and of a patient whom the operator may not see not even whether
  ///   the second identifier agrees; `JournalError`.
  init(_ typed: String, second: String, of document: DocumentID, for action: DeskAction) async throws {
    let site = action.site
    guard !Self.plain(second).isEmpty else {
      throw DeskRefusal(
        "The second identifier is missing: give the birth date (YYYY-MM-DD) or the family name, as you read it on the page."
      )
    }
    let known = try await Self.known(typed, at: site)
    action.note { $0.patient = known.survivor ?? known.asked }
    try await Discretion(action).open(known.asked, with: document, for: action)
    var found = known.survivor
    if found == nil { found = try await Self.ownAgain(known.asked, at: site) }
    guard let survivor = found else {
      throw DeskRefusal(
        "\(EscapedText(known.asked.description)) was merged into more than one patient: "
          + "name the patient by a number that is one patient's.")
    }
    guard let person = try await site.journal.patients(number: survivor.mrn, authority: survivor.authority).first else {
      throw DeskRefusal("No patient \(EscapedText(survivor.description)) is in the patient index.")
    }
    try Self.compare(second, with: person)
    patient = survivor
    viaAlias = known.asked == survivor ? nil : known.asked
    namesakes = try await site.journal.namesakes(of: survivor)
    self.second = second
  }

  /// Others whom the document may be about and whom the second identifier does not tell from this one: a mother and her newborn have one
  /// family name. ``namesakes`` left out.
  /// - Returns: with what they have in common.
  func alike(_ candidates: [PatientKey], at site: Site) async throws -> (what: String, patients: [Patient]) {
    let told = try await Set([patient] + namesakes.map(\.key)).union(site.journal.aliases(of: patient))
    var patients: [Patient] = []
    for key in candidates where !told.contains(key) {
      guard let person = try await site.journal.patients(number: key.mrn, authority: key.authority).first,
        (try? Self.compare(second, with: person)) != nil
      else { continue }
      patients.append(person)
    }
    return (Self.isDate(second) ? "birth date" : "family name", patients)
  }

  /// A number all of whose merges were taken back is its patient's again, for a person who reads it on the page; never by itself (I6).
  private static func ownAgain(_ key: PatientKey, at site: Site) async throws -> PatientKey? {
    guard
      let detail = try await site.journal.details(number: key.mrn, authority: key.authority).first(where: {
        $0.patient.key == key
      })
    else { return nil }
    let merges = detail.links.filter { $0.from == key && $0.kind != .link }
    return merges.allSatisfy { $0.undoneAt != nil } ? key : nil
  }

  private static func known(_ typed: String, at site: Site) async throws -> KnownPatient {
    let (authority, number) = ChartDesk.parts(of: typed)
    let known = try await site.journal.candidates(numbers: [number], visits: []).byNumber[number] ?? []
    let fitting = authority.map { name in known.filter { $0.asked.authority == name } } ?? known
    guard fitting.count <= 1 else {
      let names = fitting.map { EscapedText($0.asked.description).description }.joined(separator: ", ")
      throw DeskRefusal("The number \(EscapedText(number)) is known under several authorities: \(names). Name one.")
    }
    guard let found = fitting.first else {
      throw DeskRefusal(
        "No patient \(EscapedText(typed)) is in the patient index. Check the number, or import newer patient data.")
    }
    return found
  }

  /// What of the second identifier the index can answer for must agree.
  private static func compare(_ second: String, with person: Patient) throws {
    let given = plain(second)
    let isDate = Self.isDate(given)
    guard !isDate || Timestamp("\(given)T00:00:00Z") != nil else {
      throw DeskRefusal("'\(EscapedText(second))' is no day; write the birth date as YYYY-MM-DD.")
    }
    let (what, indexed) = isDate ? ("birth date", person.birthDate) : ("family name", person.family)
    guard !plain(indexed).isEmpty else {
      throw DeskRefusal(
        "The patient index has no \(what) of \(EscapedText(person.key.description)): "
          + "give the other of birth date and family name.")
    }
    guard plain(indexed) == given else {
      throw DeskRefusal(
        "The \(what) does not agree with the patient index for \(EscapedText(person.key.description)). "
          + "Read it again on the page itself; if it is right, the number is another patient's.")
    }
  }

  private static func isDate(_ text: String) -> Bool { !text.contains(where: \.isLetter) }

  /// Lower case without outer spaces.
  private static func plain(_ text: String) -> String {
    String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()).lowercased()
  }
}

/// What else an operator may say of a document.
public struct DocumentChoice: Sendable {
  public var type: String?
  public var encounter: String?
  /// `YYYY-MM-DD`.
  public var serviceDate: String?
  /// The document's pages in their order; nil: as they are.
  public var pages: [Int]?
  /// Pages to keep as inner blanks.
  public var blanks: [Int]
  /// Also where one of ``blanks`` carries a label or could not be decoded.
  public var blankAnyway: Bool
  public init(
    type: String? = nil, encounter: String? = nil, serviceDate: String? = nil, pages: [Int]? = nil, blanks: [Int] = [],
    blankAnyway: Bool = false
  ) {
    self.type = type
    self.encounter = encounter
    self.serviceDate = serviceDate
    self.pages = pages
    self.blanks = blanks
    self.blankAnyway = blankAnyway
  }

  /// Writes it into a document.
  /// - Throws: ``DeskRefusal``.
  func apply(to document: inout Manifest.Document, of patient: PatientKey?, at site: Site) async throws {
    if let type { try Self.set(type: type, of: &document, at: site) }
    if let encounter { try await Self.set(encounter: encounter, of: &document, patient, at: site) }
    if let serviceDate {
      // A day that the calendar has.
      guard let day = Timestamp("\(serviceDate)T00:00:00Z") else {
        throw DeskRefusal("'\(EscapedText(serviceDate))' is no day; write YYYY-MM-DD.")
      }
      guard day <= Self.now(at: site) else {
        throw DeskRefusal("The service date \(serviceDate) is after today: read it again on the page.")
      }
      document.serviceDate = serviceDate
    }
    try order(&document)
  }

  /// The site's own time, or a later one where we cannot tell: no zone is more than 14 hours ahead of UTC.
  private static func now(at site: Site) -> Timestamp {
    site.clock.now().adding(seconds: site.configuration.facility.timeZone == "UTC" ? 0 : 14 * 3600)
  }

  /// A visit is one patient's: where the index says that the document's is not this one's, it goes.
  /// - Returns: the visit that was taken out.
  static func dropVisitOfOthers(
    from document: inout Manifest.Document, than patient: PatientKey, at site: Site
  ) async throws -> String? {
    guard let visit = document.encounter else { return nil }
    let known = try await site.journal.candidates(numbers: [], visits: [visit]).byVisit[visit] ?? []
    guard isOthers(known, than: patient) else { return nil }
    document.encounter = nil
    return visit
  }

  /// Whether the index knows whose a visit is, and that it is not this patient's.
  private static func isOthers(_ known: [KnownPatient], than patient: PatientKey) -> Bool {
    !known.isEmpty && !known.contains { $0.survivor == patient }
  }

  static func set(type: String, of document: inout Manifest.Document, at site: Site) throws {
    let known = try require(type: type, at: site)
    document.type = type
    document.loinc = known.loinc
  }

  @discardableResult
  static func require(type: String, at site: Site) throws -> DocumentType {
    if let known = site.configuration.documentTypes[type] { return known }
    let all = site.configuration.documentTypes.keys.sorted().joined(separator: ", ")
    throw DeskRefusal("There is no document type '\(EscapedText(type))'. The types are: \(all).")
  }

  /// An encounter that the index does not know is kept as printed, with a note, as at intake; what could stand on no label is refused.
  private static func set(
    encounter visit: String, of document: inout Manifest.Document, _ patient: PatientKey?, at site: Site
  ) async throws {
    let known = try await site.journal.candidates(numbers: [], visits: [visit]).byVisit[visit] ?? []
    if let patient, isOthers(known, than: patient) {
      throw DeskRefusal("Encounter \(EscapedText(visit)) is another patient's.")
    }
    if known.isEmpty, site.configuration.indexing.requireKnownEncounter {
      throw DeskRefusal("Encounter \(EscapedText(visit)) is not in the index, and this site demands that it is.")
    }
    let note = ExceptionReason.unknownEncounter.rawValue
    document.encounter = visit
    document.notes.removeAll { $0 == note }
    guard known.isEmpty else { return }
    guard try PossibleNumbers(LabelGrammar(entries: site.configuration.reading.labels), of: .encounter).contains(visit)
    else {
      throw DeskRefusal(
        "Encounter \(EscapedText(visit)) is not in the index and could stand on no label: read the number again, "
          + "and leave out what stands before it.")
    }
    document.notes.append(note)
  }

  /// Order of pages, and pages that are blank: each page is named once.
  private func order(_ document: inout Manifest.Document) throws {
    let own = Set(document.pages + document.blanks)
    for page in (pages ?? []) + blanks where !own.contains(page) {
      throw DeskRefusal("\(document.id) has no page \(page); it has \(Self.list(own)).")
    }
    let order = pages ?? document.pages.filter { !blanks.contains($0) }
    let named = order + blanks
    guard Set(named).count == named.count else { throw DeskRefusal("A page is named twice.") }
    guard !order.isEmpty else { throw DeskRefusal("A document needs a page that is not blank.") }
    let left = Set(document.pages).subtracting(named)
    guard left.isEmpty else {
      throw DeskRefusal(
        "Page \(Self.list(left)) is left out. Split it off, or keep it as a blank with --blank: no page gets lost.")
    }
    document.pages = order
    document.blanks = own.subtracting(order).sorted()
  }

  private static func list(_ pages: Set<Int>) -> String { pages.sorted().map(String.init).joined(separator: ", ") }
}
