import Formats
import Model
import Testing

@Suite struct `Formats: digests and ids` {
  @Test func `SHA-256 and SHA-512 give the examples of FIPS 180`() throws {
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(sha256(Array("abc".utf8)).description == abc)
    #expect(try sha256(of: MemorySource(Array("abc".utf8))).description == abc)
    #expect(
      sha512Hex(Array("abc".utf8)) == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
  }

  @Test func `a digest fed in pieces is that of the whole, and may be asked for in between`() throws {
    let bytes = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    var hasher = SHA256Hasher()
    hasher.update(Array(bytes[..<1000]))
    #expect(hasher.finalize() == sha256(Array(bytes[..<1000])))
    hasher.update(Array(bytes[1000...]))
    #expect(hasher.finalize() == sha256(bytes))
    #expect(try sha256(of: MemorySource(bytes)) == sha256(bytes))
    var long = SHA512Hasher()
    long.update(bytes)
    #expect(long.finalize() == sha512Hex(bytes))
  }

  @Test func `the keyed hash is HMAC-SHA-256, as in RFC 4231 case 2`() {
    #expect(
      hmacSHA256Hex(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
  }

  /// Expected values from Python's `uuid.uuid5`.
  @Test
  func `a document's id follows from its pages, its sidecar and a conflict's batch, as another program computes it`() {
    let source = sha256(Array("abc".utf8))
    let batch = BatchID("0f0e0d0c-0b0a-4908-8706-050403020100")!
    #expect(
      documentID(pages: [(source, 0), (source, 2)], sidecar: nil, conflictBatch: nil).uuid
        == "f052f613-ac96-5148-97fd-d41447e3fd3a")
    #expect(
      documentID(pages: [(source, 0)], sidecar: source, conflictBatch: batch).uuid
        == "9fc2d0b4-6eff-5556-9478-46f5419c0402")
    #expect(setAsideID(of: batch).uuid == "ed3da4bf-61e0-5dfb-aa39-24ede585b115")
  }

  @Test func `JSON that is hashed has sorted keys, plain slashes, no white space and one line end`() throws {
    struct Sample: Encodable {
      var b = "a/b \u{e9}"
      var a = [1.0, 299.5]
      var a10 = 1
      var a9 = 2
      var B = true
    }
    #expect(
      String(decoding: try canonicalJSON(Sample()), as: UTF8.self)
        == "{\"B\":true,\"a\":[1,299.5],\"a10\":1,\"a9\":2,\"b\":\"a/b \u{e9}\"}\n")
  }

  @Test func `a number that JSON cannot say is an error, not a null`() {
    #expect(throws: (any Error).self) { try canonicalJSON([Double.nan]) }
  }
}
