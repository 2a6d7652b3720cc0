import Model
import System

/// Why a manifest was refused, or could not be kept.
public enum ManifestError: Error {
  /// The pages, documents and counts do not add up (I3). Every contradiction is listed.
  case unbalanced([String])
  /// What was handed in contradicts itself: a fault of Chartroom.
  case inconsistentInput(String)
  /// A record of that name is there and says something else.
  case different(path: String)
  /// The folder of manifests is missing: mount it or correct `manifesting.manifests` (exit 78).
  case missingFolder(path: String)
  /// A record cannot be read as what it says it is.
  case unreadable(path: String, detail: String)
  /// The system refused.
  case system(SystemError)
}

extension ManifestError {
  /// The disk (full, read-only, failing): intake must stop until an administrator has looked.
  public var isDiskLevel: Bool { if case .system(let error) = self { error.isDiskLevel } else { false } }
}

extension ManifestError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unbalanced(let problems):
      "the manifest does not account for every page exactly once: \(problems.joined(separator: "; ")); nothing was recorded, "
        + "this is a fault of Chartroom, report it"
    case .inconsistentInput(let detail): "the plan cannot be made: \(detail); this is a fault of Chartroom, report it"
    case .different(let path):
      "\(path) is there and is not the record that the journal has; nothing was replaced, run `chartroom verify`"
    case .missingFolder(let path):
      "the folder of manifests \(path) is missing: mount it or correct manifesting.manifests"
    case .unreadable(let path, let detail): "\(path): \(detail); run `chartroom verify`"
    case .system(let error): "\(error)"
    }
  }
}
