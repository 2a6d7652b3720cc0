import Archiving
import Formats
import Model
import System
import TestSupport

/// A folder that goes with the test, and an archive in it.
struct Scratch {
  private let folder = TemporaryFolder()
  var path: FilePath { folder.path }

  func archive(uuid: String = "11111111-2222-4333-8444-555555555555") throws -> Archive {
    let place = path.appending("archive")
    if try !Files.exists(place) { try Files.makeFolder(place) }
    return try Archive.create(at: place, uuid: uuid)
  }
}

/// A little-endian TIFF of one-strip bilevel pages, 8 × 8, written by hand from TIFF 6.0 §2: page k holds eight times
/// `patterns[k]`.
func tinyTIFF(_ patterns: [UInt8]) -> [UInt8] {
  func le16(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8 & 255)] }
  func le32(_ value: Int) -> [UInt8] { le16(value & 0xFFFF) + le16(value >> 16) }
  var bytes: [UInt8] = [0x49, 0x49, 42, 0]
  var link = bytes.count
  bytes += le32(0)
  for pattern in patterns {
    let strip = bytes.count
    bytes += [UInt8](repeating: pattern, count: 8)
    let directory = bytes.count
    bytes.replaceSubrange(link..<link + 4, with: le32(directory))
    // ImageWidth, ImageLength, BitsPerSample, Compression, Photometric, StripOffsets, SamplesPerPixel, RowsPerStrip,
    // counts
    let entries = [
      (256, 3, 8), (257, 3, 8), (258, 3, 1), (259, 3, 1), (262, 3, 0), (273, 4, strip), (277, 3, 1), (278, 3, 8),
      (279, 4, 8),
    ]
    bytes += le16(entries.count)
    for (tag, type, value) in entries { bytes += le16(tag) + le16(type) + le32(1) + le32(value) }
    link = bytes.count
    bytes += le32(0)
  }
  return bytes
}

/// A batch in the making: files, and which page goes where.
struct SampleBatch {
  enum Goes { case filed(Int), exception(Int), blank(Int), separator, looseBlank, duplicate }

  var batch = BatchID("aaaaaaaa-0000-4000-8000-000000000001")!
  var files: [(name: String, bytes: [UInt8])]
  /// By page, in order of arrival.
  var goes: [Goes]
  /// By document: its pages in its own order, where that is not the order of arrival.
  var order: [Int: [Int]] = [:]
  var sidecar: [UInt8]?
  var wholeSources: [Int] = []

  var sources: [any ByteSource] { files.map { MemorySource($0.bytes) } }

  func plan() throws -> BatchPlan {
    var entries: [Manifest.Page] = []
    var sourceEntries: [Manifest.Source] = []
    var members: [Int: (pages: [Int], blanks: [Int], isFiled: Bool)] = [:]
    for (index, file) in files.enumerated() {
      let source = MemorySource(file.bytes)
      let structure = try walkStructure(of: source)
      let isCountable = structure.problem == nil && !structure.frames.isEmpty
      sourceEntries.append(
        .init(
          name: EscapedText(file.name), bytes: file.bytes.count, sha256: sha256(file.bytes),
          frames: isCountable ? structure.frames.count : nil))
      for frame in 0..<(isCountable ? structure.frames.count : structure.frames.count + 1) {
        let sound = structure.frames.indices.contains(frame) && structure.frames[frame].problem == nil
        let digest = sound ? try pageDigest(of: source, format: structure.format, frame: structure.frames[frame]) : nil
        entries.append(
          .init(
            page: entries.count + 1, source: index, frame: frame, sheet: entries.count + 1, disposition: .separator,
            document: nil,
            patientBy: nil, width: 8, height: 8, dpi: nil, rotation: nil, mirrored: nil, sha256: digest, ink: 0.5,
            labels: [],
            unreadable: [], notes: []))
      }
    }
    for index in entries.indices {
      let page = index + 1
      switch goes[index] {
      case .filed(let document):
        entries[index].disposition = .filed
        members[document, default: ([], [], true)].pages.append(page)
      case .exception(let document):
        entries[index].disposition = .exception
        members[document, default: ([], [], false)].pages.append(page)
      case .blank(let document):
        entries[index].disposition = .blank
        members[document, default: ([], [], true)].blanks.append(page)
      case .separator: entries[index].disposition = .separator
      case .looseBlank: entries[index].disposition = .blank
      case .duplicate: entries[index].disposition = .duplicate
      }
    }
    let sidecarEntry = sidecar.map {
      Manifest.Source(name: EscapedText("scan.json"), bytes: $0.count, sha256: sha256($0), frames: nil)
    }
    var documents: [Manifest.Document] = []
    for (number, member) in members.sorted(by: { $0.key < $1.key }) {
      let arrived = (member.pages + member.blanks).sorted()
      let id = documentID(
        pages: arrived.map { (sourceEntries[entries[$0 - 1].source].sha256, entries[$0 - 1].frame) },
        sidecar: sidecarEntry?.sha256, conflictBatch: nil)
      for page in arrived { entries[page - 1].document = id }
      let decision: DocumentDecision =
        member.isFiled
        ? .init(
          status: .filed, patient: .init(authority: "GENHOSP", mrn: "12345674"), type: "CONSENT", loinc: "59284-0")
        : .init(status: .exception, findings: [.init(.unknownMRN, page: member.pages[0], "nobody has this number")])
      documents.append(
        .init(
          id: id, decision: decision, pages: order[number] ?? member.pages, blanks: member.blanks,
          object: ocflObjectPath(of: id),
          notes: []))
    }
    let time = Timestamp("2026-11-22T02:15:00.000000Z")!
    let manifest = Manifest(
      batch: batch, receivedAt: time, finishedAt: time.adding(seconds: 9), station: EscapedText("front-desk"),
      duplicateOf: nil,
      header: .init(), sources: sourceEntries, sidecar: sidecarEntry, documents: documents, pages: entries,
      decidedBy: .init(chartroom: "0.1", reader: "none", configuration: .zero, patients: "0"))
    return BatchPlan(
      manifest: manifest, waitingUntil: [:], drafts: [:], wholeSources: wholeSources, rules: Station(), sidecar: nil)
  }

  @discardableResult
  func store(in archive: Archive) throws -> StoreReport {
    try archive.store(plan: plan(), sources: sources, sidecar: sidecar)
  }

  /// Two documents, a separator, an inner and a loose blank, a second file that is one document, a sidecar.
  static let mixed = SampleBatch(
    files: [("scan0001.tif", tinyTIFF([0xF0, 0x01, 0x00, 0x02, 0x03, 0x00])), ("b.tif", tinyTIFF([0x55, 0xAA]))],
    goes: [.separator, .filed(1), .blank(1), .filed(1), .exception(2), .looseBlank, .filed(3), .filed(3)],
    sidecar: Array(#"{"schema":"chartroom.sidecar/1"}"#.utf8))
}

/// Every file below a folder, as paths relative to it.
func filesBelow(_ folder: FilePath, _ prefix: String = "") throws -> [String] {
  try Files.list(folder).flatMap { entry -> [String] in
    let name = String(decoding: entry.name, as: UTF8.self)
    return entry.kind == .folder ? try filesBelow(folder.appending(entry.name), prefix + name + "/") : [prefix + name]
  }
}

func read(_ path: FilePath) throws -> [UInt8] { try Files.read(path, limit: 1 << 30) }

func replace(_ path: FilePath, _ bytes: [UInt8]) throws {
  try Files.remove(path)
  try Files.write(path, bytes)
}
