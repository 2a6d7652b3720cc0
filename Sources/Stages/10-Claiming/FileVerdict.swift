import Formats
import Model
import System

/// What a look into a settled file said.
public enum FileVerdict: Hashable, Sendable {
  /// Every IFD and strip inside the file, or a PNG up to IEND; also damage that no waiting heals.
  case whole(frames: Int)
  /// Something is missing that may still come, be it everything. With a sentence.
  case incomplete(String)
  /// No TIFF and no PNG: "a PDF", "text"…
  case other(String)
  /// Open for writing, or it changed while we looked: look again later.
  case busy
  /// We may not read it, or the disk failed. With a sentence.
  case unreadable(String)

  /// Whether the same answer holds as long as the file does not change.
  var isLasting: Bool {
    switch self {
    case .whole, .incomplete, .other: true
    case .busy, .unreadable: false
    }
  }
}

/// Opens a settled file and judges it: not open for writing, structure whole.
/// - Parameter seen: what a scan saw; anything else under that name is `busy`.
public func inspect(_ seen: DropFile, drop: FilePath, limits: StructureLimits = .init()) -> FileVerdict {
  do {
    let parts = seen.parts
    let file = try openFolder(drop, seen.place, parts.folder).openFile(parts.name)
    guard try file.identity().isUnchanged(since: seen.identity) else { return .busy }
    if writers(of: file) == .writing { return .busy }
    let source = try FileSource(file)
    if case .unsupported(let what) = try SourceFormat.of(source) {
      return try SourceFormat.isUnwritten(source)
        ? .incomplete("it is \(what): its content has not come yet") : .other(what)
    }
    let structure = try walkStructure(of: source, limits: limits)
    if let missing = structure.missing { return .incomplete(missing) }
    return .whole(frames: structure.frames.count)
  } catch let error as SystemError {
    return error.isAbsent ? .busy : .unreadable(error.description)
  } catch SourceError.io(let errno) {
    return .unreadable(SystemError(errno: errno, call: "pread", path: seen.name.description).description)
  } catch {
    return .busy  // shorter than a moment ago
  }
}

/// The folder that holds a station's files, or a batch folder in it; nothing on the way below the drop folder is a link.
func openFolder(_ drop: FilePath, _ place: StationPlace, _ batchFolder: [UInt8]?) throws(SystemError) -> Folder {
  var folder = try Folder.open(drop)
  if let station = place.folder { folder = try folder.folder(station.bytes) }
  if let batchFolder { folder = try folder.folder(batchFolder) }
  return folder
}
