import Formats
import Model
import System

/// A page that a new object takes over from another one.
public struct PagePick: Sendable {
  /// Object that has it now, and its number there.
  public var document: DocumentID
  public var page: Int
  /// Its entry in the new object.
  public var entry: Manifest.Page
  public init(document: DocumentID, page: Int, entry: Manifest.Page) {
    self.document = document
    self.page = page
    self.entry = entry
  }
}

extension Archive {
  /// Makes the object of a document whose pages stand in other objects: their coded images are copied and read back, their
  /// digests stay (FORMATS *Archive*). Durable when it returns; the old objects keep what they have.
  ///
  /// May be repeated with the same values; where the object is there already, because the pages stood so once before, it gets
  /// a version that says what the document is now. The caller holds the leases.
  /// - Parameter picks: in the order of the document's files, inner blanks at their place.
  /// - Returns: the version that carries the state, `v1` for a new object.
  /// - Throws: ``ArchiveError``, `SystemError`.
  public func regroup(
    _ picks: [PagePick], into document: Manifest.Document, correction: DocumentRecord.CorrectionNote,
    patientBy: [Int: PatientBy] = [:]
  ) throws -> String {
    let layout = try RegroupLayout(picks, isFiled: document.status == .filed, in: self)
    if try contains(document.id) {
      try repair(document.id)
      let record = try layout.record(of: document, taking: self.document(document.id))
      return try addVersion(record.corrected(to: document, correction, patientBy: patientBy), correction)
    }
    let session = try StagingSession(correction.correction.description, of: self)
    var staging = try ObjectStaging(document.id, in: session.folder.appending(document.id.uuid))
    let pages = try layout.build(into: &staging, limits: limits)
    let record = layout.record(of: document, pages: pages).corrected(to: document, correction, patientBy: patientBy)
    try staging.add(ArchiveLayout.documentName, bytes: try canonicalJSON(record))
    _ = try staging.finish(
      .init(
        created: correction.correctedAt, message: "regrouped: \(correction.reason)", user: correction.operator))
    try session.sync()
    // Another process cannot be at it: the caller holds the leases of all objects that the pages come from.
    _ = try session.publish(document.id)
    try session.sync()
    try session.end()
    return "v1"
  }

  /// Says before anything is decided whether pages can be regrouped so.
  /// - Throws: ``ArchiveError/undividable(_:page:)`` and what reading the objects throws.
  public func checkRegrouping(_ picks: [PagePick], isFiled: Bool) throws {
    _ = try RegroupLayout(picks, isFiled: isFiled, in: self)
  }
}

/// Where each page of a regrouped document comes from and goes to.
private struct RegroupLayout {
  /// Pages that follow one another out of one file.
  private struct Run {
    var file: FilePath
    /// Frames in ``file``, from 0.
    var frames: [Int]
    var isWhole: Bool
    var suffix: String
    var digest: ContentDigest
  }
  private let base: DocumentRecord
  private var runs: [Run] = []
  /// For each pick: its run, and the frame in the run's new file.
  private var places: [(run: Int, frame: Int)] = []
  private let picks: [PagePick]
  /// One for each pick.
  private var prints: [InkPrint?] = []
  private var sources: [RecordedSource] = []

  init(_ picks: [PagePick], isFiled: Bool, in archive: Archive) throws {
    guard let first = picks.first else { throw ArchiveError.inconsistentPlan("a document without pages") }
    self.picks = picks
    var records: [DocumentID: DocumentRecord] = [:]
    for id in Set(picks.map(\.document)) { records[id] = try archive.document(id) }
    base = records[first.document]!
    for (index, pick) in picks.enumerated() {
      let record = records[pick.document]!
      guard let stored = record.pages.first(where: { $0.entry.page == pick.page }),
        let image = try archive.pageFile(pick.document, page: pick.page)
      else { throw ArchiveError.inconsistentPlan("\(pick.document) has no page \(pick.page)") }
      try place(pick, stored, image.path, isNext: index > 0, record, isFiled: isFiled, archive)
      addSource(of: stored, in: record, as: pick.entry.source)
      prints.append(stored.print)
    }
  }

