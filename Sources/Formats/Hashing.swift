import Crypto
import Model

/// SHA-256 (FIPS 180-4) fed piece by piece.
public struct SHA256Hasher: Sendable {
  private var hash = SHA256()
  public init() {}
  public mutating func update(_ bytes: [UInt8]) { hash.update(data: bytes) }
  /// The digest of all bytes so far; more may follow.
  public func finalize() -> ContentDigest { contentDigest(hash.finalize()) }
}

/// SHA-512 (FIPS 180-4) fed piece by piece: OCFL's digest of content.
public struct SHA512Hasher: Sendable {
  private var hash = SHA512()
  public init() {}
  public mutating func update(_ bytes: [UInt8]) { hash.update(data: bytes) }
  /// 128 lower-case hex digits of all bytes so far; more may follow.
  public func finalize() -> String { lowerHex(hash.finalize()) }
}

public func sha256(_ bytes: [UInt8]) -> ContentDigest { contentDigest(SHA256.hash(data: bytes)) }

/// Digest of a whole source, streamed.
/// - Throws: ``SourceError``.
public func sha256(of source: any ByteSource) throws -> ContentDigest {
  var hasher = SHA256Hasher()
  try source.forEachChunk(0..<source.count) { hasher.update($0) }
  return hasher.finalize()
}

/// 128 lower-case hex digits.
public func sha512Hex(_ bytes: [UInt8]) -> String { lowerHex(SHA512.hash(data: bytes)) }

/// HMAC-SHA-256 (RFC 2104) as 64 lower-case hex digits: what stands for a foreign label's text.
public func hmacSHA256Hex(key: [UInt8], _ bytes: [UInt8]) -> String {
  lowerHex(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: key)))
}

private func contentDigest(_ digest: SHA256.Digest) -> ContentDigest { ContentDigest(lowerHex(digest))! }

func lowerHex(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}
