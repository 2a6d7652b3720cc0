import Formats
import FoundationEssentials
import Model
import System

/// Reads one object back, byte by byte: OCFL 1.1 §3, and what Chartroom's own records say.
struct ObjectVerifier {
  let archive: Archive
  /// Below the archive, for findings.
  let path: String
  private let folder: FilePath
  private(set) var findings: [ArchiveFinding] = []
  /// nil where the folder's name is no id's.
  let id: DocumentID?
  private(set) var files = 0
  private(set) var bytes = 0
  /// By logical path of the head, once its bytes are proven: where it lies, and its SHA-256.
  private var sound: [String: (path: FilePath, sha256: ContentDigest)] = [:]

  static let restore = "restore it from a copy of the archive, or file the batch's originals again"

  /// - Parameter tuple: the folder that holds the object, below the archive, e.g. `root/4a/6d`.
  init(archive: Archive, tuple: String, name: [UInt8]) {
    self.archive = archive
    id = DocumentID(objectName: name)
    // An object's name holds `%3a`, which is no escape of ours.
    path = tuple + "/" + (id == nil ? EscapedText(bytes: name).description : String(decoding: name, as: UTF8.self))
    folder = archive.path.appending(tuple).appending(name)
  }

  mutating func run(_ entry: DirectoryEntry, expected: ExpectedArchive?) {
    guard entry.kind == .folder, let id else {
      note(.strayFile, "only objects may lie here", at: nil)
      return
    }
    if "root/" + ocflObjectPath(of: id) != path {
      note(.misplaced, "the place of \(id) is root/\(ocflObjectPath(of: id))", at: nil)
    }
    do {
      try checkFile(ArchiveLayout.objectDeclarationName, is: ArchiveLayout.objectDeclaration)
      guard let inventory = try checkInventories(of: id) else { return }
      try checkNames(inventory)
      for (digest, paths) in inventory.manifest.sorted(by: { $0.value[0] < $1.value[0] }) {
        for content in paths { try checkContent(content, digest: digest, in: inventory) }
      }
      var records = RecordVerifier(archive: archive, id: id, inventory: inventory, sound: sound)
      for (problem, file) in try records.run(expected: expected) {
        note(problem.kind, problem.what, at: inventory.contentPath(of: file), problem.severity)
      }
    } catch { note(.unreadable, "\(error)", at: nil) }
  }

  private mutating func note(
    _ kind: ArchiveFinding.Kind, _ what: String, at relative: String?, _ severity: ArchiveFinding.Severity = .error
  ) {
    let place = relative.map { path + "/" + $0 } ?? path
    findings.append(.init(kind, what, where: place, remedy: Self.restore, severity: severity))
  }

  private func place(_ relative: String) -> FilePath { folder.appending(relative) }

  /// nil, and a finding, where the file cannot be read whole.
  private mutating func read(_ relative: String) throws -> [UInt8]? {
    files += 1
    do { return try archive.readRecord(place(relative)) } catch let error as SystemError {
      note(error.isAbsent ? .missing : .unreadable, error.isAbsent ? "the file is missing" : "\(error)", at: relative)
      return nil
    }
  }

  private mutating func checkFile(_ relative: String, is expected: [UInt8]) throws {
    guard let bytes = try read(relative), bytes != expected else { return }
    note(.altered, "its bytes are not what OCFL demands", at: relative)
  }
}

// MARK: - Inventories

extension ObjectVerifier {
  /// Checks the newest inventory's two copies against each other and their sidecars, and those of the versions before
  /// against what the newest says they were.
  /// - Returns: the newest, where a copy of it is sound.
  private mutating func checkInventories(of id: DocumentID) throws -> Inventory? {
    let newest = try archive.newestVersion(in: folder)
    guard let believed = try believedHead(newest) else { return nil }
    let name = "v\(newest)/\(ArchiveLayout.inventoryName)"
    guard let inventory = try? Inventory(decoding: believed), try canonicalJSON(inventory) == believed else {
      note(.contradiction, "it is no inventory as Chartroom writes it", at: name)
      return nil
    }
    guard inventory.id == id, inventory.headNumber == newest,
      Set(inventory.versions.keys) == Set((1...newest).map { "v\($0)" }),
      inventory.type == Inventory.inventoryType, inventory.digestAlgorithm == "sha512"
    else {
      note(.contradiction, "it is the inventory of another object or version", at: name)
      return nil
    }
    for number in 1..<newest {
      let bytes = try canonicalJSON(inventory.asOf(version: number))
      try checkPair("v\(number)/", is: bytes, because: "it is not what the newest inventory says it was")
    }
    return inventory
  }

