import Glibc

struct CannotRead: Error { var path: String }

/// All bytes of a file of the tests.
func readWhole(_ path: String) throws -> [UInt8] {
  guard let file = fopen(path, "rb") else { throw CannotRead(path: path) }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
  return bytes
}
