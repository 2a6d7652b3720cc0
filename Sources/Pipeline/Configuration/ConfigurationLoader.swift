import FoundationEssentials
import Model

/// The longest configuration that is read. Bytes; the sample's is a thousandth of it.
public let configurationBytesMax = 4 << 20

/// Reads a site's configuration: strict about what stands there, generous about what does not.
///
/// Every key is held against the table of keys (an unknown one is an error, with the nearest that exists), what is
/// missing has its default, and what must agree does. Nothing is looked up on disk but the names of time zones.
/// - Parameter bytes: the file as it stands, UTF-8, at most ``configurationBytesMax``.
/// - Throws: everything that is wrong, each with its JSON path.
public func loadConfiguration(bytes: [UInt8]) throws(ConfigurationError) -> Configuration {
  let file = try parse(bytes)
  try refuseOtherSchema(file["schema"])
  var check = ConfigurationCheck()
  let complete = check.complete(file)
  guard check.problems.isEmpty else { throw ConfigurationError(problems: check.problems) }
  let configuration = try decode(complete)
  let disagreements = inconsistencies(of: configuration)
  guard disagreements.isEmpty else { throw ConfigurationError(problems: disagreements) }
  return configuration
}

private func parse(_ bytes: [UInt8]) throws(ConfigurationError) -> JSONValue {
  guard bytes.count <= configurationBytesMax else {
    throw refusal("$", "the file has \(bytes.count) bytes; a configuration has at most \(configurationBytesMax)")
  }
  do {
    return try JSONParser.parse(bytes)
  } catch {
    throw refusal("$", "line \(error.line), column \(error.column): not JSON: \(error.message)")
  }
}

/// A file of another schema is not looked into: what its keys mean is not ours to guess.
private func refuseOtherSchema(_ schema: JSONValue?) throws(ConfigurationError) {
  guard case .string(let text)? = schema, text != Configuration.schema else { return }
  let family = "chartroom.configuration/"
  guard text.hasPrefix(family), let version = Int(text.dropFirst(family.count)), version > 0 else {
    throw refusal("$.schema", "must be \"\(Configuration.schema)\", not \(EscapedText(text))")
  }
  throw refusal(
    "$.schema",
    "version \(version) is newer than this release knows (\(Configuration.schema)); install a newer chartroom")
}

/// The table has allowed every value by now, so a failure means that table and structs disagree.
private func decode(_ complete: JSONValue) throws(ConfigurationError) -> Configuration {
  do {
    return try JSONDecoder().decode(Configuration.self, from: Data(complete.text.utf8))
  } catch {
    throw refusal("$", "cannot be read as a configuration: \(error)")
  }
}

private func refusal(_ path: String, _ message: String) -> ConfigurationError {
  ConfigurationError(problems: [.init(path: path, message: message)])
}
