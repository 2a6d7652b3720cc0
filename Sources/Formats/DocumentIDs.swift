import Crypto
import Model

/// The document's id, from its content alone (I5: same pages, same id) and never from the MRN: UUIDv5 over
/// `<source sha256>:<frame>\n` a page, `sidecar:<sha256 or ->\n`, and for a conflict `batch:<batch id>\n` (FORMATS *Archive*).
/// - Parameters:
///   - pages: in order of arrival, inner blanks included; `frame` counts from 0.
///   - sidecar: digest of the sidecar's bytes; nil where there is none.
///   - conflictBatch: set only for a `duplicate-conflict`, which would otherwise take the first filing's id.
public func documentID(
  pages: [(source: ContentDigest, frame: Int)], sidecar: ContentDigest?, conflictBatch: BatchID?
) -> DocumentID {
  var text = ""
  for page in pages { text += "\(page.source):\(page.frame)\n" }
  text += "sidecar:\(sidecar?.description ?? "-")\n"
  if let conflictBatch { text += "batch:\(conflictBatch)\n" }
  return uuidV5(text)
}

/// The id of the object that keeps what belongs to no document of a batch: over `set-aside:<batch id>\n`.
public func setAsideID(of batch: BatchID) -> DocumentID { uuidV5("set-aside:\(batch)\n") }

/// A name-based UUID, version 5 (RFC 9562 §5.5), in Chartroom's namespace `d00b2773-124a-4de0-bcd8-283b0924850f`.
/// - Parameter text: hashed as UTF-8.
public func uuidV5(_ text: String) -> DocumentID {
  var hash = Insecure.SHA1()
  hash.update(data: namespace)
  hash.update(data: Array(text.utf8))
  var bytes = Array(hash.finalize().prefix(16))
  bytes[6] = bytes[6] & 0x0F | 0x50
  bytes[8] = bytes[8] & 0x3F | 0x80
  let hex = Array(lowerHex(bytes))
  let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }
  return DocumentID("urn:uuid:" + groups.joined(separator: "-"))!
}

private let namespace: [UInt8] = [
  0xd0, 0x0b, 0x27, 0x73, 0x12, 0x4a, 0x4d, 0xe0, 0xbc, 0xd8, 0x28, 0x3b, 0x09, 0x24, 0x85, 0x0f,
]
