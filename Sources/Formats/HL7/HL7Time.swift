import Model

/// A point in time as HL7 v2 writes it (TS/DTM, HL7 v2.5.1 §2.A.22): `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]`.
struct HL7Time: Hashable {
  /// `YYYY-MM-DD`; nil where the day is not said.
  var day: String?
  /// `YYYY` or `YYYY-MM`; nil where the day is said.
  var yearOrMonth: String?
  /// `YYYY-MM-DDThh:mm:ss` with the zone if one is said; nil where no time of day is.
  private var dayAndTime: String?
  /// `±hhmm` as minutes; nil: not said.
  var zoneMinutes: Int?
  private var local: Timestamp?

  /// nil for a text that is no time.
  init?(_ text: String) {
    var bytes = Array(text.utf8)
    if let sign = bytes.lastIndex(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }) {
      guard let zone = Self.digits(bytes[(sign + 1)...], 4), zone % 100 < 60, zone / 100 <= 14 else { return nil }
      zoneMinutes = (zone / 100 * 60 + zone % 100) * (bytes[sign] == UInt8(ascii: "-") ? -1 : 1)
      bytes.removeSubrange(sign...)
    }
    if let point = bytes.firstIndex(of: UInt8(ascii: ".")) {
      guard point == 14, bytes[(point + 1)...].allSatisfy({ (48...57).contains($0) }) else { return nil }
      bytes.removeSubrange(point...)
    }
    guard [4, 6, 8, 10, 12, 14].contains(bytes.count), bytes.allSatisfy({ (48...57).contains($0) }) else { return nil }
    let digits = String(decoding: bytes, as: UTF8.self) + String("00000101000000".dropFirst(bytes.count))
    let parts = Array(digits)
    func part(_ range: Range<Int>) -> String { String(parts[range]) }
    let date = "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))"
    let time = "\(part(8..<10)):\(part(10..<12)):\(part(12..<14))"
    guard let moment = Timestamp("\(date)T\(time)Z") else { return nil }
    local = moment
    if bytes.count >= 8 { day = date } else { yearOrMonth = String(date.prefix(bytes.count == 4 ? 4 : 7)) }
    if bytes.count >= 10 { dayAndTime = "\(date)T\(time)" }
  }

  /// In UTC; where no zone is said that of `zone` (the message's own, from MSH-7), else UTC.
  func moment(zone other: Int?) -> Timestamp? {
    local?.adding(seconds: Double(-60 * (zoneMinutes ?? other ?? 0)))
  }

  /// As visits carry it: a day, or a day and time with what zone is known.
  func text(zone other: Int?) -> String? {
    guard let dayAndTime else { return day }
    guard let minutes = zoneMinutes ?? other else { return dayAndTime }
    if minutes == 0 { return dayAndTime + "Z" }
    let (hours, rest) = abs(minutes).quotientAndRemainder(dividingBy: 60)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(dayAndTime)\(minutes < 0 ? "-" : "+")\(two(hours)):\(two(rest))"
  }

  private static func digits(_ bytes: ArraySlice<UInt8>, _ count: Int) -> Int? {
    guard bytes.count == count, bytes.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int(String(decoding: bytes, as: UTF8.self))
  }
}
