import Formats
import Manifesting
import Model

let time = Timestamp("2026-11-22T23:59:58.000000Z")!

func facts(_ page: Int) -> PageReading {
  .page(
    .init(
      width: 2480, height: 3508, dpi: [300, 300], orientation: 1, sha256: sha256([UInt8(page)]), ink: 0.043,
      inkOutsideLabels: 0.04,
      blankness: .inked, labels: [], unreadable: [Quad(left: 1, top: 2, right: 30, bottom: 40)],
      notes: ["low-resolution"]))
}

/// Six pages of one file: a separator, a filed document with an inner blank, an exception, a hole.
func sampleInput(batch: String = "aaaaaaaa-0000-4000-8000-000000000001") -> PlanInput {
  let label = Label(
    symbology: .code128, text: EscapedText("MRN12345674"), entry: "patient", meaning: .patient,
    fields: ["mrn": "12345674"],
    quad: Quad(left: 100, top: 100, right: 900, bottom: 200), check: .ok, rows: 12)
  var pages = (1...5).map { BatchPage(page: $0, source: 0, frame: $0 - 1, reading: facts($0)) }
  pages[1].labels = [label]
  pages.append(
    .init(
      page: 6, source: 0, frame: 5,
      reading: .hole(.init(reason: .undecodable, detail: "the strip lies outside the file", copyable: false))))
  return PlanInput(
    batch: BatchID(batch)!, receivedAt: time, finishedAt: time.adding(seconds: 7),
    stationName: EscapedText("front-desk"),
    station: Station(), header: .init(operator: "Ann", expectedPages: 6),
    sources: [
      .init(name: EscapedText(bytes: [0x61, 0xFF, 0x25]), bytes: 123, sha256: sha256(Array("file".utf8)), frames: 6)
    ],
    pages: pages,
    assembly: .init(
      drafts: [.init(pages: [2, 4], blanks: [3], notes: ["reordered"]), .init(pages: [5]), .init(pages: [6])],
      setAside: [1: .separator], sheets: [1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6], pageNotes: [5: ["nearly-blank"]]),
    decisions: [
      .init(
        status: .filed, patient: .init(authority: "GENHOSP", mrn: "12345674"),
        viaAlias: .init(authority: "GENHOSP", mrn: "00000018"),
        type: "CONSENT", loinc: "59284-0", patientBy: [2: .label, 3: .firstPage, 4: .firstPage]),
      .init(
        status: .exception,
        findings: [.init(.noType, "no type"), .init(.unknownMRN, page: 5, "nobody has this number")],
        candidates: [.init(authority: "GENHOSP", mrn: "1")], waitingForIndex: true),
      .init(status: .exception, findings: [.init(.undecodable, page: 6, "the strip lies outside the file")]),
    ],
    turns: [2: .init(rotation: 180, mirrored: false)],
    decidedBy: .init(chartroom: "0.1", reader: "none 1", configuration: .zero, patients: "7"))
}

func batchID(_ number: Int) -> String { "aaaaaaaa-0000-4000-8000-00000000000\(number)" }

/// A chain of manifests 1…count, then a correction.
func sampleChain(_ count: Int) throws -> [(id: BatchID, day: Timestamp, bytes: [UInt8], record: JournalRecord)] {
  var previous = ContentDigest.zero
  var chain: [(id: BatchID, day: Timestamp, bytes: [UInt8], record: JournalRecord)] = []
  for number in 1...count {
    var input = sampleInput(batch: batchID(number))
    input.receivedAt = time.adding(seconds: Double(number))
    let finished = try finish(try makePlan(input).manifest, sequence: number, previous: previous, audit: .init())
    chain.append(
      (
        input.batch, input.receivedAt, finished.bytes,
        .init(sequence: number, sha256: finished.sha256, id: input.batch, day: input.receivedAt)
      ))
    previous = finished.sha256
  }
  let document = try makePlan(sampleInput()).manifest.documents[0]
  let correction = Correction(
    correction: BatchID("cccccccc-0000-4000-8000-000000000001")!, correctedAt: time, batch: chain[0].id,
    operator: "system",
    reason: "patient revision 8", configuration: .zero,
    documents: [.init(before: document, after: document, version: "v2")])
  let finished = try finish(correction, sequence: count + 1, previous: previous, audit: .init())
  chain.append(
    (
      correction.correction, time, finished.bytes,
      .init(sequence: count + 1, sha256: finished.sha256, id: correction.correction, day: time)
    ))
  return chain
}
