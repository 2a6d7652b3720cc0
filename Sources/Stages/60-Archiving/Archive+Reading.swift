import Formats
import FoundationEssentials
import Model
import System

extension Archive {
  /// Whether no batch was ever filed here: nothing is in the root but configurations and import files. Looks no further
  /// than the first document.
  public func holdsOnlyRecords() throws -> Bool {
    let names = Set(RecordKind.allCases.map(\.fileName))
    for first in try Files.list(root) where first.isTuple {
      for second in try Files.list(root.appending(first.name)) where second.isTuple {
        for object in try Files.list(root.appending(first.name).appending(second.name)) {
          guard let id = DocumentID(objectName: object.name), let inventory = try? headInventory(of: id),
            inventory.headState.values.allSatisfy({ Set($0).isSubset(of: names) })
          else { return false }
        }
      }
    }
    return true
  }

  /// Whether an object of that id is there; says nothing about its soundness.
  public func contains(_ id: DocumentID) throws -> Bool { try Files.exists(objectFolder(id)) }

  /// What the newest version of a document's object says about it, checked against the object's inventory.
  /// - Throws: ``ArchiveError/noSuchObject(_:)``, ``ArchiveError/damaged(path:detail:)``, `SystemError`.
  public func document(_ id: DocumentID) throws -> DocumentRecord {
    try decode(DocumentRecord.self, ArchiveLayout.documentName, of: id)
  }

  /// The same, as one version said it.
  /// - Parameter version: e.g. `v2`; one that the object does not have is the newest.
  public func document(_ id: DocumentID, version: String) throws -> DocumentRecord {
    guard let number = Inventory.number(ofVersion: version), number <= (try headInventory(of: id).headNumber) else {
      return try document(id)
    }
    return try decode(DocumentRecord.self, ArchiveLayout.documentName, of: id, version: version)
  }

  /// The same, as the version before another one said it.
  /// - Parameter version: e.g. `v3`; nil for a first version, or one that the object does not have.
  public func document(_ id: DocumentID, before version: String) throws -> DocumentRecord? {
    guard let number = Inventory.number(ofVersion: version), number > 1,
      try number <= headInventory(of: id).headNumber
    else { return nil }
    return try decode(DocumentRecord.self, ArchiveLayout.documentName, of: id, version: "v\(number - 1)")
  }

  /// What a batch's set-aside object holds; nil where the batch needed none.
  public func setAside(of batch: BatchID) throws -> SetAsideRecord? {
    let id = setAsideID(of: batch)
    guard try contains(id) else { return nil }
    return try decode(SetAsideRecord.self, ArchiveLayout.setAsideName, of: id)
  }

  /// The exact bytes of a batch's sidecar; nil where it had none.
  public func sidecar(of batch: BatchID) throws -> [UInt8]? {
    guard let stored = try setAside(of: batch)?.sidecar else { return nil }
    let id = setAsideID(of: batch)
    guard let path = try headInventory(of: id).contentPath(of: stored.file) else {
      throw ArchiveError.damaged(path: objectFolder(id).description, detail: "it has no \(stored.file)")
    }
    let file = objectFolder(id).appending(path)
    let bytes = try readRecord(file)
    guard sha256(bytes) == stored.source.sha256 else {
      throw ArchiveError.damaged(path: file.description, detail: "it is not the batch's sidecar")
    }
    return bytes
  }

  /// Where the image of a document's page lies.
  /// - Parameter page: of the batch, from 1.
  /// - Returns: the file and the frame in it, from 0; nil where the document has no such page.
  public func pageFile(_ id: DocumentID, page: Int) throws -> (path: FilePath, frame: Int)? {
    let inventory = try headInventory(of: id)
    let record = try document(id)
    guard let stored = record.pages.first(where: { $0.entry.page == page }),
      let path = inventory.contentPath(of: stored.file)
    else { return nil }
    return (objectFolder(id).appending(path), stored.frame)
  }

  /// The inventory of an object, checked against its sidecar.
  func headInventory(of id: DocumentID) throws -> Inventory {
    let folder = objectFolder(id)
    guard try Files.exists(folder) else { throw ArchiveError.noSuchObject(id) }
    let path = folder.appending(ArchiveLayout.inventoryName)
    let bytes = try readRecord(path)
    let sidecar = try readRecord(folder.appending(ArchiveLayout.sidecarName))
    guard sidecar == ArchiveLayout.sidecar(of: sha512Hex(bytes)), let inventory = try? Inventory(decoding: bytes),
      inventory.id == id
    else { throw ArchiveError.damaged(path: path.description, detail: "it is not what its sidecar says") }
    return inventory
  }

  private func decode<Value: Decodable>(
    _ type: Value.Type, _ name: String, of id: DocumentID, version: String? = nil
  ) throws -> Value {
    let inventory = try headInventory(of: id)
    let state = inventory.versions[version ?? inventory.head]?.state ?? [:]
    guard let digest = state.first(where: { $0.value.contains(name) })?.key,
      let path = inventory.manifest[digest]?.first
    else { throw ArchiveError.damaged(path: objectFolder(id).description, detail: "it has no \(name)") }
    let file = objectFolder(id).appending(path)
    let bytes = try readRecord(file)
    guard sha512Hex(bytes) == digest, let value = try? JSONDecoder().decode(type, from: Data(bytes)) else {
      throw ArchiveError.damaged(path: file.description, detail: "its bytes are not those that its inventory names")
    }
    return value
  }

  /// Visits every object of the root in the order of its paths, one tuple folder's names at a time (I9).
  /// - Parameter body: gets the tuple folders' names and the object's, as they are on disk.
  func forEachObject(
    _ body: (_ first: DirectoryEntry, _ second: DirectoryEntry, _ object: DirectoryEntry) throws -> Void
  ) throws {
    for first in try Files.list(root) where first.isTuple {
      for second in try Files.list(root.appending(first.name)) where second.isTuple {
        for object in try Files.list(root.appending(first.name).appending(second.name)) {
          try body(first, second, object)
        }
      }
    }
  }
}

extension DirectoryEntry {
  /// Two lower-case hex digits (layout 0003, tupleSize 2).
  var isTuple: Bool {
    kind == .folder && name.count == 2 && name.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }
}
