import Formats
import Model
import System

/// What ``Archive/store(plan:sidecar:source:)`` did.
public struct StoreReport: Hashable, Sendable {
  /// Every object of the batch, in the manifest's order, the set-aside object last.
  public var objects: [DocumentID]
  /// Those of ``objects`` that were there already, byte for byte.
  public var adopted: Set<DocumentID>
  /// The batch's set-aside object, where it needed one.
  public var setAside: DocumentID?
}

extension Archive {
  /// Puts every object of a batch into its place, durable when it returns (DESIGN §4.3).
  ///
  /// May be repeated after a crash at any point. The caller holds the batch's lease.
  /// - Parameters:
  ///   - sidecar: the sidecar's exact bytes, where the manifest names one.
  ///   - source: opens the source of that index; asked for one at a time, some more than once.
  /// - Throws: ``ArchiveError``, `SystemError`, `SourceError`.
  public func store(
    plan: BatchPlan, sidecar: [UInt8]?, source: @escaping (Int) throws -> any ByteSource
  ) throws -> StoreReport {
    let session = try StagingSession(plan.manifest.batch.description, of: self)
    var builder = ObjectBuilder(
      plan: plan, sidecar: sidecar, shelf: .init(manifest: plan.manifest, limits: limits, open: source))
    let objects = try builder.objects()
    var report = StoreReport(
      objects: objects.map(\.id), adopted: [], setAside: objects.first { $0.document == nil }?.id)
    guard !objects.isEmpty else {
      try session.end()
      return report
    }
    var inventories: [DocumentID: [UInt8]] = [:]
    for object in objects { inventories[object.id] = try builder.build(object, in: session.folder) }
    try session.sync()
    for object in objects {
      let place = try session.publish(object.id)
      if place == .taken {
        try adopt(object.id, inventory: inventories[object.id]!)
        report.adopted.insert(object.id)
      }
    }
    try session.sync()
    try session.end()
    return report
  }

  /// Whether any object of a plan is in its place already, durable or not.
  public func holdsAny(of plan: BatchPlan) throws -> Bool {
    for document in plan.manifest.documents where try contains(document.id) { return true }
    return try contains(setAsideID(of: plan.manifest.batch))
  }

  /// With all sources open, for batches of few files.
  public func store(plan: BatchPlan, sources: [any ByteSource], sidecar: [UInt8]?) throws -> StoreReport {
    guard sources.count == plan.manifest.sources.count else {
      throw ArchiveError.inconsistentPlan(
        "\(plan.manifest.sources.count) sources in the plan, \(sources.count) at hand")
    }
    return try store(plan: plan, sidecar: sidecar) { sources[$0] }
  }

  /// Accepts an object that stands where ours would go: only if its first version is ours, byte for byte, and sound.
  func adopt(_ id: DocumentID, inventory: [UInt8]) throws {
    let folder = objectFolder(id)
    let first = folder.appending("v1")
    let file = first.appending(ArchiveLayout.inventoryName)
    guard try Files.exists(file) else {
      throw ArchiveError.targetDiffers(id, path: "\(folder)", detail: "it has no v1/\(ArchiveLayout.inventoryName)")
    }
    guard try Files.read(file, limit: ArchiveLayout.recordBytesMax) == inventory else {
      throw ArchiveError.targetDiffers(
        id, path: "\(folder)", detail: "its first version has other files or another origin")
    }
    for (digest, paths) in try Inventory(decoding: inventory).manifest {
      for path in paths {
        let content = folder.appending(path)
        guard try Files.exists(content), try FileDigests(of: FileSource(Descriptor.open(content))).sha512 == digest
        else {
          throw ArchiveError.damaged(path: "\(content)", detail: "its bytes are not those that its inventory names")
        }
      }
    }
  }
}

/// Builds the objects of one batch in staging.
struct ObjectBuilder {
  let plan: BatchPlan
  let sidecar: [UInt8]?
  var shelf: SourceShelf

  private var manifest: Manifest { plan.manifest }

  mutating func objects() throws -> [ObjectContent] {
    if let entry = manifest.sidecar {
      guard let sidecar else { throw ArchiveError.inconsistentPlan("the sidecar that it names is not at hand") }
      guard sha256(sidecar) == entry.sha256 else {
        throw ArchiveError.sidecarChanged(name: entry.name.description)
      }
    }
    return try planContent(plan) { try shelf.isCopyable($0, frame: $1) }
  }

