import Glibc

/// Where filesystems are mounted, as this process sees it (proc(5), `/proc/self/mountinfo`). Paths, unlike device numbers, are
/// the same after a restart.
public struct MountTable: Sendable {
  private let points: [FilePath]

  /// Hundreds of containers on one machine have some megabytes of it. Bytes.
  private static let bytesMax = 16 << 20

  /// nil where the kernel does not say.
  public static func current() -> MountTable? {
    guard let file = try? Descriptor.openRegular(FilePath("/proc/self/mountinfo")) else { return nil }
    // The kernel makes it as it is read: it has no size to ask for.
    var bytes: [UInt8] = []
    while bytes.count < bytesMax {
      guard let piece = try? file.read(at: bytes.count, count: 64 << 10) else { return nil }
      if piece.isEmpty { break }
      bytes += piece
    }
    return MountTable(parsing: bytes)
  }

  /// - Parameter bytes: lines of at least five words; the fifth is a mount point, in which `\040` stands for a space.
  public init(parsing bytes: [UInt8]) {
    points = bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let words = line.split(separator: UInt8(ascii: " "))
      return words.count > 4 ? FilePath(bytes: Self.unescaped(Array(words[4]))) : nil
    }
  }

  /// The mount point of the filesystem that holds a folder: the deepest one on the way to it, itself included.
  /// - Parameter folder: absolute and without links (``FilePath/resolved``).
  public func mount(holding folder: FilePath) -> FilePath? {
    points.filter { folder.lies(in: $0) }.max { $0.bytes.count < $1.bytes.count }
  }

  /// `\ooo`, three octal digits.
  private static func unescaped(_ word: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var at = 0
    while at < word.count {
      let digits = word[(at + 1)...].prefix(3)
      if word[at] == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (48...55).contains($0) }) {
        result.append(digits.reduce(0) { $0 &* 8 &+ ($1 - 48) })
        at += 4
      } else {
        result.append(word[at])
        at += 1
      }
    }
    return result
  }
}

extension FilePath {
  /// Whether it is that folder, or something below it; by the text of both.
  public func lies(in folder: FilePath) -> Bool {
    if self == folder || folder.bytes == [UInt8(ascii: "/")] { return true }
    return bytes.starts(with: folder.bytes + [UInt8(ascii: "/")])
  }

  /// The same place without symbolic links on the way (realpath(3)); nil where nothing is there, or it cannot be looked at.
  public var resolved: FilePath? {
    guard let found = try? withPath(bytes, "realpath", { realpath($0, nil) }) else { return nil }
    defer { free(found) }
    return FilePath(bytes: Array(UnsafeRawBufferPointer(start: found, count: strlen(found))))
  }
}
