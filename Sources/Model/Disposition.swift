/// Where a page ended: exactly one of these (I3).
public enum Disposition: String, Codable, Hashable, Sendable, CaseIterable {
  case filed, separator, blank, exception, duplicate
  /// Only after a correction, never in a manifest.
  case rejected, withdrawn
}

/// What said whose page it is (`patientBy` of a manifest's page).
public enum PatientBy: String, Codable, Hashable, Sendable {
  /// A patient label on the page itself.
  case label
  /// One on the other side of its sheet.
  case sheet
  /// One on the document's first labelled page.
  case firstPage = "page-1"
  case cover, header, sidecar, encounter, person
}