  private mutating func checkPair(_ folder: String, is bytes: [UInt8], because reason: String) throws {
    if let found = try read(folder + ArchiveLayout.inventoryName), found != bytes {
      note(.altered, reason, at: folder + ArchiveLayout.inventoryName)
    }
    if let found = try read(folder + ArchiveLayout.sidecarName), found != ArchiveLayout.sidecar(of: sha512Hex(bytes)) {
      note(.altered, "it is not the digest of its inventory", at: folder + ArchiveLayout.sidecarName)
    }
  }

  /// The newest inventory's bytes, by what its copies in the root and in the version's folder and their sidecars agree
  /// on.
  private mutating func believedHead(_ newest: Int) throws -> [UInt8]? {
    let folders = ["", "v\(newest)/"]
    let copies = folders.compactMap { folder -> InventoryCopy? in
      guard let bytes = try? archive.readRecord(place(folder + ArchiveLayout.inventoryName)) else { return nil }
      return InventoryCopy(bytes: bytes, sidecar: try? archive.readRecord(place(folder + ArchiveLayout.sidecarName)))
    }
    if let believed = InventoryCopy.believed(copies) {
      for folder in folders {
        try checkPair(folder, is: believed, because: "it is not what its sidecar and the other copy say")
      }
      return believed
    }
    for folder in folders {
      for name in [ArchiveLayout.inventoryName, ArchiveLayout.sidecarName] where try read(folder + name) != nil {
        note(
          .altered, "the inventories and their sidecars do not agree and nothing tells which is right",
          at: folder + name)
      }
    }
    return nil
  }

  /// Every name in the object root and below must be one that the inventory accounts for.
  private mutating func checkNames(_ inventory: Inventory) throws {
    var expected = Set([
      ArchiveLayout.objectDeclarationName, ArchiveLayout.inventoryName, ArchiveLayout.sidecarName,
    ])
    for number in 1...inventory.headNumber {
      expected.insert("v\(number)/\(ArchiveLayout.inventoryName)")
      expected.insert("v\(number)/\(ArchiveLayout.sidecarName)")
    }
    expected.formUnion(inventory.manifest.values.joined())
    var folders = Set<String>()
    for file in expected {
      var parts = file.split(separator: "/").dropLast()
      while !parts.isEmpty {
        folders.insert(parts.joined(separator: "/"))
        parts = parts.dropLast()
      }
    }
    try checkNames(in: "", files: expected, folders: folders)
  }

  private mutating func checkNames(in folder: String, files: Set<String>, folders: Set<String>) throws {
    for entry in try Files.list(place(folder)) {
      let relative = (folder.isEmpty ? "" : folder + "/") + String(decoding: entry.name, as: UTF8.self)
      switch entry.kind {
      case .folder where folders.contains(relative): try checkNames(in: relative, files: files, folders: folders)
      case .file where files.contains(relative): break
      default: note(.strayFile, "no inventory names it", at: EscapedText(bytes: Array(relative.utf8)).description)
      }
    }
  }

  private mutating func checkContent(_ relative: String, digest: String, in inventory: Inventory) throws {
    files += 1
    let file = place(relative)
    do {
      let source = try FileSource(Descriptor.openRegular(file))
      bytes += source.count
      let digests = try FileDigests(of: source)
      guard digests.sha512 == digest else {
        note(.altered, "its SHA-512 is not the one in the inventory", at: relative)
        return
      }
      for logical in inventory.headState[digest] ?? [] { sound[logical] = (file, digests.sha256) }
    } catch let error as SystemError where error.isAbsent {
      note(.missing, "the inventory names it and it is not there", at: relative)
    } catch { note(.unreadable, "\(error)", at: relative) }
  }
}

/// An inventory as found, with its sidecar, if it has one.
private struct InventoryCopy {
  var bytes: [UInt8]
  var sidecar: [UInt8]?

  /// The bytes that most of the copies and sidecars speak for: at least two of the four, and no other bytes as many.
  static func believed(_ copies: [InventoryCopy]) -> [UInt8]? {
    let votes = copies.map { copy in
      let sidecar = ArchiveLayout.sidecar(of: sha512Hex(copy.bytes))
      return copies.count { $0.bytes == copy.bytes } + copies.count { $0.sidecar == sidecar }
    }
    guard let most = votes.max(), most >= 2 else { return nil }
    let winners = Set(copies.indices.filter { votes[$0] == most }.map { copies[$0].bytes })
    return winners.count == 1 ? winners.first : nil
  }
}
