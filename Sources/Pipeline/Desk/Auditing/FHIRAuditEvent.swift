import Model

/// A record of the audit trail as a FHIR R4 AuditEvent (hl7.org/fhir/R4/auditevent.html): one resource a record.
///
/// `id` and the last entity carry the place in our trail and its hash, so that what was exported can be held against the
/// original.
public struct FHIRAuditEvent: Encodable, Sendable {
  struct Coding: Encodable, Sendable {
    var system: String
    var code: String
    var display: String
  }
  struct Concept: Encodable, Sendable { var coding: [Coding] }
  struct Identifier: Encodable, Sendable {
    var system: String
    var value: String
  }
  struct Reference: Encodable, Sendable {
    var type: String?
    var identifier: Identifier?
    var display: String?
  }
  struct Agent: Encodable, Sendable {
    var type: Concept
    var who: Reference
    var requestor: Bool
  }
  struct Source: Encodable, Sendable { var observer: Reference }
  struct Detail: Encodable, Sendable {
    var type: String
    var valueString: String
  }
  struct Entity: Encodable, Sendable {
    var what: Reference
    var type: Coding
    var role: Coding?
    var detail: [Detail]?
  }

  let resourceType = "AuditEvent"
  var id: String
  var type: Coding
  var subtype: [Coding]
  var action: String
  var recorded: Timestamp
  var outcome: String
  var outcomeDesc: String?
  var purposeOfEvent: [Concept]?
  var agent: [Agent]
  var source: Source
  var entity: [Entity]

  /// - Parameter facility: the site's name.
  public init(_ exported: ExportedAuditRecord, facility: String) {
    let event = exported.record.event
    id = "audit-\(exported.record.sequence)"
    type = Self.patientRecord
    subtype = [Coding(system: "urn:chartroom:verb", code: Self.code(event.verb), display: event.verb)]
    action = Self.action(event.verb)
    recorded = event.at
    outcome = Self.outcome(event.outcome)
    outcomeDesc = event.subject.detail ?? event.subject.reason
    purposeOfEvent = event.subject.brokeGlass ? [Concept(coding: [Self.brokenGlass])] : nil
    agent = Self.agents(event)
    source = Source(observer: Reference(display: facility))
    entity = Self.entities(event.subject) + [Self.place(exported)]
  }

  private static let dicom = "http://dicom.nema.org/resources/ontology/DCM"
  private static let patientRecord = Coding(system: dicom, code: "110110", display: "Patient Record")
  private static let brokenGlass = Coding(
    system: "http://terminology.hl7.org/CodeSystem/v3-ActReason", code: "BTG", display: "break the glass")

  private static func code(_ verb: String) -> String { verb.split(separator: " ").joined(separator: "-") }

  /// FHIR R4 AuditEventAction: create, read, update, delete, execute.
  private static func action(_ verb: String) -> String {
    switch DeskVerb(rawValue: verb) {
    case .run, .watch, .backfill, .initialize, .patientsImport: "C"
    case .status, .chart, .exceptionsList, .exceptionsShow, .patientsShow, .patientsList, .patientsProposals,
      .auditList,
      .auditExport, .impact, .qcList, .qcReport:
      "R"
    case .verify, .rebuild, .auditVerify, nil: "E"
    default: "U"
    }
  }

  /// FHIR R4 AuditEventOutcome: success, minor failure, serious failure.
  private static func outcome(_ outcome: AuditEvent.Outcome) -> String {
    switch outcome {
    case .begun, .done: "0"
    case .refused: "4"
    case .failed: "8"
    }
  }

  private static func agents(_ event: AuditEvent) -> [Agent] {
    func agent(_ name: String, _ code: String, _ display: String, isRequestor: Bool) -> Agent {
      Agent(
        type: Concept(coding: [
          Coding(system: "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", code: code, display: display)
        ]), who: Reference(identifier: Identifier(system: "urn:chartroom:login", value: name), display: name),
        requestor: isRequestor)
    }
    let acting = agent(event.operator, "AUT", "author (originator)", isRequestor: true)
    guard event.login != event.operator else { return [acting] }
    return [acting, agent(event.login, "ENT", "data entry person", isRequestor: false)]
  }

  private static func entities(_ subject: AuditSubject) -> [Entity] {
    var entities: [Entity] = []
    if let patient = subject.patient {
      entities.append(
        Entity(
          what: Reference(
            type: "Patient",
            identifier: Identifier(system: "urn:chartroom:authority:\(patient.authority)", value: patient.mrn)),
          type: entityType("1", "Person"), role: objectRole("1", "Patient")))
    }
    for (id, type) in [
      (subject.document?.description, "DocumentReference"), (subject.batch.map { "urn:uuid:\($0)" }, "List"),
      (subject.correction.map { "urn:uuid:\($0)" }, "Provenance"),
    ] {
      guard let id else { continue }
      entities.append(
        Entity(
          what: Reference(type: type, identifier: Identifier(system: "urn:ietf:rfc:3986", value: id)),
          type: entityType("2", "System Object"), role: objectRole("3", "Report"),
          detail: subject.reason.map { [Detail(type: "reason", valueString: $0)] }))
    }
    return entities
  }

  /// Where in our trail the record stands.
  private static func place(_ exported: ExportedAuditRecord) -> Entity {
    Entity(
      what: Reference(
        identifier: Identifier(system: "urn:chartroom:audit", value: "\(exported.record.sequence)")),
      type: entityType("2", "System Object"), role: objectRole("13", "Security Resource"),
      detail: [
        Detail(type: "sha256", valueString: exported.hash.description),
        Detail(type: "previous", valueString: exported.record.previous.description),
      ])
  }

  private static func entityType(_ code: String, _ display: String) -> Coding {
    Coding(system: "http://terminology.hl7.org/CodeSystem/audit-entity-type", code: code, display: display)
  }

  private static func objectRole(_ code: String, _ display: String) -> Coding {
    Coding(system: "http://terminology.hl7.org/CodeSystem/object-role", code: code, display: display)
  }
}
