import Glibc
import TestSupport

/// A folder of one test's own, with what database tests do to files.
struct TemporaryFolder: Sendable {
  let path = TestSupport.TemporaryFolder().text

  func file(_ name: String) -> String { path + "/" + name }

  /// Writes bytes into an existing file, or makes one.
  func write(_ bytes: [UInt8], to name: String, at offset: Int = 0) {
    let number = open(file(name), O_RDWR | O_CREAT, 0o600)
    defer { close(number) }
    _ = bytes.withUnsafeBytes { pwrite(number, $0.baseAddress, $0.count, offset) }
  }

  /// Permission bits; nil where there is no such file.
  func mode(of name: String) -> mode_t? {
    var facts = stat()
    return stat(file(name), &facts) == 0 ? facts.st_mode & 0o7777 : nil
  }

  /// Bytes; nil where there is no such file.
  func size(of name: String) -> Int? {
    var facts = stat()
    return stat(file(name), &facts) == 0 ? Int(facts.st_size) : nil
  }
}
