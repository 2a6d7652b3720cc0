/// The checkout that the tests run from, found from this file's place: `Tests/Support/ProjectFolder.swift`.
public enum ProjectFolder {
  /// Absolute path, without a slash at the end.
  public static let path: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(3).joined(separator: "/")
  }()

  /// Images by other people with expected outcomes; not part of the repository, so tests skip where it is absent.
  public static var corpora: String { path + "/../shared/corpora" }

  /// Outside validators; the same.
  public static var tools: String { path + "/../shared/tools" }

  public static var fixtures: String { path + "/fixtures" }
}
