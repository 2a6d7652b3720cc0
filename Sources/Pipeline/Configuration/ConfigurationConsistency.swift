import Model

/// What is wrong between keys that are each right on their own, and with the machine.
func inconsistencies(of configuration: Configuration, zones: ZoneNames = ZoneNames()) -> [ConfigurationProblem] {
  overlappingFolders(of: configuration) + repeatedLabelNames(of: configuration) + unknownForms(of: configuration)
    + unknownTypeDefaults(of: configuration) + unknownTimeZone(of: configuration, zones)
}

private func unknownTimeZone(of configuration: Configuration, _ zones: ZoneNames) -> [ConfigurationProblem] {
  let zone = configuration.facility.timeZone
  if zones.contains(zone) { return [] }
  let near = nearestName(to: zone, among: zones.all).map { "; the nearest is \($0.name)" } ?? ""
  return [.init(path: "$.facility.timeZone", message: "\(zone) is no time zone that this machine knows\(near)")]
}

/// No folder may lie in another, or be the same: what we write would be taken for a scan, or a scan for ours.
private func overlappingFolders(of configuration: Configuration) -> [ConfigurationProblem] {
  func file(_ store: String) -> String { String(store.drop { $0 != ":" }.dropFirst()) }
  let places =
    configuration.claiming.drop.enumerated().map { ("$.claiming.drop[\($0)]", $1) } + [
      ("$.claiming.claimed", configuration.claiming.claimed),
      ("$.claiming.originals", configuration.claiming.originals),
      ("$.archiving.archive", configuration.archiving.archive),
      ("$.manifesting.manifests", configuration.manifesting.manifests),
      ("$.journal", file(configuration.journal)), ("$.index", file(configuration.index)),
    ]
  let steps = places.map { components(of: $0.1) }
  var problems: [ConfigurationProblem] = []
  for a in places.indices {
    for b in places.indices where a != b && steps[b].starts(with: steps[a]) && (a < b || steps[a] != steps[b]) {
      let (place, folder) = (EscapedText(places[b].1), EscapedText(places[a].1))
      problems.append(
        .init(path: places[b].0, message: "\(place) lies within \(places[a].0) (\(folder)); give it a place of its own")
      )
    }
  }
  return problems
}

/// A path's components from "/" or from ".", without `.` and with `..` taken out: a lexical view, links are not followed.
private func components(of path: String) -> [String] {
  path.split(separator: "/").reduce(into: [path.hasPrefix("/") ? "/" : "."]) { steps, step in
    switch (step, steps.last) {
    case (".", _), ("..", "/"): break
    case ("..", "."): steps = [".."]
    case ("..", let last?) where last != "..": steps.removeLast()
    default: steps.append(String(step))
    }
  }
}

/// A label entry's name stands in manifests for what was read: it must mean one entry.
private func repeatedLabelNames(of configuration: Configuration) -> [ConfigurationProblem] {
  let names = configuration.reading.labels.map(\.name)
  return names.indices.compactMap { index in
    guard let first = names.firstIndex(of: names[index]), first < index else { return nil }
    return .init(
      path: "$.reading.labels[\(index)].name",
      message: "\(EscapedText(names[index])) is $.reading.labels[\(first)] already")
  }
}

private func unknownForms(of configuration: Configuration) -> [ConfigurationProblem] {
  configuration.reading.labels.enumerated().flatMap { place, entry in
    entry.forms.enumerated().compactMap { index, code in
      unknownType(code, at: "$.reading.labels[\(place)].forms[\(index)]", of: configuration)
    }
  }
}

private func unknownTypeDefaults(of configuration: Configuration) -> [ConfigurationProblem] {
  configuration.stations.sorted { $0.key < $1.key }.compactMap { name, station in
    station.typeDefault.flatMap {
      unknownType($0, at: "$.stations" + ConfigurationCheck.step(name) + ".typeDefault", of: configuration)
    }
  }
}

private func unknownType(_ code: String, at path: String, of configuration: Configuration) -> ConfigurationProblem? {
  guard configuration.documentTypes[code] == nil else { return nil }
  let near =
    nearestName(to: code, among: configuration.documentTypes.keys.sorted()).map { "; did you mean \($0.name)?" } ?? ""
  return .init(path: path, message: "\(code) is not in documentTypes\(near)")
}
