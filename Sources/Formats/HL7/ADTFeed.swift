import Model

/// Reads a file of HL7 v2 ADT messages as a feed of the patient index (HL7 v2.5.1 chapter 3). Every message becomes an event
/// or a reject; none is passed over in silence.
public struct ADTFeed: Sendable {
  private let numbering: PatientNumbering
  public init(_ numbering: PatientNumbering) { self.numbering = numbering }

  /// - Throws: ``SourceError``, and what the takers throw.
  public func read(
    _ source: any ByteSource, event take: (PatientEvent) throws -> Void, reject: (PatientReject) throws -> Void
  ) throws {
    var reader = HL7Reader(source)
    var isEmpty = true
    while let found = try reader.next() {
      isEmpty = false
      switch found {
      case .problem(let line, let what): try reject(.init(line: line, reason: what))
      case .message(let message):
        let found: PatientEvent
        do throws(PatientProblem) { found = try ADTMessage(message, numbering).event() } catch {
          let name = message.name.isEmpty ? "" : "\(EscapedText(message.name)): "
          try reject(.init(line: message.line, reason: name + error.reason, kind: error.kind))
          continue
        }
        try take(found)
      }
    }
    if isEmpty { try reject(.init(line: 0, reason: "the file holds no message")) }
  }
}

/// One ADT message as an event.
struct ADTMessage {
  let message: HL7Message
  let numbering: PatientNumbering
  /// When it happened: EVN-2, else MSH-7.
  let at: Timestamp?
  /// Zone of times that name none, minutes: MSH-7's (HL7 v2.5.1 §2.15.9.7).
  let zone: Int?

  init(_ message: HL7Message, _ numbering: PatientNumbering) throws(PatientProblem) {
    self.message = message
    self.numbering = numbering
    let sent = try Self.time(message.header.text(7), "MSH-7")
    zone = sent?.zoneMinutes
    let recorded = try Self.time(message.first("EVN")?.text(2) ?? "", "EVN-2")
    at = (recorded ?? sent)?.moment(zone: zone)
  }

  func event() throws(PatientProblem) -> PatientEvent {
    guard message.header.text(9) == "ADT" else {
      throw PatientProblem(reason: "no ADT message: MSH-9 is \(EscapedText(message.header.text(9)))")
    }
    let inner = message.first("EVN")?.text(1) ?? ""
    guard inner.isEmpty || inner == message.event else {
      throw PatientProblem(reason: "MSH-9 says \(EscapedText(message.event)), EVN-1 says \(EscapedText(inner))")
    }
    let facts: [PatientFact] =
      switch message.event {
      case "A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A13", "A28", "A31": try personAndStay()
      case "A18", "A30", "A34", "A36", "A40": try merges(.merge)
      case "A46", "A47": try merges(.change)
      case "A43": try merges(.move)
      case "A24": try link()
      case "A37": try unlink()
      case "A44": try accountMoves()
      case "A45": try visitMoves()
      case let event where Self.without.contains(event):
        throw PatientProblem(reason: "says nothing that the patient index keeps", kind: .ignored)
      case "": throw PatientProblem(reason: "neither MSH-9 nor EVN-1 says what happened")
      default: throw PatientProblem(reason: "this event is not applied; a person must see to it")
      }
    // Without it nobody can tell whether it is older than what is known.
    guard let at else { throw PatientProblem(reason: "it has no time: neither EVN-2 nor MSH-7 says when it happened") }
    return PatientEvent(line: message.line, at: at, name: message.name, facts: facts)
  }

  /// Events about beds, leave, pending moves and cancelled ones: no number, name or visit number changes by them.
  private static let without: Set<String> = [
    "A09", "A10", "A11", "A12", "A14", "A15", "A16", "A17", "A20", "A21", "A22", "A25", "A26", "A27", "A32", "A33",
    "A38",
    "A52", "A53", "A54", "A55", "A60", "A61", "A62",
  ]

  static func time(_ text: String, _ place: String) throws(PatientProblem) -> HL7Time? {
    if text.isEmpty || text == "\"\"" { return nil }
    guard let time = HL7Time(text) else { throw PatientProblem(reason: "\(place) is no time: \(EscapedText(text))") }
    return time
  }
}

// MARK: - Events

extension ADTMessage {
  /// A patient's data, and the visit where PV1-19 names one.
  private func personAndStay() throws(PatientProblem) -> [PatientFact] {
    let person = try person(try segment("PID"))
    guard let visit = message.first("PV1"), let number = visit.field(19).said, !number.isEmpty else {
      return [.person(person)]
    }
    var stay = EncounterUpdate(visit: number, patient: person.keys[0])
    stay.account = message.first("PID")?.field(18).said
    stay.patientClass = visit.field(2).said.map(Self.encounterClass)
    stay.admit = try moment(visit, 44)
    stay.discharge = try moment(visit, 45)
    // A cancelled discharge: the patient is still here.
    if message.event == "A13" { stay.discharge = "" }
    if let admit = stay.admit, let discharge = stay.discharge, Encounter.ends(discharge, before: admit) {
      throw PatientProblem(reason: "PV1-45 is before PV1-44: the visit would end before it began")
    }
    return [.person(person), .stay(stay)]
  }

