import CLinux
import Glibc

/// Whether the kernel keeps a worker within its bounds.
public enum Confinement: Hashable, Sendable {
  case confined
  /// The kernel is built without seccomp, or the processor has no filter of ours: the other limits hold alone.
  case notToBeHad
  case failed
}

/// From here on this process opens no file, starts no program and no thread, reaches no other process and runs no new
/// code, whatever a library is talked into (seccomp(2)): it may compute, read what it was handed, and answer. A worker's
/// first step; there is no way back.
public func confineWorker() -> Confinement {
  switch clinux_confine() {
  case 0: .confined
  case -ENOSYS, -EINVAL: .notToBeHad
  default: .failed
  }
}

/// The worker's side: descriptor 3, the only thing it was given.
public final class WorkerChannel: Sendable {
  private let stream: MessageStream

  /// - Parameter descriptor: 3 in a worker; another in tests. Taken over.
  public init(descriptor: Int32 = 3) { stream = MessageStream(Descriptor(owning: descriptor)) }

  /// Waits for the next order.
  /// - Returns: nil: the parent is gone or closed its end; the worker must exit.
  public func receive() throws(SystemError) -> (bytes: [UInt8], descriptor: Descriptor?)? {
    try stream.receive(acceptsDescriptor: true, timeoutSeconds: nil)
  }

  /// - Throws: EPIPE where the parent is gone.
  public func send(_ bytes: [UInt8]) throws(SystemError) {
    try stream.send(bytes, descriptor: nil, timeoutSeconds: nil)
  }
}
