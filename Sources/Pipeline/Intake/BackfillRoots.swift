import Model
import System

/// What a backfill may not be pointed at: the site's own folders. It would take what other work has in hand, and copy
/// the archive into itself.
public struct BackfillRoots {
  private let own: [FilePath]

  public init(_ paths: SitePaths) { own = paths.required }

  /// Told by device and inode, so that neither links nor mounts hide it.
  /// - Parameter root: file or folder that is there.
  /// - Returns: the folder of the site that contains `root` or lies in it; nil: none.
  /// - Throws: `SystemError`.
  public func conflict(of root: FilePath) throws -> FilePath? {
    let isFile = try Files.stat(root)?.kind == .file
    let above = try lineage(of: isFile ? root.parent : root)
    for folder in own {
      let line = try lineage(of: folder)
      if let itself = line.first, above.contains(itself) { return folder }
      if !isFile, let itself = above.first, line.contains(itself) { return folder }
    }
    return nil
  }

  private struct Place: Hashable {
    var device: UInt64
    var inode: UInt64
  }

  /// Deeper than any path that a kernel takes.
  private static let depthMax = 4096

  /// The folder itself and each that contains it, up to the root.
  private func lineage(of folder: FilePath) throws -> [Place] {
    var line: [Place] = []
    var path = folder.bytes
    while line.count < Self.depthMax {
      // `/.` asks for the folder that a link leads to.
      guard let found = try Files.stat(FilePath(bytes: path + Array("/.".utf8))) else { break }
      let place = Place(device: found.device, inode: found.inode)
      if place == line.last { break }
      line.append(place)
      path += Array("/..".utf8)
    }
    return line
  }
}
