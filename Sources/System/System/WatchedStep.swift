import Glibc
import Model

/// Takes a step under the eyes of ``StepWatch``.
func watched<Value>(
  _ call: String, _ path: @autoclosure () -> FilePath, _ step: () throws(SystemError) -> Value
) throws(SystemError) -> Value {
  guard let watcher = StepWatch.watcher else { return try step() }
  let target = path().description
  try ended(call, target) { try watcher.willDo(call, target) }
  let value = try step()
  try ended(call, target) { try watcher.didDo(call, target) }
  return value
}

/// What a watcher throws means that nothing more can be done here.
private func ended(_ call: String, _ target: String, _ tell: () throws -> Void) throws(SystemError) {
  do { try tell() } catch { throw SystemError(errno: ECANCELED, call: call, path: target) }
}
