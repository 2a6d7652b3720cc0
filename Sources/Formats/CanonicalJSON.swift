import FoundationEssentials

/// The one way that a value becomes bytes which are hashed or kept: keys sorted, no white space, slashes not escaped, one
/// `\n` at the end. The same value always gives the same bytes (I5).
/// - Throws: `EncodingError` for a number that JSON cannot say (NaN, infinity).
public func canonicalJSON(_ value: some Encodable) throws -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return try Array(encoder.encode(value)) + [UInt8(ascii: "\n")]
}
