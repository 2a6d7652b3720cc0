import Model

/// What a site says about numbers that come from other systems.
public struct PatientNumbering: Sendable {
  /// Assigning authority of a number that names none.
  public var authority: String
  /// By what other systems call an authority: an OID, a FHIR identifier system, a name.
  public var authoritiesBySystem: [String: String]
  /// Whether any label of the site could carry the number.
  public var isPossible: @Sendable (String) -> Bool

  public init(
    authority: String, authoritiesBySystem: [String: String], isPossible: @escaping @Sendable (String) -> Bool
  ) {
    self.authority = authority
    self.authoritiesBySystem = authoritiesBySystem
    self.isPossible = isPossible
  }

  /// The authority that a system's name means: an OID with or without `urn:oid:`; nil where the site does not know it.
  func authority(ofSystem name: String) -> String? {
    let bare = name.hasPrefix("urn:oid:") ? String(name.dropFirst("urn:oid:".count)) : name
    return authoritiesBySystem[name] ?? authoritiesBySystem[bare] ?? authoritiesBySystem["urn:oid:" + bare]
  }
}

/// Why a message or resource cannot be taken; a sentence for a person.
struct PatientProblem: Error, Hashable {
  var reason: String
  var kind = PatientReject.Kind.refused
}
