import Model
import Testing

@testable import Pipeline

/// `fixtures/schemas/configuration-1.json` is for editors and other people's validators; the table of keys is the law.
@Suite struct `The JSON Schema of the configuration` {
  let schema: JSONValue

  init() throws { schema = try JSONParser.parse(projectFile("fixtures/schemas/configuration-1.json")) }

  /// The table's path of every property in the schema.
  private func paths(of node: JSONValue, at path: String = "") -> [String] {
    var result: [String] = []
    if case .object(let members)? = node["properties"] {
      for member in members {
        let place = path.isEmpty ? member.key : path + "." + member.key
        result += [place] + paths(of: member.value, at: place)
      }
    }
    if let entry = node["additionalProperties"], case .object = entry { result += paths(of: entry, at: path + ".*") }
    if let entry = node["items"], entry["properties"] != nil { result += paths(of: entry, at: path + "[]") }
    return result
  }

  /// The schema of one key.
  private func node(of path: String) -> JSONValue? {
    path.split(separator: ".").reduce(schema as JSONValue?) { node, step in
      if step == "*" { return node?["additionalProperties"] }
      return step.hasSuffix("[]")
        ? node?["properties"]?[String(step.dropLast(2))]?["items"] : node?["properties"]?[String(step)]
    }
  }

  @Test func `it has the keys of the table, no more and no fewer`() {
    #expect(paths(of: schema).sorted() == configurationKeys.map(\.path).sorted())
  }

  @Test func `it has their defaults, ranges and words`() {
    for key in configurationKeys {
      guard let node = node(of: key.path) else { continue }
      #expect(key.isSection || node["default"]?.text == key.defaultText, "\(key.path)")
      switch key.rule {
      case .whole(let range), .orNull(.whole(let range)):
        #expect(
          node["minimum"]?.text == "\(range.lowerBound)" && node["maximum"]?.text == "\(range.upperBound)",
          "\(key.path)")
      case .number(let range):
        guard case .number(let low)? = node["minimum"], case .number(let high)? = node["maximum"] else {
          Issue.record("\(key.path) has no range")
          continue
        }
        #expect(Double(low) == range.lowerBound && Double(high) == range.upperBound, "\(key.path)")
      case .oneOf(let words): #expect(node["enum"] == .array(words.map(JSONValue.string)), "\(key.path)")
      case .orNull(.oneOf(let words)):
        #expect(node["enum"] == .array(words.map(JSONValue.string) + [.null]), "\(key.path)")
      default: break
      }
    }
  }

  @Test func `it demands the keys that the table demands`() {
    for section in ["documentTypes.*", "reading.labels[]", "reading.labels[].checks[]", "reading.labels[].zone"] {
      let required = configurationKeys.filter { $0.parent == section && $0.isRequired }.map {
        JSONValue.string($0.name)
      }
      #expect(node(of: section)?["required"] == .array(required), "\(section)")
    }
  }
}
