/// Why a frame's bytes could not be handed on. Trouble with the disk is ``SourceError`` or the sink's own error.
public enum FormatError: Error, Hashable {
  /// The frame's structure is damaged or of a kind that cannot be taken apart; keep its whole source instead.
  case unreadableFrame(offset: Int, reason: String)
  /// A classic TIFF ends at 4 GB (TIFF 6.0 §2): copy fewer frames, or keep the whole source.
  case tooLong(bytes: Int)
}

/// Damage met while walking; caught by the walk and told as a `problem`, so it never leaves the module.
struct StructureDamage: Error {
  /// The sentence.
  var problem: String
  /// Whether waiting may heal it: bytes beyond the present end of the file.
  var isMissing: Bool

  init(_ problem: String) {
    self.problem = problem
    isMissing = false
  }

  static func missing(_ what: String, size: Int) -> StructureDamage {
    var damage = StructureDamage("\(what) beyond the end of the file (\(size) bytes): the file is cut off or damaged")
    damage.isMissing = true
    return damage
  }
}
