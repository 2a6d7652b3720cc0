import CLinux
import Glibc

/// What kind of thing a name stands for (inode(7)).
public enum FileKind: String, Hashable, Sendable, Codable {
  case file, folder, symlink, fifo, socket, device, unknown

  init(mode: UInt32) {
    switch mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .folder
    case S_IFLNK: self = .symlink
    case S_IFIFO: self = .fifo
    case S_IFSOCK: self = .socket
    case S_IFCHR, S_IFBLK: self = .device
    default: self = .unknown
    }
  }

  /// From a folder's entry (readdir(3) `d_type`); `unknown` where the filesystem does not say.
  init(entry: UInt8) {
    switch Int(entry) {
    case 8: self = .file
    case 4: self = .folder
    case 10: self = .symlink
    case 1: self = .fifo
    case 12: self = .socket
    case 2, 6: self = .device
    default: self = .unknown
    }
  }
}

/// Which file it is and in what state: enough to tell whether a name still stands for the same bytes.
public struct FileIdentity: Hashable, Sendable, Codable {
  public var device: UInt64
  public var inode: UInt64
  /// Bytes.
  public var size: Int
  /// Nanoseconds since 1970; only ever compared, never believed.
  public var modified: Int64
  public var kind: FileKind
  /// Names that the file has.
  public var links: Int
  /// Permission bits, e.g. 0o700.
  public var mode: UInt32
  /// User id.
  public var owner: UInt32

  public init(
    device: UInt64, inode: UInt64, size: Int, modified: Int64, kind: FileKind = .file, links: Int = 1,
    mode: UInt32 = 0o600,
    owner: UInt32 = 0
  ) {
    self.device = device
    self.inode = inode
    self.size = size
    self.modified = modified
    self.kind = kind
    self.links = links
    self.mode = mode
    self.owner = owner
  }

  init(_ s: clinux_stat) {
    self.init(
      device: s.device, inode: s.inode, size: Int(s.size), modified: s.modified, kind: FileKind(mode: s.mode),
      links: Int(s.links), mode: s.mode & 0o7777, owner: s.owner)
  }

  /// The same file with the same size and time: links, mode and owner may differ.
  public func isUnchanged(since other: FileIdentity) -> Bool {
    isSameFile(as: other) && size == other.size && modified == other.modified
  }

  /// The same inode, whatever it holds now.
  public func isSameFile(as other: FileIdentity) -> Bool {
    device == other.device && inode == other.inode && kind == other.kind
  }
}

/// One name in a folder.
public struct DirectoryEntry: Hashable, Sendable {
  public var name: [UInt8]
  /// `unknown` where the filesystem does not say in the listing: ask ``Folder/identity(of:)``.
  public var kind: FileKind
  public init(name: [UInt8], kind: FileKind) {
    self.name = name
    self.kind = kind
  }
}
