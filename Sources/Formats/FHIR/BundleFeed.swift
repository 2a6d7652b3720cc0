import FoundationEssentials
import Model

/// Reads a FHIR R4 Bundle of Patient and Encounter as a feed of the patient index. Every entry becomes an event or a reject;
/// none is passed over in silence.
///
/// Read twice: references may point forwards. The first time only numbers are gathered, so that memory is bounded by
/// ``patientsMax`` and not by the file.
public struct BundleFeed: Sendable {
  /// Patients of one bundle; some tens of megabytes of references. A larger index comes in several bundles.
  public static let patientsMax = 250_000

  let numbering: PatientNumbering
  public init(_ numbering: PatientNumbering) { self.numbering = numbering }

  /// - Throws: ``SourceError``, and what the takers throw.
  public func read(
    _ source: any ByteSource, event take: (PatientEvent) throws -> Void, reject: (PatientReject) throws -> Void
  ) throws {
    do {
      var references = FHIRReferences()
      var first = BundleEntries(source)
      let type = try first.read { entry in
        guard let named = try? decode(FHIREntry.self, entry), named.resource?.resourceType == "Patient",
          let patient = try? decode(FHIREntry.Resource<FHIRPatient>.self, entry).resource,
          let keys = try? keys(of: patient)
        else { return }
        guard references.count < Self.patientsMax else {
          throw BundleProblem(line: entry.line, what: "more than \(Self.patientsMax) patients in one bundle; split it")
        }
        references.add(keys, fullURL: named.fullUrl, id: patient.id)
      }
      guard type == "Bundle" else {
        return try reject(.init(line: 1, reason: "no Bundle: resourceType is \(EscapedText(type ?? "missing"))"))
      }
      var second = BundleEntries(source)
      _ = try second.read { entry in
        let found: PatientEvent
        do throws(PatientProblem) { found = try event(entry, references) } catch {
          return try reject(.init(line: entry.line, reason: "entry \(entry.index): \(error.reason)", kind: error.kind))
        }
        try take(found)
      }
    } catch let problem as BundleProblem {
      try reject(.init(line: problem.line, reason: problem.what))
    }
  }

  private func event(_ entry: BundleEntry, _ references: FHIRReferences) throws(PatientProblem) -> PatientEvent {
    guard entry.bytes != nil else {
      throw PatientProblem(reason: "larger than \(BundleEntries.entryBytesMax) bytes")
    }
    let named = try decode(FHIREntry.self, entry)
    guard let type = named.resource?.resourceType else { throw PatientProblem(reason: "it has no resource") }
    switch type {
    case "Patient":
      let patient = try decode(FHIREntry.Resource<FHIRPatient>.self, entry).resource
      return PatientEvent(
        line: entry.line, at: try moment(patient.meta), name: name(entry, "Patient", patient.id),
        facts: try facts(of: patient, references))
    case "Encounter":
      let encounter = try decode(FHIREntry.Resource<FHIREncounter>.self, entry).resource
      return PatientEvent(
        line: entry.line, at: try moment(encounter.meta), name: name(entry, "Encounter", encounter.id),
        facts: [.stay(try stay(of: encounter, references))])
    default:
      throw PatientProblem(reason: "\(EscapedText(type)) says nothing that the patient index keeps", kind: .ignored)
    }
  }

  private func name(_ entry: BundleEntry, _ type: String, _ id: String?) -> String {
    "entry \(entry.index) \(type)" + (id.map { "/\($0)" } ?? "")
  }

  private func moment(_ meta: FHIRMeta?) throws(PatientProblem) -> Timestamp? {
    guard let text = meta?.lastUpdated else { return nil }
    guard let moment = FHIRTime(text)?.moment else { throw PatientProblem(reason: "meta.lastUpdated is no instant") }
    return moment
  }

  private func decode<Value: Decodable>(_ type: Value.Type, _ entry: BundleEntry) throws(PatientProblem) -> Value {
    do { return try JSONDecoder().decode(type, from: Data(entry.bytes ?? [])) } catch let error as DecodingError {
      throw PatientProblem(reason: error.place)
    } catch { throw PatientProblem(reason: "it is no JSON") }
  }
}

extension DecodingError {
  /// Where it is wrong, without a value of it: a value may be a name.
  fileprivate var place: String {
    func path(_ context: Context) -> String {
      context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined().drop { $0 == "." }
        .description
    }
    switch self {
    case .keyNotFound(let key, let context):
      return "it lacks \(path(context))\(context.codingPath.isEmpty ? "" : ".")\(key.stringValue)"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(path(context)) is not what FHIR R4 says"
    case .dataCorrupted: return "it is no JSON"
    @unknown default: return "it is no JSON"
    }
  }
}

/// What the references of one bundle mean (FHIR R4 §3.1.1, resolving references in bundles).
struct FHIRReferences {
  private var keys: [String: [PatientKey]] = [:]
  /// What patients without a number in common are called by: nobody can tell whom it means.
  private var ambiguous: Set<String> = []
  /// `Patient/id` of those whose fullUrl names a server: the same id on another server is somebody else.
  private var onServers: Set<String> = []
  private(set) var count = 0

  mutating func add(_ found: [PatientKey], fullURL: String?, id: String?) {
    count += 1
    let relative = id.map { "Patient/\($0)" }
    for text in [fullURL, relative].compactMap(\.self) {
      let known = keys.updateValue(found, forKey: text) ?? found
      if Set(known).isDisjoint(with: found) { ambiguous.insert(text) }
    }
    if let relative, fullURL?.hasPrefix("http") ?? false { onServers.insert(relative) }
  }

  /// - Parameter reference: as it stands, perhaps absolute or of a version.
  /// - Returns: nil: it means nobody of the bundle.
  func keys(of reference: String) throws(PatientProblem) -> [PatientKey]? {
    var text = reference.split(separator: "/_history/", maxSplits: 1).first.map(String.init) ?? reference
    if keys[text] == nil {
      let parts = text.split(separator: "/")
      text = parts.suffix(2).joined(separator: "/")
      guard parts.count > 2, !onServers.contains(text) else { return nil }
    }
    guard !ambiguous.contains(text) else {
      throw PatientProblem(reason: "\(EscapedText(reference)) may be more than one patient of this bundle")
    }
    return keys[text]
  }
}
