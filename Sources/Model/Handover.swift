import Synchronization

/// Waits for an answer that another thread gives, as `withCheckedContinuation` does.
///
/// The order of giving and taking is said once more, by an atomic: the concurrency runtime is not built for ThreadSanitizer, and where
/// the answer comes before its task sleeps the sanitizer sees no order in it, and reports a race in every value that is handed over.
///
/// - Parameter ask: gets what must be called exactly once with the answer.
public func handedOver<Answer: Sendable>(
  _ ask: (@escaping @Sendable (Answer) -> Void) -> Void
) async -> Answer {
  let handover = Handover()
  defer { handover.take() }
  return await withCheckedContinuation { continuation in
    ask { answer in
      handover.give()
      continuation.resume(returning: answer)
    }
  }
}

private final class Handover: Sendable {
  private let isGiven = Atomic(false)

  func give() { isGiven.store(true, ordering: .releasing) }
  func take() { _ = isGiven.load(ordering: .acquiring) }
}