  /// - Returns: the exact bytes of the object's inventory.
  mutating func build(_ content: ObjectContent, in session: FilePath) throws -> [UInt8] {
    var staging = try ObjectStaging(content.id, in: session.appending(content.id.uuid))
    var names: [String] = []
    var notes: [Int: [[String]]] = [:]
    for (index, file) in content.files.enumerated() {
      switch file {
      case .whole(let source):
        names.append(numbered(index, try shelf.suffix(of: source)))
        try addWhole(source, as: names[index], to: &staging)
      case .frames(let source, let frames):
        names.append(numbered(index, "tif"))
        notes[index] = try addFrames(frames, of: source, as: names[index], content: content, file: index, to: &staging)
      case .sidecar:
        names.append("sidecar.json")
        try staging.add(names[index], bytes: sidecar!)
      }
    }
    let pages = zip(content.pages, content.places).map { page, place in
      StoredPage(
        entry: page, file: names[place.file], frame: place.frame, notes: notes[place.file]?[place.frame] ?? [],
        print: content.document == nil ? nil : plan.prints?[page.page])
    }
    let record = try record(of: content, pages: pages, names: names)
    try staging.add(record.name, bytes: record.bytes)
    return try staging.finish(
      .init(created: manifest.finishedAt, message: message(of: content), user: VersionNote.program))
  }

  private mutating func addWhole(_ index: Int, as name: String, to staging: inout ObjectStaging) throws {
    let entry = manifest.sources[index]
    guard try staging.add(name, copying: shelf.source(index), expecting: entry.sha256) else {
      throw ArchiveError.sourceChanged(
        source: index, name: entry.name.description, detail: "its SHA-256 is no longer the plan's, or the copy is bad")
    }
  }

  private mutating func addFrames(
    _ frames: [Int], of index: Int, as name: String, content: ObjectContent, file: Int, to staging: inout ObjectStaging
  ) throws -> [[String]] {
    let structure = try shelf.structure(of: index)
    guard frames.allSatisfy(structure.frames.indices.contains) else {
      throw ArchiveError.sourceChanged(
        source: index, name: manifest.sources[index].name.description, detail: "it no longer has all of its frames")
    }
    let copied = try staging.add(
      name, frames: frames.map { structure.frames[$0] }, of: shelf.source(index), limits: shelf.limits)
    for (page, place) in zip(content.pages, content.places) where place.file == file {
      let digest = copied[place.frame].digest
      guard let digest, digest == page.sha256 else {
        throw ArchiveError.readBackDiffers(
          content.id, page: page.page,
          detail: "the digest is \(digest?.description ?? "none"), the plan says \(page.sha256?.description ?? "none")")
      }
    }
    return copied.map(\.notes)
  }

  private func record(
    of content: ObjectContent, pages: [StoredPage], names: [String]
  ) throws -> (name: String, bytes: [UInt8]) {
    var wholes: [Int: String] = [:]
    for (name, file) in zip(names, content.files) { if case .whole(let source) = file { wholes[source] = name } }
    let used = Set(content.pages.map(\.source)).union(wholes.keys).sorted()
    let sources = used.map { RecordedSource(index: $0, source: manifest.sources[$0], file: wholes[$0]) }
    if let document = content.document {
      let record = DocumentRecord(document, of: manifest, sources: sources, pages: pages)
      return (ArchiveLayout.documentName, try canonicalJSON(record))
    }
    let sidecar = content.files.firstIndex(of: .sidecar).map {
      SetAsideRecord.StoredSidecar(source: manifest.sidecar!, file: names[$0])
    }
    let record = SetAsideRecord(id: content.id, of: manifest, sources: sources, sidecar: sidecar, pages: pages)
    return (ArchiveLayout.setAsideName, try canonicalJSON(record))
  }

  private func message(of content: ObjectContent) -> String {
    guard let document = content.document else { return "set aside" }
    if document.status == .filed { return "filed" }
    return "exception: " + document.reasons.map(\.rawValue).joined(separator: ", ")
  }
}

/// `0001.tif`: at least four digits, from 1.
func numbered(_ index: Int, _ suffix: String) -> String {
  let digits = String(index + 1)
  return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "." + suffix
}
