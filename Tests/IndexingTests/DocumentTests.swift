import Indexing
import Model
import Testing

/// RULES *Whose it is* and *What divides*, a test a sentence: encounter, type, unreadable labels, what may be lacking.
@Suite struct DocumentTests {
  // MARK: Encounter

  @Test(
    arguments: [
      ("beside its patient", [mrn("10000016"), enc("5000000017")], []),
      ("registered under a merged number", [mrn("10000016"), enc("5000000041")], []),
      ("another patient's", [mrn("10000016"), enc("5000000025")], [.conflictingEncounter]),
      ("two of them", [mrn("10000016"), enc("5000000017"), enc("5000000041")], [.conflictingEncounter]),
      ("the same twice", [mrn("10000016"), enc("5000000017"), enc("5000000017")], []),
      ("unknown, beside a good MRN", [mrn("10000016"), enc("9999999999")], []),
      ("alone", [enc("5000000017")], []),
      ("alone, unknown", [enc("9999999999")], [.unknownEncounter]),
      ("alone, of two patients", [enc("5000000033")], [.ambiguousMRN]),
      ("of two patients, beside one of them", [mrn("10000016"), enc("5000000033")], []),
      ("alone, of a patient merged into more than one", [enc("5000000058")], [.ambiguousMRN]),
      ("its check fails", [mrn("10000016"), enc("5000000018", check: .failed)], [.checkDigit]),
      (
        "a failed patient label is no missing one", [mrn("10000017", check: .failed), enc("5000000017")], [.checkDigit]
      ),
    ] as [(String, [Label], [ExceptionReason])])
  func `an encounter is the patient's own, and alone names the patient`(
    _ what: String, _ labels: [Label], _ reasons: [ExceptionReason]
  ) {
    #expect(Batch(labels + [doc("LAB")]).reasons == reasons)
  }

  @Test func `an encounter alone leads to its patient's survivor`() {
    let decision = Batch([enc("5000000041"), doc("LAB")]).decision
    #expect(decision.patient == Batch.ada)
    #expect(decision.viaAlias == PatientKey(authority: "GENHOSP", mrn: "11000015"))
    #expect(decision.encounter == "5000000041")
    #expect(decision.patientBy == [1: .encounter])
  }

  @Test func `an unknown encounter beside a good MRN is a note, unless the site demands known ones`() {
    var batch = Batch([mrn("10000016"), enc("9999999999"), doc("LAB")])
    #expect(batch.decision.notes == ["unknown-encounter"])
    #expect(batch.decision.encounter == "9999999999")
    batch.rules.requireKnownEncounter = true
    #expect(batch.reasons == [.unknownEncounter])
    #expect(batch.decision.waitingForIndex)
  }

  @Test func `no encounter label files at patient level`() {
    #expect(Batch([mrn("10000016"), doc("LAB")]).decision.encounter == nil)
  }

  // MARK: Type

  @Test func `the type comes from pages, cover, header, sidecar, station, in this order`() {
    var batch = Batch([mrn("10000016")])
    #expect(batch.reasons == [.noType])
    batch.station.typeDefault = "IDCARD"
    #expect(batch.decision.type == "IDCARD")
    batch.pages[0].labels.append(doc("LAB", origin: .sidecar))
    #expect(batch.decision.type == "LAB")
    batch.draft.header = InheritedLabels(pages: [8], labels: [doc("LAB")])
    batch.draft.cover = InheritedLabels(pages: [9], labels: [doc("LAB")])
    #expect(batch.decision.status == .filed)
    batch.draft.cover.labels = [doc("IDCARD")]
    #expect(batch.reasons == [.conflictingType])
    #expect(batch.decision.type == nil)
  }

  @Test func `a code that is not in the table is unknown-type`() {
    #expect(Batch([mrn("10000016"), doc("XRAYFILM")]).reasons == [.unknownType])
  }

  @Test func `two types are conflicting-type`() {
    #expect(Batch([mrn("10000016"), doc("LAB"), doc("IDCARD")]).reasons == [.conflictingType])
  }

  @Test func `pagesMax counts pages, not blanks`() {
    var batch = Batch([mrn("10000016"), doc("IDCARD")], [], [], [], [])
    #expect(batch.reasons == [.tooManyPages])
    batch.draft.pages = [1, 2, 3, 4]
    batch.draft.blanks = [5]
    #expect(batch.decision.status == .filed)
    #expect(batch.decision.patientBy == [1: .label, 2: .firstPage, 3: .firstPage, 4: .firstPage, 5: .firstPage])
  }

  // MARK: Labels that cannot be read

