import Formats

/// What libtiff and libpng see of us: bytes to read, and an ear for their messages.
///
/// The message is the verdict: libtiff returns success for a damaged CCITT strip and says so only here.
final class LibraryContext {
  private let source: any ByteSource
  /// Small reads are served from here; libpng asks for a chunk's header, then its data, a few bytes at a time.
  private var window: [UInt8] = []
  private var windowStart = 0
  private let windowBytes = 32 << 10

  /// Decides on one message of the library in hand.
  private let judge: (LibraryMessage) -> MessageVerdict
  /// Whether pixels are being decoded, or still tags and chunks read.
  var isReadingPixels = false
  /// Whether rows behind the last are asked for: a message then says that the data is at its end.
  var isBehindLastRow = false
  private(set) var isAtEnd = false
  /// The first message that condemns the page.
  private(set) var damage: String?
  /// Set when a message says that the library cannot, not that the data is bad.
  private(set) var isUnsupported = false
  /// Things forgiven that a person should know. At most ``notesMax``.
  private(set) var notes: [String] = []
  private let notesMax = 4

  init(_ source: any ByteSource, judge: @escaping (LibraryMessage) -> MessageVerdict) {
    self.source = source
    self.judge = judge
  }

  var size: Int64 { Int64(source.count) }

  /// The pointer that C keeps. Valid while this object lives: the handles own both it and the library's
  /// object, and close that first.
  var pointer: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  static func at(_ pointer: UnsafeMutableRawPointer?) -> LibraryContext {
    Unmanaged<LibraryContext>.fromOpaque(pointer!).takeUnretainedValue()
  }

  /// - Returns: 0, or -1 when the bytes could not be had; C passes it on as the library's own read error.
  func read(at offset: Int64, into buffer: UnsafeMutableRawPointer, count: Int) -> Int32 {
    do {
      let offset = Int(offset)
      if count > windowBytes / 2 {
        try source.read(at: offset, count: count).withUnsafeBytes {
          buffer.copyMemory(from: $0.baseAddress!, byteCount: count)
        }
        return 0
      }
      if offset < windowStart || offset + count > windowStart + window.count {
        window = try source.read(at: offset, count: max(count, min(windowBytes, source.count - offset)))
        windowStart = offset
      }
      window.withUnsafeBytes {
        if count > 0 { buffer.copyMemory(from: $0.baseAddress! + (offset - windowStart), byteCount: count) }
      }
      return 0
    } catch {
      damage = "the file could not be read: \(error)"
      return -1
    }
  }

  func take(_ message: LibraryMessage) {
    guard damage == nil else { return }
    if isBehindLastRow {
      isAtEnd = true
      return
    }
    switch judge(message) {
    case .harmless: break
    case .note(let text): if notes.count < notesMax, !notes.contains(text) { notes.append(text) }
    case .damage: damage = message.text
    case .unsupported:
      damage = message.text
      isUnsupported = true
    }
  }

  /// - Throws: what the messages so far amount to.
  func check() throws(DecodeError) {
    guard let damage else { return }
    throw isUnsupported
      ? .unsupported("the page cannot be read: \(damage)") : .undecodable("the page is damaged: \(damage)")
  }

  /// The error for a call that failed; its message where there was one.
  func failure(_ what: String) -> DecodeError {
    do { try check() } catch { return error }
    return .undecodable("the page is damaged: \(what)")
  }
}

/// One message of a library.
struct LibraryMessage {
  var isError: Bool
  /// Whether it came while pixels were decoded.
  var isAboutPixels: Bool
  var text: String
}

enum MessageVerdict { case harmless, note(String), damage, unsupported }
