/// The fixed files of an archive, byte for byte. OCFL 1.1 §4 (storage root), extension 0003 (layout).
///
///     <archive>/archive.json                         chartroom.archive/1: schema and uuid
///     <archive>/staging/<batch or correction id>/    what is being written; never read by anyone else
///     <archive>/imports/<microseconds>               empty: the patient import of that moment is in force
///     <archive>/root/0=ocfl_1.1                      an OCFL storage root, from here on
///     <archive>/root/ocfl_layout.json
///     <archive>/root/extensions/0003-hash-and-id-n-tuple-storage-layout/config.json
///     <archive>/root/aa/bb/urn%3auuid%3a…/           one object a document
///
/// Staging and imports lie beside the root, never inside: a folder in a storage root that is no object makes it invalid (E072).
enum ArchiveLayout {
  static let identityName = "archive.json"
  static let stagingName = "staging"
  static let importsName = "imports"
  static let rootName = "root"
  static let extensionName = "0003-hash-and-id-n-tuple-storage-layout"

  /// Files of the storage root by their path below it; nothing else may lie there but objects.
  static let rootFiles: [(path: [String], bytes: [UInt8])] = [
    (["0=ocfl_1.1"], Array("ocfl_1.1\n".utf8)),
    (
      ["ocfl_layout.json"],
      Array(
        """
        {"description":"Pairtree-like root directory hierarchy of two two-digit tuples of the id's SHA-256, then the encoded \
        id","extension":"0003-hash-and-id-n-tuple-storage-layout"}

        """.utf8)
    ),
    (
      ["extensions", extensionName, "config.json"],
      Array(
        """
        {"digestAlgorithm":"sha256","extensionName":"0003-hash-and-id-n-tuple-storage-layout","numberOfTuples":2,"tupleSize":2}

        """.utf8)
    ),
  ]

  /// Declares an object root (OCFL 1.1 §3.3).
  static let objectDeclarationName = "0=ocfl_object_1.1"
  static let objectDeclaration = Array("ocfl_object_1.1\n".utf8)

  static let inventoryName = "inventory.json"
  static let sidecarName = "inventory.json.sha512"
  static let contentName = "content"
  static let documentName = "document.json"
  static let setAsideName = "set-aside.json"

  /// A file that is read whole: an inventory or a record of 65,535 pages with their labels stays well below.
  static let recordBytesMax = 256 << 20

  /// The exact content of an inventory's sidecar (OCFL 1.1 §3.7).
  static func sidecar(of digest: String) -> [UInt8] { Array("\(digest) \(inventoryName)\n".utf8) }
}

/// `archive.json` (`chartroom.archive/1`): which archive this is. The journal keeps the same uuid, so that neither is
/// ever used with another's half.
struct ArchiveIdentity: Codable, Hashable {
  static let schema = "chartroom.archive/1"
  var schema: String
  var uuid: String
}
