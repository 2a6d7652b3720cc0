/// SplitMix64: every trial has dice of its own, so that it can be made again alone.
public struct Dice: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64, number: Int) {
    state = seed
    state = next() ^ UInt64(bitPattern: Int64(number)) &* 0x9E37_79B9_7F4A_7C15
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }

  public mutating func whole(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.count))
  }
  public mutating func share() -> Double { Double(next() >> 11) / Double(1 << 53) }
  public mutating func between(_ low: Double, _ high: Double) -> Double { low + share() * (high - low) }
  public mutating func isLucky(_ chance: Double) -> Bool { share() < chance }
  public mutating func of<Value>(_ values: [Value]) -> Value { values[whole(0...values.count - 1)] }
  public mutating func digits(_ count: Int) -> String { (0..<count).map { _ in String(whole(0...9)) }.joined() }
  public mutating func characters(_ count: Int, of set: String) -> String {
    let set = Array(set)
    return String((0..<count).map { _ in of(set) })
  }
}
