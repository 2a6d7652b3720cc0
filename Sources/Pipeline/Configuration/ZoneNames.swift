import System

/// The time zones that this machine knows: the IANA database as Debian's `tzdata` installs it.
struct ZoneNames: Sendable {
  let folder: FilePath
  init(folder: FilePath = FilePath("/usr/share/zoneinfo")) { self.folder = folder }

  /// - Parameter name: in the form of ``TextForm/timeZone``, so that it stays within the folder. True also where the machine has no
  ///   zones at all: then it can judge none.
  func contains(_ name: String) -> Bool {
    if name == "UTC" { return true }
    guard let all = try? Files.stat(folder), all.kind == .folder else { return true }
    return (try? Files.stat(folder.appending(name)).map { $0.kind != .folder }) == true
  }

  /// Every name, links too (`tzdata.zi`, zic(8): `Z name …` begins a zone, `L target name` a link); empty without that file.
  var all: [String] {
    guard let bytes = try? Files.read(folder.appending("tzdata.zi"), limit: 4 << 20) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      switch words.first {
      case "Z" where words.count > 1: return String(words[1])
      case "L" where words.count > 2: return String(words[2])
      default: return nil
      }
    }.sorted()
  }
}
