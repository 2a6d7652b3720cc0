import Model
import System

/// Why the archive refused. Everything here is for an administrator or the caller; bad input never throws it.
public enum ArchiveError: Error {
  /// There is no archive where the configuration says (exit 78).
  case missing(path: String)
  /// It is another archive than the journal's (exit 78).
  case different(path: String, expected: String, found: String)
  /// `archive.json` or a fixed file of the root does not say what it must (exit 78).
  case malformed(path: String, detail: String)
  /// `create(at:)` found something already there.
  case alreadyExists(path: String)
  /// An object of that id is there and holds something else.
  case targetDiffers(DocumentID, path: String, detail: String)
  /// Bytes that the archive holds are not what its inventory says.
  case damaged(path: String, detail: String)
  case noSuchObject(DocumentID)
  /// A source is not what the plan was made from.
  case sourceChanged(source: Int, name: String, detail: String)
  /// The sidecar is not what the plan was made from.
  case sidecarChanged(name: String)
  /// A copied page is not the page of its source.
  case readBackDiffers(DocumentID, page: Int, detail: String)
  /// A filed document holds a page that can only be kept with its whole source, which holds other pages too.
  case undividable(DocumentID, page: Int)
  /// The plan contradicts itself.
  case inconsistentPlan(String)
  /// Another process stages the same thing at this moment.
  case busy(path: String)
  /// The system refused.
  case system(SystemError)
}

extension ArchiveError {
  /// What is wrong is the site, not the work: exit code 78.
  public var isSiteError: Bool {
    switch self {
    case .missing, .different, .malformed, .alreadyExists: true
    default: false
    }
  }

  /// The disk (full, read-only, failing): intake must stop until an administrator has looked.
  public var isDiskLevel: Bool { if case .system(let error) = self { error.isDiskLevel } else { false } }
}

extension ArchiveError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let path):
      "there is no archive at \(path): mount it, restore it from a copy, or correct archiving.archive"
    case .different(let path, let expected, let found):
      "the archive at \(path) has the uuid \(found), the journal belongs to \(expected): mount the right one"
    case .malformed(let path, let detail):
      "\(path): \(detail); restore the file from a copy of the archive (`chartroom verify` reads all the rest)"
    case .alreadyExists(let path): "\(path) is there already; an archive is created only where there is nothing"
    case .targetDiffers(let id, let path, let detail):
      "\(path) is the place of \(id) and holds another object: \(detail); nothing was replaced, run `chartroom verify`"
    case .damaged(let path, let detail): "\(path): \(detail); run `chartroom verify`, restore the file from a copy"
    case .noSuchObject(let id): "the archive has no object \(id); run `chartroom verify`"
    case .sourceChanged(let source, let name, let detail): "source \(source) (\(name)): \(detail); it is taken again"
    case .sidecarChanged(let name): "the sidecar \(name) is no longer what the plan was made from; it is taken again"
    case .readBackDiffers(let id, let page, let detail):
      "page \(page) as written for \(id) is not the page of its source: \(detail); check the archive's disk and memory"
    case .undividable(let id, let page):
      "page \(page) of \(id) cannot be copied out of its file, which holds other documents' pages: it must be an exception"
    case .inconsistentPlan(let detail):
      "the plan cannot be carried out: \(detail); this is a fault of Chartroom, report it"
    case .busy(let path): "another process writes \(path); try again"
    case .system(let error): "\(error)"
    }
  }
}
