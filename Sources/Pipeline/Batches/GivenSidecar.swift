import FoundationEssentials
import Formats
import Model
import System

extension GivenSidecar {
  /// A sidecar says a few lines; more is no sidecar.
  static let bytesMax = 1 << 20
  /// What is read at all, so that a large one can still be told from a small one and kept.
  static let readMax = 64 << 20
  private static let labelsMax = 10_000
  /// A label's text; the longest Code 128 in use is far shorter.
  private static let textBytesMax = 4096

  /// Reads and checks `chartroom.sidecar/1`. What is wrong with it is a value (`problem`), not an error: a person will see it.
  init(reading path: FilePath, name: EscapedText) throws {
    self.init(bytes: try Files.read(path, limit: Self.readMax), name: name)
  }

  init(bytes: [UInt8], name: EscapedText) {
    self.bytes = bytes
    sha256 = Formats.sha256(bytes)
    self.name = name
    do {
      guard bytes.count <= Self.bytesMax else {
        throw SidecarProblem("it has \(bytes.count) bytes, more than \(Self.bytesMax).")
      }
      try Self.refuseUnknownKeys(bytes)
      let sidecar = try JSONDecoder().decode(Sidecar.self, from: Data(bytes))
      try Self.check(sidecar)
      value = sidecar
    } catch let problem as SidecarProblem {
      self.problem = problem.description
    } catch let error as DecodingError {
      problem = "it is not a \(Sidecar.schema): \(Self.sentence(error))"
    } catch {
      problem = "it is not JSON."
    }
  }

  private struct SidecarProblem: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private struct Keys: Decodable {
    var names: [String]
    init(from decoder: any Decoder) throws {
      names = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
    }
  }

  private static let known: Set<String> = [
    "schema", "duplex", "operator", "box", "expectedSheets", "expectedPages", "birthDate", "sex", "family", "labels",
  ]

  /// A misspelt `expectedPages` must not pass as "nothing expected".
  private static func refuseUnknownKeys(_ bytes: [UInt8]) throws {
    let names = try JSONDecoder().decode(Keys.self, from: Data(bytes)).names
    if let unknown = names.sorted().first(where: { !known.contains($0) }) {
      throw SidecarProblem("it has an unknown key '\(EscapedText(unknown))'.")
    }
  }

  private static func check(_ sidecar: Sidecar) throws {
    guard sidecar.schema == Sidecar.schema else {
      throw SidecarProblem("its schema is '\(EscapedText(sidecar.schema))', not \(Sidecar.schema).")
    }
    for (name, count) in [("expectedSheets", sidecar.expectedSheets), ("expectedPages", sidecar.expectedPages)] {
      if let count, !(0...1_000_000).contains(count) { throw SidecarProblem("\(name) is \(count).") }
    }
    if let date = sidecar.birthDate, Timestamp(date + "T00:00:00Z") == nil {
      throw SidecarProblem("birthDate '\(EscapedText(date))' is not YYYY-MM-DD.")
    }
    let labels = sidecar.labels ?? []
    guard labels.count <= labelsMax else { throw SidecarProblem("it has more than \(labelsMax) labels.") }
    for label in labels where label.page < 1 || label.text.utf8.count > textBytesMax {
      throw SidecarProblem("a label's page is below 1 or its text is longer than \(textBytesMax) bytes.")
    }
  }

  private static func sentence(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "'\(key.stringValue)' is missing."
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has the wrong type."
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has a value that is not allowed."
    default: "it is not JSON."
    }
  }
}
