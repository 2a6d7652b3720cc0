import FoundationEssentials
import Model
import TestSupport

@testable import Pipeline

/// The bytes of a file of the repository.
func projectFile(_ path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(filePath: ProjectFolder.path + "/" + path)))
}

/// The configuration that a text means.
func load(_ text: String) throws(ConfigurationError) -> Configuration { try loadConfiguration(bytes: Array(text.utf8)) }

/// What is wrong with a text; empty where nothing is.
func problems(in text: String) -> [ConfigurationProblem] {
  do {
    _ = try load(text)
    return []
  } catch { return error.problems }
}

/// The only thing that is wrong with a text, as it is printed.
func onlyProblem(in text: String) -> String {
  let all = problems(in: text)
  return all.count == 1 ? all[0].description : "\(all.count) problems: \(all)"
}
