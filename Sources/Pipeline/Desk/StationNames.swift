import Journaling
import Model

/// The stations that there are, for who asks about one: a mistyped name is told, not answered with nothing.
public enum StationNames {
  /// - Parameter name: nil: nobody asked.
  /// - Returns: a sentence where no station is called so; one of which the operator may see nothing is not known either.
  public static func remark(
    on name: EscapedText?, at site: Site, seenBy discretion: Discretion
  ) async throws -> String? {
    guard let name else { return nil }
    let configured = site.configuration.stations.keys.map { EscapedText($0) }
    let all = Set(configured + [EscapedText("default")] + (try await site.journal.counts().map(\.station)))
    let visible = all.filter { discretion.maySee(station: $0) }
    if visible.contains(name) { return nil }
    let names = visible.sorted().map(\.description).joined(separator: ", ")
    return "No station is called '\(name)'." + (names.isEmpty ? "" : " The stations are: \(names).")
  }
}
