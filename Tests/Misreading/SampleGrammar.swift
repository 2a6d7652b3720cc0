import Foundation
import Model
import Reading

/// The label grammar of the sample configuration.
public enum SampleGrammar {
  private struct File: Decodable {
    struct Reading: Decodable { var labels: [Entry] }
    struct Entry: Decodable {
      var name: String
      var meaning: LabelMeaning
      var symbologies: [Symbology]
      var pattern: String
      var checks: [LabelCheck]?
      var authority: String?
      var gs1: Bool?
    }
    var reading: Reading
  }

  /// - Parameter path: of the repository's `pipeline.json`.
  public static func load(_ path: String) throws -> GrammarReader {
    let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: URL(filePath: path)))
    let entries = file.reading.labels.map {
      LabelEntry(
        name: $0.name, meaning: $0.meaning, symbologies: $0.symbologies, pattern: $0.pattern, checks: $0.checks ?? [],
        authority: $0.authority, gs1: $0.gs1)
    }
    return try GrammarReader(LabelGrammar(entries: entries), foreignKey: [], showForeignText: true)
  }
}
