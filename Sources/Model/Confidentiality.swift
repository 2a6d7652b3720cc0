/// Who may see a patient, a document or a station's pages: the highest level of all that they belong to wins.
public enum Confidentiality: String, Codable, Hashable, Sendable, CaseIterable, Comparable {
  case normal, restricted
  case veryRestricted = "very restricted"

  public static func < (a: Confidentiality, b: Confidentiality) -> Bool {
    allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
  }

  /// - Parameter text: as the patient index has it; what is no level of ours is the highest: in doubt nobody sees it.
  public init(indexed text: String) {
    self = text.isEmpty ? .normal : Confidentiality(rawValue: text) ?? .veryRestricted
  }
}
