extension Encounter {
  /// Whether the visit would end before it began, for certain.
  public var endsBeforeItBegins: Bool { Self.ends(discharge, before: admit) }

  /// - Parameters:
  ///   - discharge: as imported: `YYYY-MM-DD`, or a day and time of day with or without a zone; empty where unknown.
  ///   - admit: the same.
  /// - Returns: false wherever there is a doubt: what is not said, or not so exactly, contradicts nothing.
  public static func ends(_ discharge: String, before admit: String) -> Bool {
    guard let end = StayTime(discharge), let begin = StayTime(admit) else { return false }
    let apart = end.hasZone == begin.hasZone ? 0 : StayTime.zonesApartSeconds
    return end.last.adding(seconds: apart) < begin.first
  }
}

/// When a visit began or ended, as its sender wrote it.
private struct StayTime {
  /// The first and the last moment that it may mean: of a day alone the whole day.
  let first: Timestamp
  let last: Timestamp
  /// False: by a clock on the wall whose zone nobody named. Two such clocks count as the same one.
  let hasZone: Bool

  /// How far such a clock may be from UTC: zones run from −12 to +14 hours.
  static let zonesApartSeconds = 14.0 * 3600

  /// - Parameter text: `YYYY-MM-DD`, or `YYYY-MM-DDThh:mm[:ss[.fraction]]` (a space may stand for the `T`) with `Z`, `±hh:mm` or
  ///   nothing; nil for anything else. A fraction of a second is passed over.
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 10 else { return nil }
    let day = String(decoding: bytes[..<10], as: UTF8.self)
    if bytes.count == 10 {
      guard let start = Timestamp("\(day)T00:00:00Z") else { return nil }
      first = start
      last = Timestamp(microseconds: start.microseconds + 86_400_000_000 - 1)
      hasZone = false
      return
    }
    guard bytes.count >= 16 else { return nil }
    let minute = String(decoding: bytes[11..<16], as: UTF8.self)
    var seconds = "00"
    var rest = bytes[16...]
    if rest.first == UInt8(ascii: ":") {
      seconds = String(decoding: rest.dropFirst().prefix(2), as: UTF8.self)
      rest = rest.dropFirst(3)
      if rest.first == UInt8(ascii: ".") { rest = rest.dropFirst().drop(while: Self.isDigit) }
    }
    guard let clock = Timestamp("\(day)T\(minute):\(seconds)Z") else { return nil }
    let zone = Array(rest)
    if zone.isEmpty || zone == [UInt8(ascii: "Z")] {
      (first, last, hasZone) = (clock, clock, !zone.isEmpty)
      return
    }
    guard let offset = Self.offsetMinutes(zone) else { return nil }
    let moment = clock.adding(seconds: Double(-60 * offset))
    (first, last, hasZone) = (moment, moment, true)
  }

  /// `±hh:mm`.
  private static func offsetMinutes(_ bytes: [UInt8]) -> Int? {
    guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"), [1, 2, 4, 5].allSatisfy({ isDigit(bytes[$0]) }) else {
      return nil
    }
    let digits = bytes.map { Int($0) - 48 }
    let minutes = (digits[1] * 10 + digits[2]) * 60 + digits[4] * 10 + digits[5]
    switch bytes[0] {
    case UInt8(ascii: "+"): return minutes
    case UInt8(ascii: "-"): return -minutes
    default: return nil
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
