import Formats
import FoundationEssentials
import Model
import System

/// Checks what an object says about its pages against its files and against the manifests.
struct RecordVerifier {
  struct Problem {
    var kind: ArchiveFinding.Kind
    var what: String
    var severity = ArchiveFinding.Severity.error
  }
  let archive: Archive
  let id: DocumentID
  let inventory: Inventory
  /// By logical path: proven files.
  let sound: [String: (path: FilePath, sha256: ContentDigest)]
  private var problems: [(Problem, file: String)] = []

  init(
    archive: Archive, id: DocumentID, inventory: Inventory, sound: [String: (path: FilePath, sha256: ContentDigest)]
  ) {
    self.archive = archive
    self.id = id
    self.inventory = inventory
    self.sound = sound
  }

  /// - Returns: problems with the logical path of the file that shows each.
  mutating func run(expected: ExpectedArchive?) throws -> [(Problem, file: String)] {
    let names = Set(inventory.headState.values.joined())
    if names.contains(ArchiveLayout.documentName) {
      try checkDocument(expected)
    } else if names.contains(ArchiveLayout.setAsideName) {
      try checkSetAside(expected)
    } else if let name = names.first, names.count == 1, RecordKind.allCases.contains(where: { $0.fileName == name }) {
      if let digest = sound[name]?.sha256,
        !RecordKind.allCases.contains(where: { $0.fileName == name && $0.id(of: digest) == id })
      {
        note(.contradiction, "it is not the record that its id names", name)
      }
    } else {
      note(
        .unknownObject, "the object is neither a document nor anything else of Chartroom", names.sorted().first ?? "")
    }
    return problems
  }

  private mutating func note(
    _ kind: ArchiveFinding.Kind, _ what: String, _ file: String, _ severity: ArchiveFinding.Severity = .error
  ) {
    problems.append((.init(kind: kind, what: what, severity: severity), file))
  }

  /// nil where the file was already found unsound.
  private mutating func decode<Value: Codable>(_ type: Value.Type, _ name: String) throws -> Value? {
    guard let file = sound[name] else { return nil }
    let bytes = try archive.readRecord(file.path)
    guard let value = try? JSONDecoder().decode(type, from: Data(bytes)), try canonicalJSON(value) == bytes else {
      note(.contradiction, "it is not of a schema that this release knows", name)
      return nil
    }
    return value
  }

  private mutating func checkDocument(_ expected: ExpectedArchive?) throws {
    let name = ArchiveLayout.documentName
    guard let record = try decode(DocumentRecord.self, name) else { return }
    if record.schema != DocumentRecord.schema || record.document.id != id {
      note(.contradiction, "it is another object's", name)
    }
    if let expected {
      if let expectation = expected.objects[id] {
        if expectation.document != sha256(try canonicalJSON(record.document)) {
          note(.contradiction, "it does not say what the last manifest or correction says about it", name)
        }
        if expectation.pages != pageSetDigest(record.pages.map(\.entry)) {
          note(.contradiction, "its pages are not those of its manifest", name)
        }
      } else {
        note(.unknownObject, "no manifest names this document", name, .warning)
      }
    }
    checkSources(record.sources, name)
    try checkPages(record.pages, name)
  }

  private mutating func checkSetAside(_ expected: ExpectedArchive?) throws {
    let name = ArchiveLayout.setAsideName
    guard let record = try decode(SetAsideRecord.self, name) else { return }
    if record.schema != SetAsideRecord.schema || record.id != id || setAsideID(of: record.batch) != id {
      note(.contradiction, "it is another object's", name)
    }
    if let expectation = expected?.objects[id] {
      if expectation.pages != pageSetDigest(record.pages.map(\.entry)) {
        note(.contradiction, "its pages are not those that its manifest sets aside", name)
      }
    } else if let expected, !expected.optional.contains(id) {
      note(.unknownObject, "no manifest names this batch", name, .warning)
    }
    if let sidecar = record.sidecar, let file = sound[sidecar.file], file.sha256 != sidecar.source.sha256 {
      note(.contradiction, "it is not the batch's sidecar", sidecar.file)
    }
    checkSources(record.sources, name)
    try checkPages(record.pages, name)
  }

  /// Files that are whole sources.
  private mutating func checkSources(_ sources: [RecordedSource], _ name: String) {
    for source in sources {
      guard let file = source.file else { continue }
      if !inventory.headState.values.contains(where: { $0.contains(file) }) {
        note(.missing, "it names \(file), which is not there", name)
      }
      if let found = sound[file], found.sha256 != source.source.sha256 {
        note(.contradiction, "it is not source \(source.index) of its batch", file)
      }
    }
  }

  /// Every page's digest, computed anew from the stored file without a decoder.
  private mutating func checkPages(_ pages: [StoredPage], _ name: String) throws {
    let logical = Set(inventory.headState.values.joined())
    for (file, pages) in Dictionary(grouping: pages, by: \.file).sorted(by: { $0.key < $1.key }) {
      guard logical.contains(file) else {
        note(.missing, "page \(pages[0].entry.page) should be in \(file), which is not there", name)
        continue
      }
      guard let found = sound[file] else { continue }
      let source = try FileSource(Descriptor.openRegular(found.path))
      let structure = try walkStructure(of: source, limits: archive.limits)
      for page in pages {
        guard let expected = page.entry.sha256 else { continue }
        guard structure.frames.indices.contains(page.frame),
          let digest = try? pageDigest(of: source, format: structure.format, frame: structure.frames[page.frame]),
          digest == expected
        else {
          note(.contradiction, "frame \(page.frame) is not page \(page.entry.page) of its batch", file)
          continue
        }
      }
    }
  }
}
