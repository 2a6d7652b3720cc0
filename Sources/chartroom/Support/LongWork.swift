import Glibc
import System

/// Tells how long work comes on: a line that is rewritten on a terminal, a plain line now and then in a pipe, nothing
/// with `--json`.
final class LongWork {
  private let isSilent: Bool
  private let clock = SystemClock()
  private var shownAt: Double
  private var hasLine = false

  /// Between two rewritings, and between two plain lines. Seconds.
  private static let terminalSeconds = 0.2
  private static let plainSeconds = 30.0

  /// - Parameter isSilent: with `--json`, where stderr is for logs.
  init(isSilent: Bool) {
    self.isSilent = isSilent
    shownAt = clock.monotonicSeconds()
  }

  func show(_ text: @autoclosure () -> String) {
    if isSilent { return }
    let now = clock.monotonicSeconds()
    guard now - shownAt >= (Output.isTerminal ? Self.terminalSeconds : Self.plainSeconds) else { return }
    shownAt = now
    if Output.isTerminal {
      Output.raw("\r\u{1B}[K" + text().prefix(150), to: STDERR_FILENO)
      hasLine = true
    } else {
      Output.raw(text() + "\n", to: STDERR_FILENO)
    }
  }

  /// Takes the line away before other text is written.
  func clear() {
    if hasLine { Output.raw("\r\u{1B}[K", to: STDERR_FILENO) }
    hasLine = false
  }
}
