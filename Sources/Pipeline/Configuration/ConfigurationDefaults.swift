import FoundationEssentials
import Model

/// The defaults as the structs have them, and nowhere else.
enum ConfigurationDefaults {
  /// The whole configuration that an empty file means.
  static let root = json(Configuration())

  /// What an entry of a map or an item of a list has where its file says nothing, by the path of its section.
  static func template(of section: String) -> JSONValue {
    switch section {
    case "stations.*": json(Station())
    // The typed entries want a value here that no file need give.
    case "documentTypes.*": json(OptionalDocumentType())
    case "reading.labels[]":
      .object([.init(key: "checks", value: .array([])), .init(key: "forms", value: .array([]))])
    default: .object([])
    }
  }

  /// The default at a key of the table; nil where the structs have none.
  static func value(at path: String) -> JSONValue? {
    let parts = path.split(separator: ".").map(String.init)
    guard let entry = parts.lastIndex(where: { $0 == "*" || $0.hasSuffix("[]") }) else {
      return parts.reduce(root as JSONValue?) { $0?[$1] }
    }
    let template = template(of: parts[...entry].joined(separator: "."))
    return parts[(entry + 1)...].reduce(template as JSONValue?) { $0?[$1] }
  }

  private struct OptionalDocumentType: Encodable {
    let typeLabelOn = DocumentType(name: "", loinc: "").typeLabelOn
  }

  /// A value of ours as JSON. What we encode ourselves is always JSON, so a failure is a programming error.
  private static func json(_ value: some Encodable) -> JSONValue {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value), let json = try? JSONParser.parse([UInt8](data)) else {
      preconditionFailure("the defaults of \(type(of: value)) cannot be encoded")
    }
    return json
  }
}
