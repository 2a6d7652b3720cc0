import Glibc
import Model

/// A system call that failed: what was tried, on what, why, and what to do.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// As in errno(3).
  public var errno: Int32
  /// The call's name, e.g. `renameat2`.
  public var call: String
  /// What it was tried on, escaped for a message.
  public var path: String?

  public init(errno: Int32, call: String, path: String? = nil) {
    self.errno = errno
    self.call = call
    self.path = path
  }

  public init(errno: Int32, call: String, path: FilePath) {
    self.init(errno: errno, call: call, path: path.description)
  }

  /// The disk itself refuses: intake must stop until an administrator has looked, because every next file would fail too.
  public var isDiskLevel: Bool { [EIO, ENOSPC, EROFS, EDQUOT].contains(errno) }

  /// Nothing of that name is there (any more).
  public var isAbsent: Bool { errno == ENOENT || errno == ENOTDIR }

  /// The same failure with the path cut behind whichever of these folders it lies in.
  public func withoutNames(below folders: [FilePath]) -> SystemError {
    guard let path, let folder = folders.first(where: { path.hasPrefix("\($0)/") }) else { return self }
    return SystemError(errno: errno, call: call, path: "\(folder)/… (`chartroom status` names it)")
  }

  public var description: String {
    let place = path.map { " '\($0)'" } ?? ""
    return "\(call)\(place): \(String(cString: strerror(errno))) (errno \(errno)). \(advice)"
  }

  private var advice: String {
    switch errno {
    case ENOSPC, EDQUOT: "Free space (or inodes, or quota) there; work goes on by itself then."
    case EIO: "The disk or share failed; check it (dmesg, smartctl) before going on."
    case EROFS: "The filesystem is read-only; remount it writable."
    case EACCES, EPERM: "Give chartroom's user the right to it."
    case ENOENT, ENOTDIR: "It is not there; check the path and that its filesystem is mounted."
    case EEXIST, ENOTEMPTY: "Something is there already; it was left as it is."
    case ELOOP: "It is a symbolic link, which is never followed here."
    case EXDEV: "It lies on another filesystem."
    case EMFILE, ENFILE: "Too many files are open; raise the limit (ulimit -n)."
    case ENOMEM: "Memory is short; lower the number of workers."
    case EINVAL: "The name or the filesystem does not allow it."
    case ENAMETOOLONG: "The path is too long; move the folder closer to the root."
    case ESTALE: "The network share was replaced; mount it anew."
    default: "Look at it, then run chartroom again."
    }
  }
}

/// Turns a shim's -errno into an error.
@discardableResult
func check<Number: SignedInteger>(_ result: Number, _ call: String, _ path: String? = nil) throws(SystemError) -> Number
{
  if result < 0 { throw SystemError(errno: Int32(-result), call: call, path: path) }
  return result
}

/// Hands bytes over as a zero-terminated string.
/// - Throws: EINVAL where the bytes hold a zero byte or none at all.
func withPath<Result>(
  _ bytes: [UInt8], _ call: String, _ body: (UnsafePointer<CChar>) -> Result
) throws(SystemError) -> Result {
  guard !bytes.isEmpty, !bytes.contains(0) else {
    throw SystemError(errno: EINVAL, call: call, path: EscapedText(bytes: bytes).description)
  }
  return (bytes + [0]).withUnsafeBufferPointer { buffer in
    buffer.withMemoryRebound(to: CChar.self) { body($0.baseAddress!) }
  }
}
