import FoundationEssentials
import Model
import System

/// The file of a record by its name; nothing of it is read.
public struct RecordFile: Hashable, Sendable {
  public var id: BatchID
  /// Below the folder of manifests.
  public var path: String
}

extension ManifestStore {
  /// Records in the folders where the newest ones lie: those of the latest days, and those that were changed last, because
  /// a record stands under the day of its batch and may come later. Costs a listing of days, however many records there are.
  /// - Parameter days: folders of either kind.
  public func newest(days: Int) throws(ManifestError) -> [RecordFile] {
    try systemErrors {
      var folders: [(path: String, modified: Int64)] = []
      for year in try self.folders(in: "", digits: 4) {
        for month in try self.folders(in: year + "/", digits: 2) {
          for day in try self.folders(in: month + "/", digits: 2) {
            if let found = try Files.stat(folder.appending(day)) { folders.append((day, found.modified)) }
          }
        }
      }
      let latest = folders.sorted { $0.path > $1.path }.prefix(days)
      let changed = folders.sorted { $0.modified > $1.modified }.prefix(days)
      return try Set((latest + changed).map(\.path)).sorted().flatMap(records)
    }
  }

  private func folders(in parent: String, digits: Int) throws -> [String] {
    try Files.list(folder.appending(parent)).filter { entry in
      entry.kind == .folder && entry.name.count == digits && entry.name.allSatisfy { (48...57).contains($0) }
    }.map { parent + String(decoding: $0.name, as: UTF8.self) }
  }

  private func records(in day: String) throws -> [RecordFile] {
    try Files.list(folder.appending(day)).compactMap { entry in
      let name = String(decoding: entry.name, as: UTF8.self)
      guard name.hasSuffix(".json"), let id = BatchID(String(name.dropLast(5))) else { return nil }
      return RecordFile(id: id, path: "\(day)/\(name)")
    }
  }

  private struct Place: Decodable {
    var schema: String
    var sequence: Int
  }

  /// A record's place in the chain by its own word; nil where the file is no record of ours: `verify` looks at those.
  public func sequence(of file: RecordFile) -> Int? {
    guard let bytes = try? Files.read(folder.appending(file.path), limit: Self.recordBytesMax),
      let place = try? JSONDecoder().decode(Place.self, from: Data(bytes)),
      [Manifest.schema, Correction.schema].contains(place.schema)
    else { return nil }
    return place.sequence
  }
}
