import Model

/// Where a folder of the site lay when it was last in order: by it a later process sees that a filesystem is gone.
public struct FolderPlace: Hashable, Sendable, Codable {
  /// Its path.
  public var folder: EscapedText
  /// Where the filesystem that holds it was mounted.
  public var mount: EscapedText
  /// The folder's own number on its filesystem: the same number is the same folder, from wherever it is looked at.
  public var inode: UInt64
  /// The number of the journal's file: with another one the site was copied or restored, and what was known says nothing.
  public var journal: UInt64
  public init(folder: EscapedText, mount: EscapedText, inode: UInt64, journal: UInt64) {
    self.folder = folder
    self.mount = mount
    self.inode = inode
    self.journal = journal
  }
}
