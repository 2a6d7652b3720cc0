import FoundationEssentials
import Formats
import Journaling
import Model

@testable import Archiving
@testable import Manifesting
@testable import Pipeline

func readSidecar(_ bytes: [UInt8]) {
  let sidecar = GivenSidecar(bytes: bytes, name: EscapedText("a.json"))
  must((sidecar.value == nil) != (sidecar.problem == nil), "a sidecar is read or has a problem")
  for label in sidecar.value?.labels ?? [] {
    must(label.page >= 1 && label.text.utf8.count <= 4096, "a sidecar's labels are bounded")
  }
}

func readConfiguration(_ bytes: [UInt8]) {
  do {
    let configuration = try loadConfiguration(bytes: bytes)
    // What was taken can be written and taken again, and means the same.
    let again = try? loadConfiguration(bytes: canonicalJSON(configuration))
    must(again == configuration, "a configuration can be written and read again")
  } catch { must(!error.problems.isEmpty, "a refusal has a reason") }
}

private let numbering = PatientNumbering(authority: "HOSPITAL", authoritiesBySystem: ["urn:oid:1.2.3": "HOSPITAL"]) {
  $0.utf8.count == 8
}

func readCSV(_ bytes: [UInt8]) {
  let csv = try? PatientCSV(isPossibleMRN: numbering.isPossible) {
    var left = bytes
    return {
      defer { left = [] }
      return left
    }
  }
  guard let csv else { return }
  try? csv.feed { item in
    switch item {
    case .event(let event):
      for fact in event.facts {
        switch fact {
        case .row(let patient, _):
          must(csv.kind == .patients && patient.key.mrn.utf8.count == 8, "only possible numbers are taken")
        case .visit: must(csv.kind == .encounters, "a file has one kind")
        default: must(false, "a list has rows and visits alone")
        }
      }
    case .reject(let reject): must(reject.line >= 2 && !reject.reason.isEmpty, "a bad line is told by its number")
    }
  }
}

func readHL7(_ bytes: [UInt8]) {
  try? ADTFeed(numbering).read(MemorySource(bytes), event: checkEvent, reject: checkReject)
}

func readFHIR(_ bytes: [UInt8]) {
  try? BundleFeed(numbering).read(MemorySource(bytes), event: checkEvent, reject: checkReject)
}

private func checkEvent(_ event: PatientEvent) {
  must(event.line >= 1 && !event.facts.isEmpty, "an event has a place and says something")
}

private func checkReject(_ reject: PatientReject) {
  must(reject.line >= 0 && !reject.reason.isEmpty, "what is not taken has a place and a reason")
}

func readManifest(_ bytes: [UInt8]) {
  guard let (record, findings) = try? checkRecord(bytes, at: "2026/01/01/x.json") else { return }
  must(record.sha256 == sha256(bytes), "a record is known by its bytes")
  must(findings.allSatisfy { !$0.what.isEmpty }, "a finding is a sentence")
  if let manifest = try? JSONDecoder().decode(Manifest.self, from: Data(bytes)) { _ = balanceProblems(of: manifest) }
  if let correction = try? JSONDecoder().decode(Correction.self, from: Data(bytes)) {
    _ = try? canonicalJSON(correction)
  }
}

func readPlan(_ bytes: [UInt8]) { roundTrip(BatchPlan.self, bytes) }

/// What workers answer, and what they are asked.
func readAnswer(_ bytes: [UInt8]) {
  roundTrip(WorkerAnswer.self, bytes)
  roundTrip(WorkerJob.self, bytes)
}

func readInventory(_ bytes: [UInt8]) {
  roundTrip(DocumentRecord.self, bytes)
  guard let inventory = try? Inventory(decoding: bytes) else { return }
  _ = inventory.headNumber
  _ = inventory.contentPath(of: "document.json")
  _ = inventory.asOf(version: 1)
}

func readText(_ bytes: [UInt8]) {
  let text = EscapedText(bytes: bytes)
  must(text.bytes == bytes, "an escaped text gives back its bytes")
  must(
    !text.description.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }, "it is printable"
  )
  must(EscapedText(escaped: text.description).bytes == bytes, "its escaped form is enough")
  _ = Timestamp(String(decoding: bytes, as: UTF8.self))
  _ = resolvedPath(String(decoding: bytes, as: UTF8.self), against: .init("/a/b"))
}

/// What can be read can be written, and read again as the same.
private func roundTrip<Value: Codable & Equatable>(_ type: Value.Type, _ bytes: [UInt8]) {
  guard let value = try? JSONDecoder().decode(type, from: Data(bytes)), let written = try? canonicalJSON(value) else {
    return
  }
  let again = try? JSONDecoder().decode(type, from: Data(written))
  must(again == value, "\(type) can be written and read again")
}
