import FoundationEssentials
import Journaling
import Model

/// Items of a feed as bytes, for a temporary table of this process alone: a million of them are written and read in seconds, where JSON
/// takes a minute. No format: nothing that is kept is written so.
///
/// Numbers are eight bytes, texts their length and UTF-8, what may be absent begins with 0 or 1.
enum FeedItemCode {
  static func data(of item: PatientFeedItem) -> Data {
    var code = Writer()
    switch item {
    case .reject(let reject):
      code.put(0)
      code.put(reject.line)
      code.put(reject.kind.rawValue)
      code.put(reject.reason)
    case .event(let event):
      code.put(1)
      code.put(event.line)
      code.put(event.at.map { Int($0.microseconds) }) { $0.put($1) }
      code.put(event.name)
      code.put(event.facts.count)
      for fact in event.facts { code.put(fact) }
    }
    return Data(code.bytes)
  }

  static func item(of bytes: [UInt8]) throws -> PatientFeedItem {
    var code = Reader(bytes: bytes)
    if try code.number() == 0 {
      let line = try code.number()
      let kind = try code.value(PatientReject.Kind.init)
      return .reject(PatientReject(line: line, reason: try code.text(), kind: kind))
    }
    let line = try code.number()
    let at = try code.optional { Timestamp(microseconds: Int64(try $0.number())) }
    let name = try code.text()
    return .event(
      PatientEvent(line: line, at: at, name: name, facts: try (0..<code.number()).map { _ in try code.fact() }))
  }
}

// MARK: Writing

private struct Writer {
  var bytes: [UInt8] = []

  mutating func put(_ number: Int) { withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) } }

  mutating func put(_ text: String) {
    let utf8 = Array(text.utf8)
    put(utf8.count)
    bytes += utf8
  }

  mutating func put<Value>(_ value: Value?, _ body: (inout Writer, Value) -> Void) {
    bytes.append(value == nil ? 0 : 1)
    if let value { body(&self, value) }
  }

  mutating func put(_ text: String?) { put(text) { $0.put($1) } }

  mutating func put(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

  mutating func put(_ key: PatientKey) {
    put(key.authority)
    put(key.mrn)
  }

  mutating func put(_ fact: PatientFact) {
    switch fact {
    case .person(let update):
      put(0)
      put(update)
    case .stay(let update):
      put(1)
      put(update)
    case .link(let from, let into, let kind):
      put(2)
      put(from)
      put(into)
      put(kind.rawValue)
    case .unlink(let one, let other):
      put(3)
      put(one)
      put(other)
    case .moveVisit(let visit, let from, let to):
      put(4)
      put(visit)
      put(from)
      put(to)
    case .moveAccount(let account, let from, let to):
      put(5)
      put(account)
      put(from)
      put(to)
    case .row, .visit:
      // Of a snapshot: none stands in a feed, and the reader refuses it.
      put(6)
    }
  }

  private mutating func put(_ update: PatientUpdate) {
    put(update.keys.count)
    for key in update.keys { put(key) }
    for text in [
      update.family, update.given, update.middle, update.birthDate, update.birthDatePart, update.sex,
      update.confidentiality, update.confidentialityMin,
    ] { put(text) }
    put(update.isTemporary) { $0.put($1) }
    put(update.isIncidental)
    put(update.isOwn)
  }

  private mutating func put(_ update: EncounterUpdate) {
    put(update.visit)
    put(update.patient)
    for text in [update.account, update.patientClass, update.admit, update.discharge] { put(text) }
  }
}

// MARK: Reading

private struct Reader {
  let bytes: [UInt8]
  private var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else {
      throw JournalError.damaged("an event of an import is not as it was written a moment ago")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  mutating func number() throws -> Int {
    try take(MemoryLayout<Int>.size).withUnsafeBytes { $0.loadUnaligned(as: Int.self) }
  }

  mutating func text() throws -> String { String(decoding: try take(number()), as: UTF8.self) }

  mutating func flag() throws -> Bool { try take(1).first == 1 }

  mutating func optional<Value>(_ body: (inout Reader) throws -> Value) throws -> Value? {
    try flag() ? try body(&self) : nil
  }

  mutating func optionalText() throws -> String? { try optional { try $0.text() } }

  mutating func value<Value>(_ make: (String) -> Value?) throws -> Value {
    guard let value = make(try text()) else { throw JournalError.damaged("an event of an import has an unknown word") }
    return value
  }

  mutating func key() throws -> PatientKey {
    let authority = try text()
    return PatientKey(authority: authority, mrn: try text())
  }

  mutating func fact() throws -> PatientFact {
    switch try number() {
    case 0: return .person(try person())
    case 1: return .stay(try stay())
    case 2:
      let (from, into) = (try key(), try key())
      return .link(from, into: into, try value(PatientLink.Kind.init))
    case 3:
      let one = try key()
      return .unlink(one, try key())
    case 4:
      let (visit, from) = (try text(), try key())
      return .moveVisit(visit, from: from, to: try key())
    case 5:
      let (account, from) = (try text(), try key())
      return .moveAccount(account, from: from, to: try key())
    default: throw JournalError.damaged("a feed holds no rows")
    }
  }

  private mutating func person() throws -> PatientUpdate {
    var update = PatientUpdate(keys: try (0..<number()).map { _ in try key() })
    update.family = try optionalText()
    update.given = try optionalText()
    update.middle = try optionalText()
    update.birthDate = try optionalText()
    update.birthDatePart = try optionalText()
    update.sex = try optionalText()
    update.confidentiality = try optionalText()
    update.confidentialityMin = try optionalText()
    update.isTemporary = try optional { try $0.flag() }
    update.isIncidental = try flag()
    update.isOwn = try flag()
    return update
  }

  private mutating func stay() throws -> EncounterUpdate {
    let visit = try text()
    var update = EncounterUpdate(visit: visit, patient: try key())
    update.account = try optionalText()
    update.patientClass = try optionalText()
    update.admit = try optionalText()
    update.discharge = try optionalText()
    return update
  }
}
