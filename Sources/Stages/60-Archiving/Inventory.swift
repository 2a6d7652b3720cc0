import FoundationEssentials
import Model

/// An OCFL inventory (OCFL 1.1 §3.5), with exactly the keys that the specification allows (E102).
struct Inventory: Codable, Hashable {
  struct User: Codable, Hashable {
    var name: String
    /// A URI (W009).
    var address: String
  }
  struct Version: Codable, Hashable {
    var created: Timestamp
    var message: String
    /// Digest → logical paths.
    var state: [String: [String]]
    var user: User
  }
  var id: DocumentID
  var type: String
  var digestAlgorithm: String
  /// Highest version, e.g. `v2`.
  var head: String
  /// Digest → content paths, each digest once (E096).
  var manifest: [String: [String]]
  var versions: [String: Version]

  static let inventoryType = "https://ocfl.io/1.1/spec/#inventory"

  /// Version 1 of an object.
  /// - Parameter files: logical path and SHA-512 of each file; its bytes lie at `v1/content/<path>`.
  init(id: DocumentID, files: [(path: String, digest: String)], version: VersionNote) {
    self.id = id
    type = Inventory.inventoryType
    digestAlgorithm = "sha512"
    head = "v1"
    manifest = [:]
    versions = ["v1": Version(version, state: [:])]
    for file in files {
      manifest[file.digest, default: []].append("v1/\(ArchiveLayout.contentName)/\(file.path)")
      versions["v1"]!.state[file.digest, default: []].append(file.path)
    }
  }

  /// - Throws: `DecodingError` where the bytes are no inventory.
  init(decoding bytes: [UInt8]) throws { self = try JSONDecoder().decode(Inventory.self, from: Data(bytes)) }

  /// The inventory after a new version in which one logical file has new bytes and all others stay.
  /// - Parameter digest: of bytes that lie at `<new head>/content/<path>`, unless the object has them already.
  func replacing(_ path: String, digest: String, version: VersionNote) -> Inventory {
    var next = self
    next.head = "v\(headNumber + 1)"
    if next.manifest[digest] == nil { next.manifest[digest] = ["\(next.head)/\(ArchiveLayout.contentName)/\(path)"] }
    var state = headState.mapValues { $0.filter { $0 != path } }.filter { !$0.value.isEmpty }
    state[digest, default: []].append(path)
    next.versions[next.head] = Version(version, state: state)
    return next
  }

  /// The inventory after a new version that holds what the one before holds.
  func repeated(version: VersionNote) -> Inventory {
    var next = self
    next.head = "v\(headNumber + 1)"
    next.versions[next.head] = Version(version, state: headState)
    return next
  }

  /// What the inventory was when that version was the newest: exactly what Chartroom wrote then.
  func asOf(version number: Int) -> Inventory {
    var old = self
    old.head = "v\(number)"
    old.versions = versions.filter { (Inventory.number(ofVersion: $0.key) ?? 0) <= number }
    old.manifest = manifest.mapValues { paths in
      paths.filter { path in
        let version = path.split(separator: "/").first.flatMap { Inventory.number(ofVersion: String($0)) }
        return (version ?? 0) <= number
      }
    }.filter { !$0.value.isEmpty }
    return old
  }

  /// 1 for `v1`; 0 where ``head`` is no version name.
  var headNumber: Int { Inventory.number(ofVersion: head) ?? 0 }

  /// `v1`, `v2`, … without padding (OCFL 1.1 §3.2); nil for anything else.
  static func number(ofVersion name: String) -> Int? {
    guard name.first == "v", let number = Int(name.dropFirst()), number > 0, name == "v\(number)" else { return nil }
    return number
  }

  var headState: [String: [String]] { versions[head]?.state ?? [:] }

  /// Where a logical file of the newest version lies, relative to the object root; nil where there is none of that
  /// name.
  func contentPath(of logicalPath: String) -> String? {
    guard let digest = headState.first(where: { $0.value.contains(logicalPath) })?.key else { return nil }
    return manifest[digest]?.first
  }
}

/// Who made a version, when and why.
struct VersionNote: Hashable {
  var created: Timestamp
  var message: String
  /// The person, or `chartroom` for what the program decides.
  var user: String

  static let program = "chartroom"
}

extension Inventory.Version {
  fileprivate init(_ note: VersionNote, state: [String: [String]]) {
    created = note.created
    message = note.message
    self.state = state
    let isProgram = note.user == VersionNote.program || note.user == Correction.system
    let address = isProgram ? "urn:chartroom:system" : "urn:chartroom:operator"
    user = .init(name: note.user, address: address)
  }
}
