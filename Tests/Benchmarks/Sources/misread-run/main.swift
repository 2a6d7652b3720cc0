import Foundation
import Misreading
import Reading
import Synchronization

// Counts wrong reads on damaged labels and on pages without any: Tests/Benchmarks/README.md, "The misread run".

struct Options {
  var pages = 1_000_000
  var labels = 1_000_000
  var seed: UInt64 = 1
  var threads = 2
  var only: (kind: Trial.Kind, number: Int)?
  var chunk: Chunk?
  var folder = URL(filePath: "/tmp/chartroom-benchmark")
  var grammar = "pipeline.json"
  /// Written as Markdown.
  var record: String?

  /// Nil where the arguments make no sense.
  init?(_ arguments: [String]) {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else { return nil }
      switch name {
      case "--pages": pages = Int(value) ?? -1
      case "--labels": labels = Int(value) ?? -1
      case "--seed": seed = UInt64(value) ?? 0
      case "--threads": threads = Int(value) ?? 0
      case "--folder": folder = URL(filePath: value)
      case "--grammar": grammar = value
      case "--record": record = value
      case "--only":
        let parts = value.split(separator: ":")
        guard parts.count == 2, let kind = Trial.Kind(rawValue: String(parts[0])), let number = Int(parts[1]) else {
          return nil
        }
        only = (kind, number)
      case "--chunk":
        let parts = value.split(separator: ":")
        guard parts.count == 3, let kind = Trial.Kind(rawValue: String(parts[0])), let first = Int(parts[1]),
          let count = Int(parts[2])
        else { return nil }
        chunk = Chunk(kind: kind, first: first, count: count, seed: 0)
      case "--skip": chunk?.skipped = value.split(separator: ",").compactMap { Int($0) }
      default: return nil
      }
    }
    guard pages >= 0, labels >= 0, threads > 0 else { return nil }
    chunk?.seed = seed
  }
}

let usage = """
  usage: misread-run [--pages N] [--labels N] [--seed S] [--threads T] [--folder PAGES] [--grammar pipeline.json] \
  [--record FILE] [--only labels:N | pages:N]

  """

/// Makes one trial again, writes it as PBM and says what was read.
func replay(_ options: Options, _ kind: Trial.Kind, _ number: Int) throws {
  let trial = Trial(kind, seed: options.seed, number: number, from: try FileStock(options.folder))
  let raster = trial.sheet.raster
  let name = "misread-\(kind.rawValue)-\(options.seed)-\(number).pbm"
  try (Data("P4\n\(raster.width) \(raster.height)\n".utf8) + raster.bytes).write(to: URL(filePath: name))
  print("\(name): \(Int(trial.dpi)) dpi, damages \(trial.damages.joined(separator: ", "))")
  for printed in trial.printed { print("printed\t\(printed.symbology.rawValue)\t\(shown(printed.bytes))") }
  let read = readLabels(raster, dpi: [trial.dpi, trial.dpi])
  for (label, tier) in read.labels {
    let quad = label.quad.corners.map { "\($0.x),\($0.y)" }.joined(separator: " ")
    let text = shown(label.text.bytes)
    print("read\t\(tier.rawValue)\t\(label.symbology.rawValue)\t\(text)\t\(label.rows) rows\t\(quad)")
  }
  for quad in read.unreadable {
    print("unreadable\t\(quad.corners.map { "\($0.x),\($0.y)" }.joined(separator: " "))")
  }
  let chunk = Chunk(kind: kind, first: number, count: 1, seed: options.seed)
  let judgement = trial.judged(by: try SampleGrammar.load(options.grammar))
  for wrong in judgement.wrong { print(chunk.line(wrong, trial, number)) }
}

/// Everything, by chunks, as many at a time as there are threads.
func run(_ options: Options) throws -> Report {
  let size = [Trial.Kind.labels: 5000, .pages: 1000]
  let chunks = Trial.Kind.allCases.flatMap { kind -> [Chunk] in
    let total = kind == .labels ? options.labels : options.pages
    return stride(from: 0, to: total, by: size[kind]!).map {
      Chunk(kind: kind, first: $0, count: min(size[kind]!, total - $0), seed: options.seed)
    }
  }
  let arguments = [
    "--seed", "\(options.seed)", "--folder", options.folder.path, "--grammar", options.grammar,
  ]
  let state = Mutex((next: 0, report: Report(seed: options.seed), failure: String?.none))
  DispatchQueue.concurrentPerform(iterations: options.threads) { _ in
    while let chunk = state.withLock({ state -> Chunk? in
      guard state.failure == nil, state.next < chunks.count else { return nil }
      state.next += 1
      return chunks[state.next - 1]
    }) {
      do {
        let result = try chunk.run(arguments)
        state.withLock { $0.report.add(chunk.kind, result.tally, result.wrong) }
        for line in result.wrong { FileHandle.standardError.write(Data((line + "\n").utf8)) }
      } catch { state.withLock { $0.failure = "\(error)" } }
    }
  }
  return try state.withLock { state in
    if let failure = state.failure { throw RunFailed(description: failure) }
    return state.report
  }
}

struct RunFailed: Error, CustomStringConvertible { var description: String }

guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
  FileHandle.standardError.write(Data(usage.utf8))
  exit(64)
}
do {
  if let chunk = options.chunk {
    chunk.work(try FileStock(options.folder), try SampleGrammar.load(options.grammar))
  } else if let (kind, number) = options.only {
    try replay(options, kind, number)
  } else {
    let report = try run(options)
    print(report.markdown)
    if let path = options.record { try Data((report.markdown + "\n").utf8).write(to: URL(filePath: path)) }
    exit(report.isClean ? 0 : 1)
  }
} catch {
  FileHandle.standardError.write(Data("misread-run: \(error)\n".utf8))
  exit(70)
}
