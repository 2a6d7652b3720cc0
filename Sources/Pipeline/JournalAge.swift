import Archiving
import Journaling
import Manifesting
import Model

/// Whether a journal is as new as what lies beside it. One that is older (restored from a copy, made by hand) would give
/// its next record a place in the chain that is taken: the chain would fork, and pages that are filed would be taken as
/// new. Every verb asks before it touches anything; `rebuild` alone makes good.
public struct JournalAge {
  private let journal: any Journal & PatientIndex
  private let manifests: ManifestStore
  private let archive: Archive

  /// Folders of days that are looked through: a day of either end of a night shift.
  private static let days = 2

  public init(journal: any Journal & PatientIndex, manifests: ManifestStore, archive: Archive) {
    self.journal = journal
    self.manifests = manifests
    self.archive = archive
  }

  /// - Throws: ``SiteError/journalBehind(manifests:journal:found:)``, ``SiteError/emptyJournal(archive:)``; exit code 78.
  public func check() async throws {
    // Files first: a record is in the journal before its file is made.
    let files = try manifests.newest(days: Self.days)
    let unknown = Set(try await journal.withoutRecord(files.map(\.id)))
    let end = try await journal.chainEnd().sequence
    for file in files where unknown.contains(file.id) {
      guard let found = manifests.sequence(of: file), found > end else { continue }
      throw SiteError.journalBehind(manifests: manifests.folder.description, journal: end, found: found)
    }
    // Import files do not count: the first import lies in the archive before its rows are in the journal.
    if try await isEmpty(), try !archive.holdsOnlyRecords() {
      throw SiteError.emptyJournal(archive: archive.path.description)
    }
  }

  /// As `init` makes it. A rebuild leaves a note, so that it is not sent for again where there was nothing to restore.
  func isEmpty() async throws -> Bool {
    guard try await journal.chainEnd().sequence == 0, try await journal.revision().importedAt == nil else {
      return false
    }
    guard try await journal.batches(limit: 1).isEmpty else { return false }
    return try await journal.troubles(limit: 1).isEmpty
  }
}
