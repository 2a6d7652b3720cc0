import Formats
import Model
import Testing

@testable import Manifesting

/// I3: Every page of a batch is in exactly one disposition … the manifest balances or is refused.
@Suite struct PlanTests {
  @Test func `every page gets its one disposition and the counts are theirs`() throws {
    let manifest = try makePlan(sampleInput()).manifest
    #expect(manifest.pages.map(\.disposition) == [.separator, .filed, .blank, .filed, .exception, .exception])
    let counts = manifest.counts
    #expect(
      [counts.pages, counts.filed, counts.separator, counts.blank, counts.exception, counts.duplicate] == [
        6, 2, 1, 1, 2, 0,
      ])
    #expect(manifest.pages.map(\.document) == [nil] + [0, 0, 0, 1, 2].map { manifest.documents[$0].id })
    #expect(
      manifest.pages[1].patientBy == .label && manifest.pages[1].rotation == 180 && manifest.pages[4].rotation == nil)
    #expect(manifest.pages[4].notes == ["low-resolution", "nearly-blank"])
    #expect(manifest.pages[5].notes == ["undecodable: the strip lies outside the file"])
    #expect(manifest.documents[1].reasons == [.unknownMRN, .noType], "most serious first")
  }

  @Test func `the plan keeps what a repeat needs`() throws {
    let plan = try makePlan(sampleInput())
    #expect(plan.wholeSources == [0])
    #expect(plan.waitingUntil == [plan.manifest.documents[1].id.description: time.adding(seconds: 7 + 24 * 3600)])
    #expect(plan.drafts[plan.manifest.documents[0].id.description] == sampleInput().assembly.drafts[0])
    #expect(try makePlan(sampleInput()) == plan)
  }

  @Test func `a document's id comes from its content, and from its batch only for a conflict`() throws {
    let input = sampleInput()
    let source = input.sources[0].sha256
    let id = documentID(pages: [(source, 1), (source, 2), (source, 3)], sidecar: nil, conflictBatch: nil)
    let document = try makePlan(input).manifest.documents[0]
    #expect(document.id == id && document.object == ocflObjectPath(of: id))
    var conflict = input
    conflict.decisions[0] = .init(status: .exception, findings: [.init(.duplicateConflict, "was rejected before")])
    let other = documentID(pages: [(source, 1), (source, 2), (source, 3)], sidecar: nil, conflictBatch: input.batch)
    #expect(try makePlan(conflict).manifest.documents[0].id == other)
  }

  @Test(
    arguments: [
      { (input: inout PlanInput) in input.assembly.setAside[2] = .blank },
      { (input: inout PlanInput) in input.assembly.setAside[1] = nil },
      { (input: inout PlanInput) in input.assembly.drafts[1].pages = [5, 4] },
      { (input: inout PlanInput) in input.pages.removeLast() },
      { (input: inout PlanInput) in input.sources[0].frames = 7 },
      { (input: inout PlanInput) in input.pages[1].isDuplicate = true },
      { (input: inout PlanInput) in input.decisions[0].patient = nil },
      { (input: inout PlanInput) in input.decisions[1].findings = [] },
      { (input: inout PlanInput) in input.decisions.removeLast() },
      { (input: inout PlanInput) in input.pages[3].frame = 2 },
      { (input: inout PlanInput) in input.assembly.setAside[1] = .filed },
    ] as [@Sendable (inout PlanInput) -> Void])
  func `a plan that does not account for every page exactly once is refused`(spoil: @Sendable (inout PlanInput) -> Void)
  {
    var input = sampleInput()
    spoil(&input)
    #expect(throws: ManifestError.self) { try makePlan(input) }
  }

  @Test func `the rest of a file that cannot be counted is one exception`() throws {
    var input = sampleInput()
    input.sources[0].frames = nil
    #expect(try makePlan(input).manifest.counts.exception == 2)
    input.assembly.drafts.removeLast()
    input.decisions.removeLast()
    input.assembly.setAside[6] = .blank
    #expect(throws: ManifestError.self) { try makePlan(input) }
  }

  @Test func `a second identical file is all duplicates`() throws {
    var input = sampleInput()
    input.sources.append(input.sources[0])
    for frame in 0..<6 {
      input.pages.append(.init(page: 7 + frame, source: 1, frame: frame, reading: facts(frame), isDuplicate: true))
    }
    #expect(try makePlan(input).manifest.counts.duplicate == 6)
  }

  @Test func `a manifest and a correction are valid by their schemas, a spoilt one is not`() throws {
    let chain = try sampleChain(1)
    try SchemaValidator.expect(chain[0].bytes, by: "manifest-1")
    try SchemaValidator.expect(chain[1].bytes, by: "correction-1")
    let text = String(decoding: chain[0].bytes, as: UTF8.self)
    for (old, new) in [
      (#""schema":"#, #""extra":1,"schema":"#), (#""filed","#, #""lost","#), ("unknown-mrn", "unknown-thing"),
    ] {
      try SchemaValidator.expect(Array(text.replacing(old, with: new).utf8), by: "manifest-1", valid: false)
    }
  }

  @Test func `a record's bytes are canonical and read back as the same value`() throws {
    let plan = try makePlan(sampleInput())
    let finished = try finish(plan.manifest, sequence: 3, previous: .zero, audit: .init(sequence: 9))
    #expect(finished.bytes.last == 0x0A && sha256(finished.bytes) == finished.sha256)
    #expect(finished.value.sequence == 3 && finished.value.audit.sequence == 9)
    var spoilt = plan.manifest
    spoilt.counts.filed += 1
    #expect(throws: ManifestError.self) { try finish(spoilt, sequence: 3, previous: .zero, audit: .init()) }
  }
}
