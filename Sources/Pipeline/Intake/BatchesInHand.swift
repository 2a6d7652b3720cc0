import Model
import Synchronization

/// The batches that this process carries at the moment, at most as many as there are places, and the waiting for them.
final class BatchesInHand: Sendable {
  private struct State {
    var batches: Set<BatchID> = []
    /// Woken once each.
    var sleepers: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var nextSleeper: UInt64 = 0
    /// A wake that came while nobody slept.
    var isAwake = false
  }

  private let slots: Int
  private let state = Mutex(State())

  init(slots: Int) { self.slots = slots }

  func contains(_ batch: BatchID) -> Bool { state.withLock { $0.batches.contains(batch) } }
  var hasFreePlace: Bool { state.withLock { $0.batches.count < slots } }
  var isEmpty: Bool { state.withLock { $0.batches.isEmpty } }

  /// Waits for a place.
  func take(_ batch: BatchID) async {
    while !tryTake(batch) { await rest(seconds: 5) }
  }

  private func tryTake(_ batch: BatchID) -> Bool {
    state.withLock {
      guard $0.batches.count < slots else { return false }
      return $0.batches.insert(batch).inserted
    }
  }

  /// Waits until ``take(_:)`` would not; nobody else must be taking meanwhile.
  func waitForPlace() async {
    while !hasFreePlace { await rest(seconds: 5) }
  }

  func leave(_ batch: BatchID) {
    state.withLock { _ = $0.batches.remove(batch) }
    wake()
  }

  func waitUntilEmpty() async {
    while !isEmpty { await rest(seconds: 5) }
  }

  /// Ends every ``rest(seconds:)``, or the next one.
  func wake() {
    let sleepers = state.withLock {
      let sleepers = Array($0.sleepers.values)
      $0.sleepers = [:]
      $0.isAwake = sleepers.isEmpty
      return sleepers
    }
    for sleeper in sleepers { sleeper.resume() }
  }

  /// Sleeps until woken or the time is over.
  func rest(seconds: Double) async {
    let id = state.withLock {
      $0.nextSleeper += 1
      return $0.nextSleeper
    }
    let timer = Task { [self] in
      try await Task.sleep(for: .seconds(seconds))
      expire(id)
    }
    await withCheckedContinuation { continuation in
      let isAwake = state.withLock {
        if $0.isAwake {
          $0.isAwake = false
          return true
        }
        $0.sleepers[id] = continuation
        return false
      }
      if isAwake { continuation.resume() }
    }
    timer.cancel()
  }

  /// The time is over; a sleeper that has not lain down yet finds itself awake.
  private func expire(_ id: UInt64) {
    let sleeper = state.withLock {
      let sleeper = $0.sleepers.removeValue(forKey: id)
      if sleeper == nil { $0.isAwake = true }
      return sleeper
    }
    sleeper?.resume()
  }
}
