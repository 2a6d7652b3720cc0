import Glibc

/// A folder of one test's own, removed with it.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/chartroom-stores-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { fatalError("mkdtemp: errno \(errno)") }
    path = String(cString: made)
  }

  deinit {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: 256) { _ = unlinkat(dirfd(folder), $0, 0) }
      }
    }
    closedir(folder)
    rmdir(path)
  }

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
}