  /// HL7 table 0004 in the codes of FHIR's Encounter.class, where they mean the same.
  static func encounterClass(_ code: String) -> String {
    switch code {
    case "I": "IMP"
    case "O", "R": "AMB"
    case "E": "EMER"
    case "P": "PRENC"
    default: code
    }
  }

  private func moment(_ segment: HL7Segment, _ number: Int) throws(PatientProblem) -> String? {
    guard let text = segment.field(number).said else { return nil }
    return try Self.time(text, "\(segment.name)-\(number)").map { $0.text(zone: zone) ?? "" } ?? ""
  }

  /// Groups of PID and MRG: PID-3 survives, MRG-1 does not. Each prior number of an authority goes to that authority's
  /// surviving one; without one, to the first. Of a changed number the link comes first: what the message leaves out of the
  /// person is as it was under the old number.
  private func merges(_ kind: PatientLink.Kind) throws(PatientProblem) -> [PatientFact] {
    var facts: [PatientFact] = []
    for group in try groups(startingWith: "PID") {
      var survivor = try person(group[0])
      survivor.isIncidental = true
      let retired = group.filter { $0.name == "MRG" }
      guard !retired.isEmpty else { throw PatientProblem(reason: "a PID without MRG: nothing says what is merged") }
      var prior: [PatientKey] = []
      for segment in retired { prior += try numbers(in: segment.field(1), "MRG-1") }
      // The retired numbers may be repeated in PID-3 by senders that list all.
      let kept = survivor.keys.filter { !prior.contains($0) }
      guard !kept.isEmpty else {
        throw PatientProblem(reason: "PID-3 and MRG-1 give the same number: who it belongs to now is for a person")
      }
      survivor.keys = kept
      let links = prior.map { key in
        PatientFact.link(key, into: kept.first { $0.authority == key.authority } ?? kept[0], kind)
      }
      facts += kind == .change ? links + [.person(survivor)] : [.person(survivor)] + links
    }
    return facts
  }

  private func link() throws(PatientProblem) -> [PatientFact] {
    let (first, second) = try twoPersons()
    return [.person(first), .person(second), .link(second.keys[0], into: first.keys[0], .link)]
  }

  /// The link first: the number that is taken back is nobody's own before.
  private func unlink() throws(PatientProblem) -> [PatientFact] {
    let (first, second) = try twoPersons()
    return [.unlink(second.keys[0], first.keys[0])] + [first, second].filter(\.hasIdentity).map { .person($0) }
  }

  private func twoPersons() throws(PatientProblem) -> (PatientUpdate, PatientUpdate) {
    let segments = message.segments.filter { $0.name == "PID" }
    guard segments.count == 2 else {
      throw PatientProblem(reason: "it needs two PID segments and has \(segments.count)")
    }
    var first = try person(segments[0])
    var second = try person(segments[1])
    first.isIncidental = true
    second.isIncidental = true
    guard first.keys[0] != second.keys[0] else {
      throw PatientProblem(reason: "both PID segments name \(first.keys[0])")
    }
    return (first, second)
  }

  /// MRG-3, else PID-18, of the patient of MRG-1 is PID-3's.
  private func accountMoves() throws(PatientProblem) -> [PatientFact] {
    var facts: [PatientFact] = []
    for group in try groups(startingWith: "PID") {
      var target = try person(group[0])
      target.isIncidental = true
      guard let prior = group.first(where: { $0.name == "MRG" }) else { throw PatientProblem(reason: "MRG is missing") }
      let account = prior.field(3).said ?? group[0].field(18).said ?? ""
      guard !account.isEmpty else { throw PatientProblem(reason: "neither MRG-3 nor PID-18 names an account") }
      let from = try numbers(in: prior.field(1), "MRG-1")
      facts += [.person(target), .moveAccount(account, from: from[0], to: target.keys[0])]
    }
    return facts
  }

  /// Groups of MRG and PV1: the visit of MRG-5, else PV1-19, of the patient of MRG-1 is PID-3's.
  private func visitMoves() throws(PatientProblem) -> [PatientFact] {
    var target = try person(try segment("PID"))
    target.isIncidental = true
    var facts: [PatientFact] = [.person(target)]
    for group in try groups(startingWith: "MRG") {
      let visit = group[0].field(5).said ?? group.first { $0.name == "PV1" }?.field(19).said ?? ""
      guard !visit.isEmpty else { throw PatientProblem(reason: "neither MRG-5 nor PV1-19 names a visit") }
      let from = try numbers(in: group[0].field(1), "MRG-1")
      facts.append(.moveVisit(visit, from: from[0], to: target.keys[0]))
    }
    return facts
  }

  private func segment(_ name: String) throws(PatientProblem) -> HL7Segment {
    guard let segment = message.first(name) else { throw PatientProblem(reason: "\(name) is missing") }
    return segment
  }

  /// The segments from each of that name up to the next.
  private func groups(startingWith name: String) throws(PatientProblem) -> [[HL7Segment]] {
    var groups: [[HL7Segment]] = []
    for segment in message.segments {
      if segment.name == name {
        groups.append([segment])
      } else if !groups.isEmpty {
        groups[groups.count - 1].append(segment)
      }
    }
    guard !groups.isEmpty else { throw PatientProblem(reason: "\(name) is missing") }
    return groups
  }
}
