import CLinux
import Dispatch

/// Wakes a scan when something happened in one of several folders (inotify(7)). Only ever a hint: events get lost (queue
/// full, network shares tell nothing), so the caller scans at intervals too, and makes a new watcher when folders come or go.
public final class FolderWatcher: Sendable {
  /// One element for any number of events since the last; for one reader. Ends when the watcher goes.
  public let events: AsyncStream<Void>
  /// `nonisolated(unsafe)` because Dispatch sources are thread-safe and this one is only activated and cancelled.
  private nonisolated(unsafe) let source: any DispatchSourceRead

  /// - Parameter folders: those that cannot be watched are left out.
  /// - Returns: nil where nothing can be watched (no inotify, limits reached): poll.
  public init?(folders: [FilePath]) {
    let number = clinux_watch_open()
    guard number >= 0 else { return nil }
    let descriptor = Descriptor(owning: number)
    let watched = folders.filter { folder in
      (try? withPath(folder.bytes, "inotify_add_watch") { clinux_watch_add(number, $0) }) == 0
    }
    if watched.isEmpty { return nil }
    let (events, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    self.events = events
    source = DispatchSource.makeReadSource(fileDescriptor: number, queue: DispatchQueue(label: "folder-watcher"))
    source.setEventHandler { if clinux_watch_drain(descriptor.number) != 0 { continuation.yield() } }
    source.setCancelHandler { continuation.finish() }
    source.activate()
  }

  deinit { source.cancel() }
}
