import Glibc
import System

/// A folder that goes with its holder.
public final class TemporaryFolder: Sendable {
  public let path: FilePath

  /// `/tmp/chartroom-XXXXXX`, mode 0700 (mkdtemp(3)).
  public init() {
    var template = Array("/tmp/chartroom-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "mkdtemp failed: errno \(errno)")
    path = FilePath(bytes: template.dropLast().map { UInt8(bitPattern: $0) })
  }

  deinit { try? Files.removeTree(path) }

  /// The path as text.
  public var text: String { String(decoding: path.bytes, as: UTF8.self) }
}
