import Glibc
import Synchronization
import System

/// A folder of one test's own; all of them go when the tests end.
///
/// Not at `deinit`: an optimised build ends a value's life after its last use, which may be long before the test's.
public struct TemporaryFolder: Sendable {
  public let path: FilePath
  private static let made = Mutex<[FilePath]>([])

  /// `/tmp/chartroom-XXXXXX`, mode 0700 (mkdtemp(3)).
  public init() {
    var template = Array("/tmp/chartroom-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "mkdtemp failed: errno \(errno)")
    let path = FilePath(bytes: template.dropLast().map { UInt8(bitPattern: $0) })
    self.path = path
    let isFirst = Self.made.withLock {
      $0.append(path)
      return $0.count == 1
    }
    if isFirst { atexit { TemporaryFolder.removeAll() } }
  }

  private static func removeAll() {
    for path in made.withLock({ $0 }) { try? Files.removeTree(path) }
  }

  /// The path as text.
  public var text: String { String(decoding: path.bytes, as: UTF8.self) }
}
