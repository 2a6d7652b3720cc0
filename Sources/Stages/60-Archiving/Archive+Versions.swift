import Formats
import Model
import System

extension Archive {
  /// The lease on a document's object: who corrects the document holds it, so that two never add the same version (I4).
  /// - Returns: nil: another holds it.
  /// - Throws: ``ArchiveError/noSuchObject(_:)``, `SystemError`.
  public func lease(on id: DocumentID) throws -> FileLock? {
    do { return try FileLock.take(objectFolder(id)) } catch {
      if error.isAbsent { throw ArchiveError.noSuchObject(id) }
      throw error
    }
  }

  /// Adds a version in which the document says what a correction made of it; its pages stay as they are (OCFL 1.1
  /// §3.2). Durable when it returns.
  ///
  /// May be repeated with the same values: a head that says this already is adopted. The caller holds the document's
  /// lease (I4).
  /// - Parameters:
  ///   - document: its new state: same id, same pages and blanks in any order.
  ///   - patientBy: by page: what now says whose it is; pages left out keep what they had.
  ///   - unnamed: pages of which nothing says it any more.
  /// - Returns: the version that carries the new state, e.g. `v2`.
  /// - Throws: ``ArchiveError``, `SystemError`.
  public func addVersion(
    to id: DocumentID, document: Manifest.Document, correction: DocumentRecord.CorrectionNote,
    patientBy: [Int: PatientBy] = [:], unnamed: [Int] = []
  ) throws -> String {
    guard try Files.exists(objectFolder(id)) else { throw ArchiveError.noSuchObject(id) }
    try repair(id)
    let old = try self.document(id)
    let numbers = Set(old.pages.map(\.entry.page))
    guard document.id == id, Set(document.pages + document.blanks) == numbers else {
      throw ArchiveError.inconsistentPlan("a correction of \(id) names other pages than it has")
    }
    var next = old.corrected(to: document, correction, patientBy: patientBy)
    for index in next.pages.indices where unnamed.contains(next.pages[index].entry.page) {
      next.pages[index].entry.patientBy = nil
    }
    return try addVersion(next, correction)
  }

  /// Adds a version with this record to the object of its document, or adopts the head that has it already.
  func addVersion(_ next: DocumentRecord, _ correction: DocumentRecord.CorrectionNote) throws -> String {
    let inventory = try headInventory(of: next.document.id)
    let record = try canonicalJSON(next)
    let digest = sha512Hex(record)
    if inventory.headState[digest]?.contains(ArchiveLayout.documentName) == true {
      // A crash may have come before the sync that ends this function.
      try SyncGroup(on: root).sync()
      return inventory.head
    }
    let note = VersionNote(
      created: correction.correctedAt, message: "corrected: \(correction.reason)", user: correction.operator)
    let head = inventory.replacing(ArchiveLayout.documentName, digest: digest, version: note)
    let isNew = inventory.manifest[digest] == nil
    try publish(
      head, staged: correction.correction.description, content: isNew ? [(ArchiveLayout.documentName, record)] : [])
    return head.head
  }

  /// Stages the newest version of `inventory`, moves it into the object, then lifts the inventory.
  func publish(_ inventory: Inventory, staged name: String, content: [(name: String, bytes: [UInt8])]) throws {
    let bytes = try canonicalJSON(inventory)
    let session = try StagingSession(name, of: self)
    let object = session.folder.appending(inventory.id.uuid)
    let version = object.appending(inventory.head)
    try Files.makeFolder(object)
    try Files.makeFolder(version)
    try version.writeInventory(bytes)
    try object.writeInventory(bytes)
    if !content.isEmpty { try Files.makeFolder(version.appending(ArchiveLayout.contentName)) }
    for file in content {
      try Files.write(version.appending(ArchiveLayout.contentName).appending(file.name), file.bytes)
    }
    try session.sync()
    let folder = objectFolder(inventory.id)
    try Files.rename(version, to: folder.appending(inventory.head))
    try session.liftInventory(from: object, into: folder)
    try session.sync()
    try session.end()
  }
}

extension DocumentDecision.Status {
  /// Of the document's pages; nil: that of the documents in which they stand now.
  var disposition: Disposition? {
    switch self {
    case .filed: .filed
    case .exception: .exception
    case .rejected: .rejected
    case .withdrawn: .withdrawn
    case .regrouped: nil
    }
  }
}

extension DocumentRecord {
  /// The record as a correction leaves it.
  func corrected(
    to document: Manifest.Document, _ correction: CorrectionNote, patientBy: [Int: PatientBy]
  ) -> DocumentRecord {
    var next = self
    next.document = document
    next.correction = correction
    let blanks = Set(document.blanks)
    for index in next.pages.indices {
      let page = next.pages[index].entry.page
      if let disposition = document.status.disposition {
        next.pages[index].entry.disposition = blanks.contains(page) ? .blank : disposition
      }
      if let by = patientBy[page] { next.pages[index].entry.patientBy = by }
    }
    return next
  }
}
