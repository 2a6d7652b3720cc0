import Archiving
import Journaling
import Model

/// By which rules what a record of the chain filed is drawn: those of a configuration that a record names, so that nobody makes a sample
/// larger or smaller afterwards.
///
/// A manifest names the configuration that decided it, and the archive keeps each. For a correction that of the newest batch before it counts,
/// also where the file was changed since. Where it cannot be had any more, today's does.
struct QualityRules {
  private let site: Site
  private var known: [ContentDigest: Configuration.Quality]
  /// Configuration of the newest batch so far; nil: none was looked at yet.
  private var newest: ContentDigest?

  init(of site: Site) {
    self.site = site
    known = [site.configurationDigest: site.configuration.quality]
  }

  /// - Parameter sequence: of the record; records come in order.
  mutating func inForce(at content: ChainContent, _ sequence: Int) async throws -> Configuration.Quality {
    if case .manifest(let manifest) = content { newest = manifest.decidedBy.configuration }
    if newest == nil { newest = try await configuration(before: sequence) }
    return rules(of: newest ?? site.configurationDigest)
  }

  private func configuration(before sequence: Int) async throws -> ContentDigest? {
    for earlier in stride(from: sequence - 1, through: 1, by: -1) {
      guard let record = try await site.journal.chain(after: earlier - 1, limit: 1).first, record.kind == .manifest,
        case .manifest(let manifest) = try ChainContent(record)
      else { continue }
      return manifest.decidedBy.configuration
    }
    return nil
  }

  private mutating func rules(of digest: ContentDigest) -> Configuration.Quality {
    if let rules = known[digest] { return rules }
    var rules = site.configuration.quality
    // One of an older release may say what this one refuses.
    if let bytes = try? site.archive.configuration(digest), let configuration = try? loadConfiguration(bytes: bytes) {
      rules = configuration.quality
    }
    known[digest] = rules
    return rules
  }
}
