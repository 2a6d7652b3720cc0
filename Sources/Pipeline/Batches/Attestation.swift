import Journaling
import Manifesting
import Model

/// Writes manifest files that the journal has and the folder lacks (DESIGN §4.5). Any process may; the same file twice is
/// the same bytes.
public struct Attestation: Sendable {
  let site: Site
  public init(site: Site) { self.site = site }

  public func writeMissing() async throws {
    while true {
      let records = try await site.journal.unattested(limit: 100)
      if records.isEmpty { return }
      for record in records {
        try site.manifests.write(record.bytes, id: record.id, day: record.day)
        try await site.journal.markAttested(sequence: record.sequence)
      }
    }
  }
}
