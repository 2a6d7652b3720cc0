import Glibc
import System

/// Programs of this package, where the build puts them: beside the test bundle.
public enum BuiltPrograms {
  /// The worker that breaks the rules (`Tests/Misbehaving`).
  public static let misbehavingWorker = FilePath(folder + "/misbehaving-worker")
  public static let chartroom = FilePath(folder + "/chartroom")

  private static let folder: String = {
    // The runner may be the toolchain's own; the bundle with the tests then lies in the build folder.
    let places = CommandLine.arguments.filter { $0.hasSuffix(".xctest") } + [runner]
    for place in places {
      let folder = place.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
      if access(folder + "/misbehaving-worker", X_OK) == 0 { return folder }
    }
    return "/nonexistent"
  }()

  private static var runner: String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
