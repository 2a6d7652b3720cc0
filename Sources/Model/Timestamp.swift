/// A moment in UTC, in whole microseconds since 1970-01-01T00:00:00Z.
///
/// Written and read as RFC 3339 with exactly six fractional digits and `Z`, e.g. `2026-11-22T02:15:00.000000Z`, so that
/// texts sort as moments do. Years 0001 to 9999. Model has no clock: a moment always comes in as an argument.
public struct Timestamp: Hashable, Comparable, Sendable {
  public var microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }

  public func adding(seconds: Double) -> Timestamp {
    Timestamp(microseconds: microseconds + Int64(seconds * 1_000_000))
  }

  /// `self - other`, in seconds.
  public func seconds(since other: Timestamp) -> Double { Double(microseconds - other.microseconds) / 1_000_000 }
}

extension Timestamp: CustomStringConvertible {
  public var description: String {
    let (days, rest) = microseconds.flooredDivision(by: 86_400_000_000)
    let (year, month, day) = Self.civil(fromDays: days)
    let seconds = rest / 1_000_000
    return "\(Self.pad(year, 4))-\(Self.pad(month, 2))-\(Self.pad(day, 2))T\(Self.pad(seconds / 3600, 2)):"
      + "\(Self.pad(seconds / 60 % 60, 2)):\(Self.pad(seconds % 60, 2)).\(Self.pad(rest % 1_000_000, 6))Z"
  }

  /// To the second, for people: `2026-11-22 02:15:00 UTC`.
  public var forPeople: String {
    let text = description
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC"
  }

  /// The UTC day as `YYYY/MM/DD`: the folder of a manifest.
  public var dayPath: String {
    let (year, month, day) = Self.civil(fromDays: microseconds.flooredDivision(by: 86_400_000_000).0)
    return "\(Self.pad(year, 4))/\(Self.pad(month, 2))/\(Self.pad(day, 2))"
  }

  /// Reads exactly what ``description`` writes, and also RFC 3339 without a fraction; nil for anything else.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 27 || bytes.count == 20, bytes.last == UInt8(ascii: "Z") else { return nil }
    func number(_ range: Range<Int>) -> Int64? {
      var value: Int64 = 0
      for byte in bytes[range] {
        guard byte >= 48, byte <= 57 else { return nil }
        value = value * 10 + Int64(byte - 48)
      }
      return value
    }
    guard bytes[4] == 45, bytes[7] == 45, bytes[10] == 84, bytes[13] == 58, bytes[16] == 58,
      let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
      (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60
    else { return nil }
    var fraction: Int64 = 0
    if bytes.count == 27 {
      guard bytes[19] == 46, let value = number(20..<26) else { return nil }
      fraction = value
    }
    let days = Self.days(fromCivil: (year, month, day))
    guard Self.civil(fromDays: days) == (year, month, day) else { return nil }
    microseconds = ((days * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000 + fraction
  }

  private static func pad(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Days since 1970-01-01 to a proleptic Gregorian date; H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
  private static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
    let shifted = days + 719_468
    let (era, dayOfEra) = shifted.flooredDivision(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let m = (5 * dayOfYear + 2) / 153
    let month = m < 10 ? m + 3 : m - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * m + 2) / 5 + 1)
  }

  private static func days(fromCivil date: (year: Int64, month: Int64, day: Int64)) -> Int64 {
    let year = date.month <= 2 ? date.year - 1 : date.year
    let (era, yearOfEra) = year.flooredDivision(by: 400)
    let m = date.month > 2 ? date.month - 3 : date.month + 9
    let dayOfYear = (153 * m + 2) / 5 + date.day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

extension Timestamp: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Timestamp(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is not an RFC 3339 time in UTC with microseconds")
    }
    self = value
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Int64 {
  /// Quotient rounded towards minus infinity, and the remainder, which is never negative.
  fileprivate func flooredDivision(by divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
