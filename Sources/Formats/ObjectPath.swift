import Model

/// Where an OCFL object lies, relative to `<archive>/root`: OCFL extension 0003 (hash and id, n-tuple) with sha256,
/// tupleSize 2 and numberOfTuples 2, e.g. `4a/6d/urn%3auuid%3a7f2c1e2e-0000-4000-8000-000000000001`.
///
/// A manifest names it and the archive is laid out by it, so that both see one function. Ids are `urn:uuid:` and hex, so that
/// only `:` needs its percent form and the name never reaches the layout's limit of 100 characters.
public func ocflObjectPath(of id: DocumentID) -> String {
  let digest = sha256(Array(id.description.utf8)).description
  return "\(digest.prefix(2))/\(digest.dropFirst(2).prefix(2))/urn%3auuid%3a\(id.uuid)"
}
