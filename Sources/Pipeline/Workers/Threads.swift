import Glibc

/// Starts a thread that lives as long as `body` runs.
///
/// Threads of our own, because calls that block (a disk's sync, a worker's answer) must not stand on Swift's cooperative
/// pool, which has one thread a core and no spare.
func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let context = Unmanaged.passRetained(Box(body)).toOpaque()
  let failure = pthread_create(
    &thread, nil,
    { context in
      Unmanaged<Box>.fromOpaque(context!).takeRetainedValue().body()
      return nil
    }, context)
  precondition(failure == 0, "pthread_create failed with \(failure): no threads left to run on")
  pthread_detach(thread)
}

/// A queue that threads wait on; `pop` returns nil once it is closed and empty.
///
/// `@unchecked Sendable` because every access to `items` and `isClosed` happens under `mutex`.
final class BlockingQueue<Item: Sendable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private var items: [Item] = []
  private var head = 0
  private var isClosed = false

  init() {
    mutex = .allocate(capacity: 1)
    condition = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(condition)
    mutex.deallocate()
    condition.deallocate()
  }

  func push(_ item: Item) {
    pthread_mutex_lock(mutex)
    items.append(item)
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  func pop() -> Item? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while head == items.count {
      if isClosed { return nil }
      pthread_cond_wait(condition, mutex)
    }
    let item = items[head]
    head += 1
    if head == items.count || head > 1024 {
      items.removeFirst(head)
      head = 0
    }
    return item
  }

  func close() {
    pthread_mutex_lock(mutex)
    isClosed = true
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }
}

/// A task executor with a fixed number of threads of its own, for batches whose steps block on the disk.
final class ThreadPool: TaskExecutor {
  private let jobs = BlockingQueue<UnownedJob>()

  init(threads: Int) {
    for _ in 0..<threads {
      // Each thread keeps the pool: one that is late to start may find everybody else gone already.
      startThread { [self] in
        let reference = asUnownedTaskExecutor()
        while let job = jobs.pop() { job.runSynchronously(on: reference) }
      }
    }
  }

  func enqueue(_ job: consuming ExecutorJob) { jobs.push(UnownedJob(job)) }

  /// Ends the threads, and with them the pool, once all is done; must be called. Nothing may be enqueued afterwards.
  func close() { jobs.close() }
}
