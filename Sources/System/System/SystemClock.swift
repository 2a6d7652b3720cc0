import CLinux
import Model

/// The machine's clocks.
public struct SystemClock: Sendable {
  public init() {}
  /// UTC now. May jump; never used to judge whether something settled.
  public func now() -> Timestamp { Timestamp(microseconds: clinux_time(0) / 1000) }
  /// Seconds since some moment in the past; never goes backwards and ignores changes of the clock (CLOCK_MONOTONIC).
  public func monotonicSeconds() -> Double { Double(clinux_time(1)) / 1_000_000_000 }
}

/// Bytes from the kernel's generator (getrandom(2)).
/// - Parameter count: 1 to 256.
public func randomBytes(_ count: Int) throws(SystemError) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  try check(clinux_random(&bytes, count), "getrandom")
  return bytes
}

/// A random UUID (RFC 9562 §5.4) in lower case, 36 characters.
public func randomUUID() throws(SystemError) -> String {
  var bytes = try randomBytes(16)
  bytes[6] = bytes[6] & 0x0F | 0x40
  bytes[8] = bytes[8] & 0x3F | 0x80
  let digits = Array("0123456789abcdef")
  var text = ""
  for (index, byte) in bytes.enumerated() {
    if [4, 6, 8, 10].contains(index) { text += "-" }
    text += "\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
  }
  return text
}
