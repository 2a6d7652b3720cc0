import Indexing
import Model
import Testing

/// RULES *Whose it is*, a test a sentence: the patient.
@Suite struct PatientTests {
  @Test func `a document is filed under the patient that its label names`() {
    let decision = Batch([mrn("10000016"), doc("LAB")]).decision
    #expect(decision.status == .filed)
    #expect(decision.patient == Batch.ada)
    #expect(decision.viaAlias == nil)
    #expect(decision.type == "LAB")
    #expect(decision.loinc == "11502-2")
    #expect(decision.findings == [])
    #expect(decision.patientBy == [1: .label])
  }

  @Test func `a merged number leads to its survivor, and the link used is told`() {
    let decision = Batch([mrn("11000015"), doc("LAB")]).decision
    #expect(decision.patient == Batch.ada)
    #expect(decision.viaAlias == PatientKey(authority: "GENHOSP", mrn: "11000015"))
  }

  @Test func `a GSRN is looked up under its own authority`() {
    #expect(Batch([gsrn("376104250021234569"), mrn("10000016"), doc("LAB")]).decision.patient == Batch.ada)
    #expect(Batch([gsrn("376104250021234569"), mrn("10000024"), doc("LAB")]).reasons == [.conflictingMRN])
    #expect(Batch([gsrn("376104250021234560"), doc("LAB")]).reasons == [.unknownMRN])
  }

  @Test(
    arguments: [
      ("check-digit", [mrn("10000016", check: .failed)], [.checkDigit]),
      ("a good label beside it does not help", [mrn("10000016"), mrn("10000017", check: .failed)], [.checkDigit]),
      ("unknown", [mrn("99999999")], [.unknownMRN]),
      ("known to two authorities", [mrn("10000206")], [.ambiguousMRN]),
      ("known to two, merged into one", [mrn("40000004")], [.ambiguousMRN]),
      ("known elsewhere only", [mrn("20000014")], [.unknownMRN]),
      ("the label names the authority", [mrn("20000014", authority: "EASTCLINIC")], []),
      ("and it is the wrong one", [mrn("10000016", authority: "EASTCLINIC")], [.unknownMRN]),
      ("merged into more than one", [mrn("30000005")], [.ambiguousMRN]),
      ("two patients", [mrn("10000016"), mrn("10000024")], [.conflictingMRN]),
      ("an unknown one counts as another", [mrn("10000016"), mrn("99999999")], [.conflictingMRN, .unknownMRN]),
      ("an alias of the same", [mrn("10000016"), mrn("11000015")], []),
      ("a related label is never used to file", [mrn("10000016"), mrn("10000024", role: .related)], []),
      ("nor alone", [mrn("10000024", role: .related)], [.noLabel]),
      ("nor held against it", [mrn("10000016"), mrn("10000024", check: .failed, role: .related)], []),
      ("no label at all", [], [.noLabel]),
      ("a foreign label is none", [foreign], [.noLabel]),
    ] as [(String, [Label], [ExceptionReason])])
  func `every patient label passes its check, is known, and names one patient`(
    _ what: String, _ labels: [Label], _ reasons: [ExceptionReason]
  ) {
    let batch = Batch(labels + [doc("LAB")])
    #expect(batch.reasons == reasons)
    #expect(batch.decision.status == (reasons.isEmpty ? .filed : .exception))
    #expect((batch.decision.patient == nil) == !reasons.isEmpty)
  }

  @Test(
    arguments: [
      ([mrn("99999999")], true), ([mrn("99999999", check: .none)], false), ([enc("9999999999")], true),
      ([mrn("10000206")], false), ([mrn("99999999"), mrn("10000016")], false),
      ([mrn("99999999"), enc("9999999999")], true),
      ([], false),
    ] as [([Label], Bool)])
  func `only an unknown number with a good check digit waits for the index`(_ labels: [Label], _ waits: Bool) {
    #expect(Batch(labels + [doc("LAB")]).decision.waitingForIndex == waits)
    // Any other reason, and a person has to look anyway.
    #expect(!Batch(labels).decision.waitingForIndex)
  }

  @Test func `an import resolves what waited, from the same draft`() {
    var batch = Batch([mrn("99999999"), doc("LAB")])
    #expect(batch.decision.waitingForIndex)
    let key = PatientKey(authority: "GENHOSP", mrn: "99999999")
    batch.candidates.byNumber["99999999"] = [KnownPatient(asked: key, survivor: key)]
    #expect(batch.decision.patient == key)
  }

  @Test func `candidates name everyone that the labels could mean, sorted, and nobody is chosen`() {
    let decision = Batch([mrn("10000206"), mrn("10000016"), doc("LAB")]).decision
    #expect(decision.candidates == [Batch.east, Batch.ada, PatientKey(authority: "GENHOSP", mrn: "10000206")])
    #expect(
      Batch([mrn("20000014"), doc("LAB")]).decision.candidates == [PatientKey(authority: "EASTCLINIC", mrn: "20000014")]
    )
    #expect(decision.patient == nil)
  }

  @Test func `cover, header and pages must agree`() {
    var batch = Batch([doc("LAB")])
    batch.draft.cover = InheritedLabels(pages: [9], labels: [mrn("10000016")])
    #expect(batch.decision.patientBy == [1: .cover])
    batch.draft.header = InheritedLabels(pages: [8], labels: [mrn("10000024")])
    #expect(batch.reasons == [.conflictingMRN])
    batch.draft.header.labels = [mrn("10000016", check: .failed)]
    #expect(batch.reasons == [.checkDigit])
  }

  @Test(
    arguments: [
      ("the family name", Sidecar(family: "Other"), [.identityMismatch]),
      ("letter case and spaces do not count", Sidecar(family: " sample "), []),
      ("the birth date", Sidecar(birthDate: "1948-11-13"), [.identityMismatch]),
      ("the sex", Sidecar(sex: "F"), [.identityMismatch]),
      ("an unknown sex says nothing", Sidecar(sex: "U"), []),
      ("all of it right", Sidecar(birthDate: "1948-11-30", sex: "M", family: "SAMPLE"), []),
      ("two wrong", Sidecar(birthDate: "2000-01-01", family: "Other"), [.identityMismatch, .identityMismatch]),
    ] as [(String, Sidecar, [ExceptionReason])])
  func `what a sidecar says of the person agrees with the index`(
    _ what: String, _ sidecar: Sidecar, _ reasons: [ExceptionReason]
  ) {
    var batch = Batch([mrn("11000015"), doc("LAB")])
    batch.sidecar = sidecar
    #expect(batch.reasons == reasons)
  }

  @Test func `what the index does not know is not compared, and labels are compared like sidecars`() {
    var batch = Batch([mrn("10000024"), doc("LAB")])
    batch.sidecar = Sidecar(birthDate: "1985-02-28", sex: "F", family: "MÜSTER")
    #expect(batch.reasons == [])
    #expect(Batch([mrn("10000016", fields: ["birthDate": "1990-01-01"]), doc("LAB")]).reasons == [.identityMismatch])
  }
}