  private mutating func place(
    _ pick: PagePick, _ stored: StoredPage, _ file: FilePath, isNext: Bool, _ record: DocumentRecord, isFiled: Bool,
    _ archive: Archive
  ) throws {
    let source = try FileSource(Descriptor.openRegular(file))
    let structure = try walkStructure(of: source, limits: archive.limits)
    let isCopyable =
      structure.format == .tiff && structure.frames.indices.contains(stored.frame)
      && structure.frames[stored.frame].isCopyable && stored.entry.sha256 != nil
    let suffix = String(stored.file.split(separator: ".").last ?? "bin")
    let others = record.pages.filter { $0.file == stored.file }
    let wanted = Set(picks.filter { $0.document == pick.document }.map(\.page))
    let takesAll = others.allSatisfy { wanted.contains($0.entry.page) }
    if !isCopyable, isFiled, !takesAll { throw ArchiveError.undividable(pick.document, page: pick.page) }
    let digest = try sha256(of: source)
    if !isCopyable {
      let run = runs.firstIndex { $0.file == file && $0.isWhole } ?? runs.count
      if run == runs.count { runs.append(.init(file: file, frames: [], isWhole: true, suffix: suffix, digest: digest)) }
      places.append((run, stored.frame))
    } else if isNext, let last = runs.last, last.file == file, !last.isWhole {
      runs[runs.count - 1].frames.append(stored.frame)
      places.append((runs.count - 1, last.frames.count))
    } else {
      runs.append(.init(file: file, frames: [stored.frame], isWhole: false, suffix: suffix, digest: digest))
      places.append((runs.count - 1, 0))
    }
  }

  private mutating func addSource(of stored: StoredPage, in record: DocumentRecord, as index: Int) {
    guard !sources.contains(where: { $0.index == index }),
      let source = record.sources.first(where: { $0.index == stored.entry.source })
    else { return }
    sources.append(RecordedSource(index: index, source: source.source, file: nil))
  }

  /// Writes the files and reads every page back.
  func build(into staging: inout ObjectStaging, limits: StructureLimits) throws -> [StoredPage] {
    var notes: [Int: [[String]]] = [:]
    var names: [String] = []
    for (index, run) in runs.enumerated() {
      let source = try FileSource(Descriptor.openRegular(run.file))
      names.append(numbered(index, run.isWhole ? run.suffix : "tif"))
      if run.isWhole {
        guard try staging.add(names[index], copying: source, expecting: run.digest) else {
          throw ArchiveError.damaged(path: "\(run.file)", detail: "it changed while it was copied")
        }
      } else {
        let structure = try walkStructure(of: source, limits: limits)
        let copied = try staging.add(
          names[index], frames: run.frames.map { structure.frames[$0] }, of: source, limits: limits)
        try check(copied.map(\.digest), run: index)
        notes[index] = copied.map(\.notes)
      }
    }
    return zip(zip(picks, places), prints).map { placed, print in
      let (pick, place) = placed
      return StoredPage(
        entry: pick.entry, file: names[place.run], frame: place.frame,
        notes: notes[place.run]?[place.frame] ?? [], print: print)
    }
  }

  private func check(_ digests: [ContentDigest?], run: Int) throws {
    for (pick, place) in zip(picks, places) where place.run == run {
      guard let digest = digests[place.frame], digest == pick.entry.sha256 else {
        throw ArchiveError.readBackDiffers(
          pick.document, page: pick.page, detail: "the digest is not the one that the manifest has")
      }
    }
  }

  /// The same for an object that has these pages from before: the pages as they are counted now, in the files that it has.
  func record(of document: Manifest.Document, taking old: DocumentRecord) throws -> DocumentRecord {
    func digest(_ index: Int, _ sources: [RecordedSource]) -> ContentDigest? {
      sources.first { $0.index == index }?.source.sha256
    }
    let pages = try old.pages.map { stored in
      let pick = picks.first {
        $0.entry.frame == stored.entry.frame
          && digest($0.entry.source, sources) == digest(stored.entry.source, old.sources)
      }
      guard let pick, picks.count == old.pages.count else {
        throw ArchiveError.inconsistentPlan("the object of \(document.id) has other pages than its id says")
      }
      return StoredPage(
        entry: pick.entry, file: stored.file, frame: stored.frame, notes: stored.notes, print: stored.print)
    }
    var record = self.record(of: document, pages: pages)
    for index in record.sources.indices {
      let same = old.sources.first { $0.source.sha256 == record.sources[index].source.sha256 }
      record.sources[index].file = same?.file
    }
    return record
  }

  /// Batch, station and times are those of the first page's document.
  func record(of document: Manifest.Document, pages: [StoredPage]) -> DocumentRecord {
    var record = base
    record.document = document
    record.sources = sources.sorted { $0.index < $1.index }
    record.pages = pages
    return record
  }
}
