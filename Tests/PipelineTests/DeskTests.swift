import Formats
import Journaling
import Model
import SQLiteStores
import Testing
import TestSupport

@testable import Pipeline

/// The desk's services by themselves.
@Suite struct DeskTests {
  // MARK: Numbers

  private static let grammar = LabelGrammar(entries: [
    LabelEntry(
      name: "patient", meaning: .patient, symbologies: [.code128], pattern: "MRN(?<mrn>[0-9]{8})",
      checks: [LabelCheck(scheme: .luhn, field: "mrn")]),
    LabelEntry(
      name: "patient-gs1", meaning: .patient, symbologies: [.datamatrix], pattern: "\\x1D?8018(?<gsrn>[0-9]{18})\\x1D?",
      checks: [LabelCheck(scheme: .gs1mod10, field: "gsrn")], authority: "GS1", gs1: true),
  ])

  @Test(arguments: ["12345674", "10000016", "376104250021234569"])
  func `a number that a label could carry is possible`(number: String) throws {
    #expect(try PossibleNumbers(Self.grammar).contains(number))
  }

  @Test(arguments: ["1234567", "012345674", "12345675", "MRN12345674", "", "1234567A", "376104250021234568"])
  func `a number that lost its zeros or fails its check is not`(number: String) throws {
    #expect(try !PossibleNumbers(Self.grammar).contains(number))
  }

  @Test func `without patient entries every number is possible`() throws {
    #expect(try PossibleNumbers(LabelGrammar(entries: [])).contains("anything"))
  }

  @Test func `a group is found whole, whatever stands in it`() {
    #expect(PossibleNumbers.group("mrn", of: "A(?<mrn>(?:[0-9)]{2}|\\)x))Z") == "(?<mrn>(?:[0-9)]{2}|\\)x))")
    #expect(PossibleNumbers.group("mrn", of: "A(?<gsrn>[0-9]+)") == nil)
    #expect(PossibleNumbers.group("mrn", of: "A(?<mrn>[0-9]+") == nil)
  }

  @Test func `an authority stands before the first colon`() {
    #expect(ChartDesk.parts(of: " 12345674\n") == (nil, "12345674"))
    #expect(ChartDesk.parts(of: "GENHOSP:12345674") == ("GENHOSP", "12345674"))
    #expect(ChartDesk.parts(of: "GENHOSP : 1:2 ") == ("GENHOSP", "1:2"))
  }

  // MARK: Following

  private func document(_ number: Int, of patient: PatientKey?) -> Manifest.Document {
    let decision = DocumentDecision(
      status: patient == nil ? .exception : .filed, patient: patient, type: "LAB",
      findings: patient == nil ? [Finding(.noLabel, "No label.")] : [])
    let id = uuidV5("document \(number)")
    return Manifest.Document(
      id: id, decision: decision, pages: [1], blanks: [], object: ocflObjectPath(of: id), notes: [])
  }

  private func manifest(_ document: Manifest.Document) -> Manifest {
    let page = Manifest.Page(
      page: 1, source: 0, frame: 0, sheet: 1, disposition: document.status == .filed ? .filed : .exception,
      document: document.id,
      patientBy: nil, width: 1, height: 1, dpi: nil, rotation: nil, mirrored: nil, sha256: nil, ink: nil, labels: [],
      unreadable: [],
      notes: [])
    return Manifest(
      batch: BatchID(uuidV5("batch of \(document.id)").uuid)!, receivedAt: Timestamp(microseconds: 1_000_000),
      finishedAt: Timestamp(microseconds: 2_000_000), station: EscapedText("ward"), duplicateOf: nil,
      header: BatchHeader(),
      sources: [
        .init(name: EscapedText("a.tif"), bytes: 1, sha256: sha256(Array(document.id.description.utf8)), frames: 1)
      ],
      sidecar: nil, documents: [document], pages: [page],
      decidedBy: .init(chartroom: "0", reader: "0", configuration: .zero, patients: "0"))
  }

  private func restore(_ manifest: Manifest, into journal: SQLiteJournal) async throws {
    let end = try await journal.chainEnd()
    var manifest = manifest
    manifest.sequence = end.sequence + 1
    manifest.previous = end.sha256
    let bytes = try canonicalJSON(manifest)
    let record = ChainRecord(
      kind: .manifest, sequence: manifest.sequence, previous: manifest.previous, sha256: sha256(bytes),
      id: manifest.batch,
      day: manifest.receivedAt, bytes: bytes)
    try await journal.restore(record, manifest: manifest, correction: nil)
  }

  @Test func `the index follows manifests and corrections, and what moved leaves the chart it was in`() async throws {
    let folder = TemporaryFolder()
    let journal = try SQLiteJournal(path: folder.text + "/journal", create: true)
    let index = try SQLiteChartIndex(path: folder.text + "/index", create: true)
    let follower = ChartFollower(journal: journal, index: index)
    let ada = PatientKey(authority: "GENHOSP", mrn: "12345674")
    let bob = PatientKey(authority: "GENHOSP", mrn: "10000016")
    let before = document(1, of: ada)
    try await restore(manifest(before), into: journal)
    try await restore(manifest(document(2, of: nil)), into: journal)
    try await follower.catchUp()
    #expect(try await index.position() == 2)
    #expect(try await index.chart(of: ada).map(\.document) == [before])

    let after = document(1, of: bob)
    let correction = Correction(
      correction: BatchID(uuidV5("correction").uuid)!, correctedAt: Timestamp(microseconds: 3_000_000),
      batch: manifest(before).batch,
      operator: "desk", reason: "wrong patient", documents: [.init(before: before, after: after, version: "v2")])
    _ = try await journal.record(correction) { sequence, previous, audit in
      var record = correction
      record.sequence = sequence
      record.previous = previous
      record.audit = audit
      let bytes = try canonicalJSON(record)
      return (bytes, sha256(bytes))
    }
    try await follower.catchUp()
    try await follower.catchUp()
    #expect(try await index.chart(of: ada).isEmpty)
    #expect(try await index.chart(of: bob).map(\.document) == [after])

    try await index.clear()
    try await follower.catchUp()
    #expect(try await index.chart(of: bob).map(\.document) == [after])
  }

  @Test func `an index that knows more records than the journal is filled anew`() async throws {
    let folder = TemporaryFolder()
    let journal = try SQLiteJournal(path: folder.text + "/journal", create: true)
    let index = try SQLiteChartIndex(path: folder.text + "/index", create: true)
    let ada = PatientKey(authority: "GENHOSP", mrn: "12345674")
    let stranger = ChartEntry(
      document: document(9, of: ada), receivedAt: Timestamp(microseconds: 0), station: EscapedText("x"),
      batch: BatchID(uuidV5("another journal's").uuid)!)
    try await index.apply(sequence: 1, entries: [stranger])
    try await ChartFollower(journal: journal, index: index).catchUp()
    #expect(try await index.chart(of: ada).isEmpty)
    #expect(try await index.position() == 0)
  }
}
