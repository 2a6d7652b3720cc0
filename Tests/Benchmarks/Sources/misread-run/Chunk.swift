import Foundation
import Misreading
import Reading

/// A stretch of trials, done by a process of its own: what the reader calls may abort.
struct Chunk: Sendable {
  var kind: Trial.Kind
  var first: Int
  var count: Int
  var seed: UInt64
  /// Trials that aborted before.
  var skipped: [Int] = []

  /// In the process of its own: counts and wrong reads as lines to standard output.
  func work(_ stock: FileStock, _ grammar: GrammarReader) {
    watchForAbort()
    var tally = Tally()
    for number in first..<first + count where !skipped.contains(number) {
      trialInHand = number
      let trial = Trial(kind, seed: seed, number: number, from: stock)
      let judgement = trial.judged(by: grammar)
      tally.add(judgement, kind)
      for wrong in judgement.wrong { print(line(wrong, trial, number)) }
    }
    print(tally.lines.map { "count\t\($0)\n" }.joined(), terminator: "")
    fflush(nil)
  }

  func line(_ wrong: WrongRead, _ trial: Trial, _ number: Int) -> String {
    let printed = trial.printed.prefix(3).map { "\($0.symbology.rawValue) \(shown($0.bytes))" }.joined(separator: ", ")
    return [
      "wrong", kind.rawValue, "\(number)", wrong.tier.rawValue, wrong.label.symbology.rawValue,
      shown(wrong.label.text.bytes), wrong.entry ?? "-", "\(wrong.label.rows)", trial.damages.joined(separator: "+"),
      printed,
    ].joined(separator: "\t")
  }

  /// From outside: lets a process do it, again without each trial that aborts.
  func run(_ arguments: [String]) throws -> (tally: Tally, wrong: [String]) {
    var chunk = self
    while true {
      let process = Process()
      process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      process.arguments =
        arguments + [
          "--chunk", "\(kind.rawValue):\(first):\(count)",
          "--skip", chunk.skipped.map(String.init).joined(separator: ","),
        ]
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      let lines = output.split(separator: "\n").map(String.init)
      if process.terminationStatus == 0 {
        var tally = Tally()
        for line in lines where line.hasPrefix("count\t") {
          let fields = line.split(separator: "\t")
          tally.add(String(fields[1]), Int(fields[2]) ?? 0)
        }
        if !chunk.skipped.isEmpty { tally.add("aborted", chunk.skipped.count) }
        return (tally, lines.filter { $0.hasPrefix("wrong\t") })
      }
      guard let abort = lines.last(where: { $0.hasPrefix("abort\t") }), let number = Int(abort.dropFirst(6)) else {
        throw ChunkFailed(chunk: "\(kind.rawValue):\(first):\(count)", status: process.terminationStatus)
      }
      chunk.skipped.append(number)
    }
  }
}

struct ChunkFailed: Error, CustomStringConvertible {
  var chunk: String
  var status: Int32
  var description: String { "the process for the trials \(chunk) ended with \(status)" }
}

func shown(_ bytes: [UInt8]) -> String {
  bytes.map { byte in
    (0x20...0x7E).contains(byte) && byte != 0x25 ? String(UnicodeScalar(byte)) : String(format: "%%%02X", byte)
  }.joined()
}

/// Unsafe only in name, because a chunk's process has one thread and the handler runs on it.
nonisolated(unsafe) private var trialInHand = 0

/// Says which trial aborted, with nothing that a signal handler may not call.
private func watchForAbort() {
  signal(SIGABRT) { _ in
    var digits: [UInt8] = []
    digits.reserveCapacity(32)
    var number = trialInHand
    repeat {
      digits.insert(UInt8(0x30 + number % 10), at: 0)
      number /= 10
    } while number > 0
    let line = Array("\nabort\t".utf8) + digits + [0x0A]
    _ = write(1, line, line.count)
    _exit(134)
  }
}
