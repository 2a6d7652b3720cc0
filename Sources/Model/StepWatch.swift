/// Told of every step that changes what a restart would find: a name made, moved or removed, a sync, a transaction. Nobody
/// watches but tests, which let the world end there; without a watcher a step costs one look.
public protocol StepWatcher: Sendable {
  /// - Parameters:
  ///   - step: the system call, or the journal's function.
  ///   - target: the path that it works on, the new one of a rename; empty for a transaction.
  /// - Throws: the step is not taken then.
  func willDo(_ step: String, _ target: String) throws
  /// - Throws: the step was taken, and nobody learns of it.
  func didDo(_ step: String, _ target: String) throws
}

public enum StepWatch {
  @TaskLocal public static var watcher: (any StepWatcher)?
}
