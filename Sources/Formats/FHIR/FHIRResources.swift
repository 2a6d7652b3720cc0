import Model

// The elements of FHIR R4 (4.0.1) that the patient index reads; all others are passed over.

/// `Bundle.entry`.
struct FHIREntry: Decodable {
  struct Named: Decodable { var resourceType: String? }
  struct Resource<Value: Decodable>: Decodable { var resource: Value }
  var fullUrl: String?
  var resource: Named?
}

struct FHIRMeta: Decodable {
  var lastUpdated: String?
  var security: [FHIRCoding]?
}

struct FHIRCoding: Decodable {
  var system: String?
  var code: String?
}

struct FHIRConcept: Decodable { var coding: [FHIRCoding]? }

struct FHIRIdentifier: Decodable {
  var use: String?
  var type: FHIRConcept?
  var system: String?
  var value: String?
  func isOf(_ code: String) -> Bool { type?.coding?.contains { $0.code == code } ?? false }
}

struct FHIRReference: Decodable {
  var reference: String?
  var identifier: FHIRIdentifier?
}

struct FHIRName: Decodable {
  var use: String?
  var family: String?
  var given: [String]?
}

struct FHIRExtension: Decodable { var url: String? }

struct FHIRPeriod: Decodable {
  var start: String?
  var end: String?
}

struct FHIRPatient: Decodable {
  struct Link: Decodable {
    var other: FHIRReference
    var type: String
    var modifierExtension: [FHIRExtension]?
  }
  var id: String?
  var meta: FHIRMeta?
  var identifier: [FHIRIdentifier]?
  var active: Bool?
  var name: [FHIRName]?
  var gender: String?
  var birthDate: String?
  var link: [Link]?
  var modifierExtension: [FHIRExtension]?
}

struct FHIREncounter: Decodable {
  var id: String?
  var meta: FHIRMeta?
  var identifier: [FHIRIdentifier]?
  var status: String
  var `class`: FHIRCoding
  var subject: FHIRReference?
  var period: FHIRPeriod?
  var modifierExtension: [FHIRExtension]?
}

/// `date`, `dateTime` and `instant` (FHIR R4 §2.24.0.1).
struct FHIRTime: Hashable {
  /// `YYYY-MM-DD`; empty where only a year or month is said.
  var day: String
  /// As it came, to the second at least where it has a time of day; empty where only a year or month is said.
  var text: String
  /// In UTC; nil where no time of day is said.
  var moment: Timestamp?

  /// nil for a text that is none.
  init?(_ written: String) {
    let bytes = Array(written.utf8)
    guard bytes.count <= 40 else { return nil }
    switch bytes.count {
    case 4:
      guard Timestamp("\(written)-01-01T00:00:00Z") != nil else { return nil }
      (day, text) = ("", "")
    case 7:
      guard Timestamp("\(written)-01T00:00:00Z") != nil else { return nil }
      (day, text) = ("", "")
    case 10:
      guard Timestamp("\(written)T00:00:00Z") != nil else { return nil }
      (day, text) = (written, written)
    default:
      guard bytes.count >= 20, let moment = Self.moment(bytes) else { return nil }
      day = String(decoding: bytes[..<10], as: UTF8.self)
      (text, self.moment) = (written, moment)
    }
  }

  /// `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)`.
  private static func moment(_ bytes: [UInt8]) -> Timestamp? {
    guard let local = Timestamp(String(decoding: bytes[..<19], as: UTF8.self) + "Z") else { return nil }
    var rest = bytes[19...]
    var fraction: Int64 = 0
    if rest.first == UInt8(ascii: ".") {
      let digits = rest.dropFirst().prefix { (48...57).contains($0) }
      guard !digits.isEmpty else { return nil }
      let micros = digits.prefix(6).reduce(Int64(0)) { $0 * 10 + Int64($1 - 48) }
      fraction = (digits.count..<max(6, digits.count)).reduce(micros) { value, _ in value * 10 }
      rest = rest.dropFirst(digits.count + 1)
    }
    let moment = Timestamp(microseconds: local.microseconds + fraction)
    if rest.elementsEqual([UInt8(ascii: "Z")]) { return moment }
    let zone = Array(rest)
    guard zone.count == 6, zone[3] == UInt8(ascii: ":"), zone[0] == UInt8(ascii: "+") || zone[0] == UInt8(ascii: "-"),
      [1, 2, 4, 5].allSatisfy({ (48...57).contains(zone[$0]) })
    else { return nil }
    let minutes = (Int(zone[1] - 48) * 10 + Int(zone[2] - 48)) * 60 + Int(zone[4] - 48) * 10 + Int(zone[5] - 48)
    return moment.adding(seconds: Double(zone[0] == UInt8(ascii: "-") ? 60 * minutes : -60 * minutes))
  }
}
