import FoundationEssentials
import Model
import System

/// Reads one manifest by its path.
enum ManifestFile {
  /// A manifest of 65,535 pages stays below. Bytes.
  private static let bytesMax = 256 << 20

  /// - Throws: `SystemError`, `DecodingError`.
  static func read(_ path: FilePath) throws -> Manifest {
    try JSONDecoder().decode(Manifest.self, from: Data(Files.read(path, limit: bytesMax)))
  }
}
