import Formats
import Model
import System

/// What the archive keeps beside documents, so that a rebuild needs nothing else (I7).
public enum RecordKind: String, Hashable, Sendable, CaseIterable {
  /// `pipeline.json` as it was in force.
  case configuration
  /// An accepted import file: CSV of patients or encounters, HL7 v2 messages, a FHIR Bundle.
  case patients
  case encounters
  case hl7
  case fhir

  /// Kinds that the patient index is made from.
  public static let imports: [RecordKind] = [.patients, .encounters, .hl7, .fhir]

  /// Logical path of its one file.
  public var fileName: String {
    switch self {
    case .configuration: "configuration.json"
    case .patients, .encounters: "import.csv"
    case .hl7: "import.hl7"
    case .fhir: "import.json"
    }
  }

  /// Whether taking the same bytes again means something: importing an older file again puts it back in force.
  var countsEachTime: Bool { self != .configuration }

  /// From content: the same bytes are the same object.
  public func id(of sha256: ContentDigest) -> DocumentID { uuidV5("\(rawValue):\(sha256)\n") }

  /// Message of a version: the kind alone where whoever took it may see everything, as in older releases.
  fileprivate func message(_ clearance: Confidentiality) -> String {
    clearance == .veryRestricted ? rawValue : "\(rawValue), taken by one who may see no more than \(clearance.rawValue)"
  }

  fileprivate func clearance(in message: String) -> Confidentiality {
    Confidentiality.allCases.first { self.message($0) == message } ?? .veryRestricted
  }
}

/// One taking of a configuration or import file.
public struct ArchivedRecord: Hashable, Sendable {
  public var id: DocumentID
  public var kind: RecordKind
  public var created: Timestamp
  /// Whoever took it could see no more: no level above it fell by it.
  public var clearance: Confidentiality
  /// Where its bytes lie.
  public var path: FilePath
}

extension Archive {
  /// Keeps a configuration or an import file, durable when it returns. The same bytes are kept once; an import file
  /// that is taken again gets a version that says when.
  /// - Throws: ``ArchiveError``, `SystemError`.
  @discardableResult
  public func storeRecord(_ kind: RecordKind, bytes: [UInt8], at created: Timestamp) throws -> DocumentID {
    try storeRecord(kind, source: MemorySource(bytes), sha256: sha256(bytes), at: created)
  }

  /// The same for a file of any size, which is copied a piece at a time.
  /// - Parameter clearance: of an import, what whoever takes it may see: a rebuild takes it so again.
  /// - Throws: ``ArchiveError/sourceChanged(source:name:detail:)`` where its bytes are not those of `sha256`.
  @discardableResult
  public func storeRecord(
    _ kind: RecordKind, source: any ByteSource, sha256: ContentDigest, at created: Timestamp,
    clearance: Confidentiality = .veryRestricted
  ) throws -> DocumentID {
    let id = kind.id(of: sha256)
    let note = VersionNote(created: created, message: kind.message(clearance), user: VersionNote.program)
    if try contains(id) {
      try repair(id)
      let inventory = try headInventory(of: id)
      if kind.countsEachTime, !inventory.versions.values.contains(where: { $0.created == created }) {
        try publish(inventory.repeated(version: note), staged: "record-\(id.uuid)", content: [])
      } else {
        try SyncGroup(on: root).sync()
      }
      return id
    }
    let session = try StagingSession("record-\(id.uuid)", of: self)
    var staging = try ObjectStaging(id, in: session.folder.appending(id.uuid))
    guard try staging.add(kind.fileName, copying: source, expecting: sha256) else {
      try session.end()
      throw ArchiveError.sourceChanged(
        source: 0, name: kind.rawValue, detail: "its bytes changed while it was read; import it again")
    }
    _ = try staging.finish(note)
    try session.sync()
    _ = try session.publish(id)
    try session.sync()
    try session.end()
    return id
  }

  /// Every taking of a kind, oldest first. Reads every inventory of the archive: for `rebuild`.
  public func records(_ kind: RecordKind) throws -> [ArchivedRecord] {
    var records: [ArchivedRecord] = []
    try forEachObject { _, _, object in
      guard let id = DocumentID(objectName: object.name) else { return }
      let inventory = try headInventory(of: id)
      guard inventory.headState.count == 1, inventory.headState.values.first == [kind.fileName],
        let path = inventory.contentPath(of: kind.fileName)
      else { return }
      let file = objectFolder(id).appending(path)
      guard try kind.id(of: sha256(of: FileSource(Descriptor.openRegular(file)))) == id else { return }
      for version in inventory.versions.values {
        records.append(
          .init(
            id: id, kind: kind, created: version.created, clearance: kind.clearance(in: version.message), path: file))
      }
    }
    return records.sorted { ($0.created, $0.id) < ($1.created, $1.id) }
  }

  /// A configuration that was in force, by its digest; nil: it is not kept here.
  public func configuration(_ digest: ContentDigest) throws -> [UInt8]? {
    let kind = RecordKind.configuration
    let id = kind.id(of: digest)
    guard try contains(id), let path = try headInventory(of: id).contentPath(of: kind.fileName) else { return nil }
    let bytes = try readRecord(objectFolder(id).appending(path))
    guard sha256(bytes) == digest else {
      throw ArchiveError.damaged(path: objectFolder(id).description, detail: "its bytes are not those that were taken")
    }
    return bytes
  }

  /// The bytes of a small record, checked against its id.
  public func read(_ record: ArchivedRecord) throws -> [UInt8] {
    let bytes = try readRecord(record.path)
    guard record.kind.id(of: sha256(bytes)) == record.id else {
      throw ArchiveError.damaged(path: record.path.description, detail: "its bytes are not those that were taken")
    }
    return bytes
  }

  /// A record's file of any size, its bytes checked against its id, and their digest.
  public func open(_ record: ArchivedRecord) throws -> (source: FileSource, sha256: ContentDigest) {
    let source = try FileSource(Descriptor.openRegular(record.path))
    let digest = try sha256(of: source)
    guard record.kind.id(of: digest) == record.id else {
      throw ArchiveError.damaged(path: record.path.description, detail: "its bytes are not those that were taken")
    }
    return (source, digest)
  }
}

extension DocumentID {
  /// From an object folder's name, `urn%3auuid%3a…` (layout 0003); nil for anything else.
  init?(objectName: [UInt8]) {
    let prefix = Array("urn%3auuid%3a".utf8)
    guard objectName.starts(with: prefix) else { return nil }
    self.init("urn:uuid:" + String(decoding: objectName.dropFirst(prefix.count), as: UTF8.self))
  }
}
