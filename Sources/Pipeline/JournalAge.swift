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
    // Import files do not count (`checkImports`): the first import lies in the archive before its rows are in the journal.
    if try await isEmpty(), try !archive.holdsOnlyRecords() {
      throw SiteError.emptyJournal(archive: archive.path.description)
    }
  }

  /// The same for patient imports: the newest one that was in force. `verify` makes a finding of it instead.
  /// - Throws: ``SiteError/importLost(archive:at:journal:)``; exit code 78.
  public func checkImports() async throws {
    // The archive first: it is told once the journal has the import.
    guard let told = try archive.importInForce() else { return }
    let newest = try await journal.revision().importedAt
    if let newest, newest >= told {
      // A crash came between the two.
      if newest > told { try? archive.tellImport(at: newest) }
      return
    }
    throw SiteError.importLost(archive: archive.imports.description, at: told, journal: newest)
  }

  /// Moment of the archive's newest patient import, where the journal lacks it. Where imports in force are told one that is not
  /// told was stopped before it was in force, and is nobody's loss; an archive of an older release is read for it, every
  /// inventory.
  /// - Returns: nil also where another process is about to take it.
  func missingImport() async throws -> Timestamp? {
    let newest = try archive.tellsImports ? archive.importInForce() : archive.newestImport()
    guard let newest, try await lacks(newest) else { return nil }
    // Its file is in the archive before its rows are committed.
    do { try await journal.awaitWriters() } catch JournalError.busy { return nil }
    return try await lacks(newest) ? newest : nil
  }

  private func lacks(_ moment: Timestamp) async throws -> Bool {
    try await journal.revision().importedAt.map { $0 < moment } ?? true
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
