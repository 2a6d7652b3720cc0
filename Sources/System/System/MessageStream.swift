import CLinux
import Glibc
import Synchronization

/// Messages over a stream socket: 4 bytes of length (little-endian), then so many bytes. A descriptor travels with the first.
final class MessageStream: Sendable {
  /// Bytes of one message. Facts about a page (labels, places, notes) are kilobytes; 4 MiB holds the worst page.
  static let messageBytesMax = 4 << 20

  private struct Incoming {
    var bytes: [UInt8] = []
    var descriptor: Descriptor?
  }

  private let socket: Descriptor
  private let incoming = Mutex(Incoming())

  init(_ socket: Descriptor) { self.socket = socket }

  func send(_ bytes: [UInt8], descriptor: Descriptor?, timeoutSeconds: Double?) throws(SystemError) {
    guard bytes.count <= Self.messageBytesMax else { throw SystemError(errno: EMSGSIZE, call: "sendmsg") }
    let length = UInt32(bytes.count)
    let message = (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + bytes
    let sent = withExtendedLifetime(descriptor) {
      clinux_send(socket.number, message, message.count, descriptor?.number ?? -1, milliseconds(timeoutSeconds))
    }
    try check(sent, "sendmsg")
  }

  /// - Returns: nil: the other end is gone.
  /// - Throws: ETIMEDOUT, EMSGSIZE for a length beyond the limit.
  func receive(
    acceptsDescriptor: Bool, timeoutSeconds: Double?
  ) throws(SystemError) -> (bytes: [UInt8], descriptor: Descriptor?)? {
    let deadline = timeoutSeconds.map { Double(clinux_time(1)) / 1e9 + $0 }
    return try incoming.withLock { (state) throws(SystemError) in
      while true {
        let wanted = try Self.wanted(state.bytes)
        if wanted == 0 {
          let message = (Array(state.bytes.dropFirst(4)), state.descriptor)
          state = Incoming()
          return message
        }
        let left = deadline.map { max(0, $0 - Double(clinux_time(1)) / 1e9) }
        guard try fill(&state, wanted, acceptsDescriptor, left) else { return nil }
      }
    }
  }

  /// Bytes that the message begun still lacks.
  private static func wanted(_ bytes: [UInt8]) throws(SystemError) -> Int {
    if bytes.count < 4 { return 4 - bytes.count }
    let length = bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= messageBytesMax else { throw SystemError(errno: EMSGSIZE, call: "recvmsg") }
    return 4 + length - bytes.count
  }

  private func fill(
    _ state: inout Incoming, _ count: Int, _ acceptsDescriptor: Bool, _ timeoutSeconds: Double?
  ) throws(SystemError) -> Bool {
    var piece = [UInt8](repeating: 0, count: min(count, 64 << 10))
    var passed: Int32 = -1
    let time = milliseconds(timeoutSeconds)
    let n =
      acceptsDescriptor
      ? clinux_receive(socket.number, &piece, piece.count, &passed, time)
      : clinux_receive(socket.number, &piece, piece.count, nil, time)
    if passed >= 0 { state.descriptor = Descriptor(owning: passed) }
    try check(n, "recvmsg")
    state.bytes += piece.prefix(Int(n))
    return n > 0
  }

  private func milliseconds(_ seconds: Double?) -> Int32 {
    guard let seconds else { return -1 }
    return Int32(clamping: Int((min(max(seconds, 0), 86_400) * 1000).rounded(.up)))
  }
}