  @Test func `an unreadable label holds the document when its page has no readable patient label`() {
    let region = Quad(left: 0, top: 0, right: 100, bottom: 50)
    #expect(Batch([doc("LAB")], unreadable: [region]).reasons == [.unreadableLabel])
    #expect(Batch([doc("LAB")], [mrn("10000016")], unreadable: [region]).reasons == [.unreadableLabel])
    #expect(Batch([mrn("10000016", origin: .sidecar), doc("LAB")], unreadable: [region]).reasons == [.unreadableLabel])
    #expect(Batch([mrn("10000016", role: .related), doc("LAB")], unreadable: [region]).reasons == [.unreadableLabel])
  }

  // The readable label spans 1000…1400 × 1000…1100 pixels; at 300 dpi 10 mm are 118 pixels.
  @Test(arguments: [
    (Quad(left: 1350, top: 1050, right: 1700, bottom: 1150), "label-over-label"),
    (Quad(left: 1400, top: 1100, right: 1700, bottom: 1200), "label-over-label"),
    (Quad(left: 1518, top: 1000, right: 1700, bottom: 1100), "label-over-label"),
    (Quad(left: 1519, top: 1000, right: 1700, bottom: 1100), "unreadable-region"),
    (Quad(left: 1484, top: 1184, right: 1700, bottom: 1250), "unreadable-region"),
  ])
  func `beside a readable one it is a note, label-over-label within 10 mm`(_ region: Quad, _ note: String) {
    let decision = Batch([mrn("10000016"), doc("LAB")], unreadable: [region]).decision
    #expect(decision.status == .filed)
    #expect(decision.notes == [note])
  }

  @Test func `millimetres follow the page's own resolution, which need not be square`() {
    var batch = Batch(
      [mrn("10000016"), doc("LAB")], unreadable: [Quad(left: 1000, top: 1150, right: 1400, bottom: 1200)])
    #expect(batch.decision.notes == ["label-over-label"])
    guard case .page(var facts) = batch.pages[0].reading else { return }
    facts.dpi = [204, 98]
    batch.pages[0].reading = .page(facts)
    #expect(batch.decision.notes == ["unreadable-region"])
    facts.dpi = nil
    batch.pages[0].reading = .page(facts)
    #expect(batch.decision.notes == ["label-over-label"])
  }

  // MARK: What may be lacking

  @Test func `the stricter of station and type says which pages must be labelled`() {
    var batch = Batch([mrn("10000016"), doc("LAB")], [])
    #expect(batch.decision.status == .filed)
    batch.station.labelOn = .page
    #expect(batch.reasons == [.unlabelledPage])
    batch.station.labelOn = .sheet
    #expect(batch.reasons == [.unlabelledPage])
    batch.sheets = [1: 1, 2: 1]
    #expect(batch.decision.status == .filed)
    #expect(batch.decision.patientBy == [1: .label, 2: .sheet])
    #expect(Batch([mrn("10000016"), doc("CONSENT")], []).reasons == [.unlabelledPage])
  }

  @Test func `a page whose label cannot be read is not called unlabelled as well`() {
    var batch = Batch([doc("LAB")], [mrn("10000016")], unreadable: [Quad(left: 0, top: 0, right: 9, bottom: 9)])
    batch.station.labelOn = .page
    #expect(batch.reasons == [.unreadableLabel])
  }

  @Test(arguments: [ExceptionReason.undecodable, .tooLarge, .unsupported])
  func `what may be in a hole is not held against the document`(_ reason: ExceptionReason) {
    var batch = Batch([])
    batch.draft.findings = [Finding(reason, page: 1, "The page could not be decoded.")]
    #expect(batch.reasons == [reason])
    #expect(!batch.decision.waitingForIndex)
  }

  @Test func `reasons stand most serious first and every one has a sentence`() {
    var batch = Batch([mrn("99999999"), mrn("10000016"), doc("LAB"), doc("IDCARD")])
    batch.draft.findings = [Finding(.countMismatch, "Too few."), Finding(.possibleMissedSeparator, page: 1, "Look.")]
    #expect(
      batch.reasons == [.conflictingMRN, .possibleMissedSeparator, .unknownMRN, .countMismatch, .conflictingType])
    #expect(batch.decision.findings.allSatisfy { $0.detail.hasSuffix(".") })
  }

  @Test func `a sidecar's label files, and says so`() {
    let decision = Batch([mrn("10000016", origin: .sidecar), doc("LAB", origin: .sidecar)], []).decision
    #expect(decision.patientBy == [1: .sidecar, 2: .sidecar])
  }

  @Test func `a header's patient is the header's word`() {
    var batch = Batch([doc("LAB")], [])
    batch.draft.header = InheritedLabels(pages: [9], labels: [mrn("10000016")])
    #expect(batch.decision.patientBy == [1: .header, 2: .header])
  }
}
