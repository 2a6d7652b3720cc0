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
