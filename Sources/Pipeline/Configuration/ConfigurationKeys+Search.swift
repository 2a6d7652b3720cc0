/// The keys that a person means, in the order of the table; empty where none is.
///
/// A text may be a key (`claiming.settleSeconds`), a section (then all below it), a place in a file
/// (`$.stations.ward-3.duplex`, `reading.labels[0].name`), or a name alone (`settleSeconds`).
public func configurationKeys(matching text: String) -> [ConfigurationKey] {
  guard !text.isEmpty else { return [] }
  let wanted = steps(of: text.hasPrefix("$.") ? String(text.dropFirst(2)) : text)
  let below = configurationKeys.filter { key in
    let path = steps(of: key.path)
    return path.count >= wanted.count && zip(path, wanted).allSatisfy { $0 == "*" || $0 == $1 || $0 == $1 + "[]" }
  }
  return below.isEmpty ? configurationKeys.filter { $0.name == text } : below
}

/// The key whose path or name is nearest to a text that means none.
public func nearestConfigurationKey(to text: String) -> String {
  let byPath = nearestName(to: text, among: configurationKeys.map(\.path))
  let byName = nearestName(to: text, among: configurationKeys.map(\.name))
  guard let byPath, let byName else { return "" }
  if byPath.distance <= byName.distance { return byPath.name }
  return configurationKeys.first { $0.name == byName.name }?.path ?? byPath.name
}

/// The steps of a path; an index into a list says nothing about the key.
private func steps(of path: String) -> [String] {
  path.split(separator: ".").map { step in
    step.last == "]" ? String(step.prefix { $0 != "[" }) + "[]" : String(step)
  }
}
