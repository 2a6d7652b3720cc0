import ArgumentParser
import Formats
import Glibc
import Model

/// What every verb that works on a site accepts.
struct SiteOptions: ParsableArguments {
  @Option(name: .long, help: "The site's configuration file.")
  var config = "pipeline.json"

  @Flag(name: .long, help: "One JSON object a line on standard output, and nothing else there.")
  var json = false

  @Option(name: .long, help: "Who acts, where that is not who is logged in: both are recorded.")
  var `operator`: String?

  private static let operatorBytesMax = 100

  func validate() throws {
    guard let `operator` else { return }
    guard Wording.isPlain(`operator`, bytesMax: Self.operatorBytesMax) else {
      throw ValidationError("--operator takes a name of 1 to \(Self.operatorBytesMax) bytes in one line.")
    }
    guard `operator` != Correction.system else {
      throw ValidationError("'\(Correction.system)' is the program itself: name the person who acts.")
    }
  }
}

/// Why: every decision has a reason, in the operator's words.
struct ReasonOption: ParsableArguments {
  @Option(name: .long, help: "Why, in your words; it stays with the record.")
  var reason: String

  static let bytesMax = 1000

  func validate() throws {
    guard Wording.isPlain(reason, bytesMax: Self.bytesMax) else {
      throw ValidationError("--reason takes 1 to \(Self.bytesMax) bytes of text in one line.")
    }
  }
}

/// Opens what the operator may not see.
struct GlassOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "In an emergency: open it though you may not see it. Recorded and reported.", valueName: "reason"))
  var breakGlass: String?

  func validate() throws {
    guard let breakGlass else { return }
    guard Wording.isPlain(breakGlass, bytesMax: ReasonOption.bytesMax) else {
      throw ValidationError("--break-glass takes 1 to \(ReasonOption.bytesMax) bytes of text in one line.")
    }
  }
}

/// Exit codes (DESIGN §6).
enum ExitStatus {
  static let done: Int32 = 0
  /// Something failed and will be tried again, or needs an administrator.
  static let failed: Int32 = 1
  /// Done, but this run added exceptions that wait for a person.
  static let exceptions: Int32 = 3
  static let usage: Int32 = 64
  /// Another process holds what is needed.
  static let busy: Int32 = 75
  /// Configuration or site.
  static let site: Int32 = 78
}

/// Writes to the standard streams, whole lines only. A reader that went away ends the program quietly, as `head` expects.
enum Output {
  static func line(_ text: String) { write(printable(text) + "\n", to: STDOUT_FILENO) }
  static func json(_ value: some Encodable) throws {
    write(printableJSON(String(decoding: try canonicalJSON(value), as: UTF8.self)), to: STDOUT_FILENO)
  }
  static func error(_ text: String) { write("chartroom: \(printable(text))\n", to: STDERR_FILENO) }
  static func raw(_ text: String, to descriptor: Int32) { write(text, to: descriptor) }

  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
  /// A person sees both streams; else one of them goes to a pipe or a file, which gets plain lines.
  static var isWatched: Bool { isTerminal && isatty(STDOUT_FILENO) == 1 }

  private static func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        return
      }
      rest = rest.dropFirst(written)
    }
  }
}
