import FoundationEssentials
import Model
import Testing

@testable import Pipeline

@Suite struct `The table of keys` {
  /// A configuration in which every optional value is there, so that its keys are seen.
  private var full: Configuration {
    var full = Configuration()
    full.facility.systems = [.init(system: "1.2.3", authority: "A")]
    full.stations = ["*": Station(typeDefault: "HP", confidentiality: .restricted)]
    full.documentTypes = [
      "*": DocumentType(
        name: "x", loinc: "34117-2", pagesMax: 1, labelOn: .page, confidentiality: .restricted, duplicateDays: 1)
    ]
    full.operators = ["*": Operator(name: "x", roles: [.scan], confidentiality: .restricted)]
    full.reading.labels = [
      LabelEntry(
        name: "x", meaning: .patient, symbologies: [.qr], pattern: "x",
        checks: [LabelCheck(scheme: .luhn, field: "mrn")],
        authority: "A", role: .file, gs1: false, zone: LabelZone(left: 0, top: 0, right: 1, bottom: 1), forms: ["HP"])
    ]
    return full
  }

  private func json(_ value: some Encodable) throws -> JSONValue {
    try JSONParser.parse([UInt8](JSONEncoder().encode(value)))
  }

  /// The paths of the table that a value has, sections too.
  private func paths(of value: JSONValue, at path: String = "") -> [String] {
    let here = path.isEmpty || path.hasSuffix("*") || path.hasSuffix("[]") ? [] : [path]
    switch value {
    case .object(let members):
      return here + members.flatMap { paths(of: $0.value, at: path.isEmpty ? $0.key : path + "." + $0.key) }
    case .array(let items):
      return here + (items.first.map { if case .object = $0 { paths(of: $0, at: path + "[]") } else { [] } } ?? [])
    default: return here
    }
  }

  @Test func `every key of the structs is explained, and every explained key is one of the structs`() throws {
    #expect(try paths(of: json(full)).sorted() == configurationKeys.map(\.path).sorted())
  }

  @Test func `the printed defaults are those of the structs`() throws {
    for key in configurationKeys where !key.path.contains("*") && !key.path.contains("[]") && !key.isSection {
      let value = try key.path.split(separator: ".").reduce(json(Configuration()) as JSONValue?) { $0?[String($1)] }
      #expect(key.defaultText == value?.text, "\(key.path)")
    }
    for key in configurationKeys where key.parent == "stations.*" {
      #expect(try key.defaultText == (json(Station())[key.name] ?? .null).text, "\(key.path)")
    }
    let type = DocumentType(name: "", loinc: "")
    let label = LabelEntry(name: "", meaning: .patient, symbologies: [], pattern: "")
    for key in configurationKeys where key.parent == "documentTypes.*" && !key.isRequired {
      #expect(try key.defaultText == (json(type)[key.name] ?? .null).text, "\(key.path)")
    }
    for key in configurationKeys where key.parent == "reading.labels[]" && !key.isRequired && !key.isSection {
      #expect(try key.defaultText == (json(label)[key.name] ?? .null).text, "\(key.path)")
    }
  }

  @Test func `each default is allowed`() {
    for key in configurationKeys {
      guard let text = key.defaultText, let value = try? JSONParser.parse(Array(text.utf8)) else { continue }
      switch (key.rule, value) {
      case (.entries, .object(let members)): #expect(members.isEmpty)
      case (.list(let item, let least), .array(let items)):
        #expect(items.count >= least && items.allSatisfy(item.allows), "\(key.path)")
      default: #expect(key.rule.allows(value), "\(key.path)")
      }
    }
  }

  @Test func `the words that a key allows are the cases of its type`() {
    func words(_ path: String) -> [String] {
      switch configurationKeys.first(where: { $0.path == path })?.rule {
      case .oneOf(let words), .orNull(.oneOf(let words)), .list(of: .oneOf(let words), _): words
      default: []
      }
    }
    #expect(words("reading.labels[].meaning") == LabelMeaning.allCases.map(\.rawValue))
    #expect(
      words("reading.labels[].symbologies")
        == Symbology.allCases.filter { !$0.isPatch && !$0.isOfGoods }.map(\.rawValue))
    #expect(words("reading.labels[].checks[].scheme") == LabelCheck.Scheme.allCases.map(\.rawValue))
    #expect(words("reading.foreignText").allSatisfy { Configuration.Reading.ForeignText(rawValue: $0) != nil })
    #expect(words("stations.*.batches").allSatisfy { Station.Batches(rawValue: $0) != nil })
    #expect(words("stations.*.sidecar").allSatisfy { Station.SidecarRule(rawValue: $0) != nil })
    #expect(words("stations.*.done").allSatisfy { Station.Done(rawValue: $0) != nil })
    #expect(words("stations.*.labelOn").allSatisfy { Station.LabelOn(rawValue: $0) != nil })
    #expect(words("documentTypes.*.labelOn").allSatisfy { Station.LabelOn(rawValue: $0) != nil })
    #expect(words("documentTypes.*.typeLabelOn").allSatisfy { DocumentType.TypeLabelOn(rawValue: $0) != nil })
    #expect(words("reading.labels[].role").allSatisfy { LabelRole(rawValue: $0) != nil })
    #expect(words("operators.*.roles") == Role.allCases.map(\.rawValue))
    for path in ["operators.*", "stations.*", "documentTypes.*"] {
      #expect(words(path + ".confidentiality") == Confidentiality.allCases.map(\.rawValue))
    }
  }

  @Test func `each key says what it means, why its default is so, and its unit where it has one`() {
    for key in configurationKeys {
      #expect(key.meaning.hasSuffix(".") && key.reason.hasSuffix("."), "\(key.path)")
      let isMeasure = ["Seconds", "Minutes", "Hours", "Days", "Bytes", "Millimetres", "Max", "Min"].contains {
        key.name.contains($0)
      }
      #expect(!isMeasure || key.unit != nil, "\(key.path)")
    }
    #expect(Set(configurationKeys.map(\.path)).count == configurationKeys.count)
  }
}

@Suite struct `Finding a key by what a person types` {
  @Test(
    arguments: [
      ("claiming.settleSeconds", ["claiming.settleSeconds"]), ("$.claiming.settleSeconds", ["claiming.settleSeconds"]),
      ("settleSeconds", ["claiming.settleSeconds"]), ("stations.ward-3.duplex", ["stations.*.duplex"]),
      ("reading.labels[3].name", ["reading.labels[].name"]), ("manifesting", ["manifesting", "manifesting.manifests"]),
      ("loinc", ["documentTypes.*.loinc"]),
      (
        "reading.labels.checks",
        ["reading.labels[].checks", "reading.labels[].checks[].scheme", "reading.labels[].checks[].field"]
      ), ("claiming.setleSeconds", []), ("", []),
    ])
  func `a key, a section, a place in a file and a bare name are understood`(text: String, paths: [String]) {
    #expect(configurationKeys(matching: text).map(\.path) == paths)
  }

  @Test func `a text that means no key is answered with the nearest`() {
    #expect(nearestConfigurationKey(to: "claiming.setleSeconds") == "claiming.settleSeconds")
    #expect(nearestConfigurationKey(to: "setleSecond") == "claiming.settleSeconds")
    #expect(nearestConfigurationKey(to: "stations.duplx") == "stations.*.duplex")
  }
}

@Suite struct `Explaining a key as JSON` {
  private func line(_ path: String) throws -> JSONValue {
    let key = try #require(configurationKeys.first { $0.path == path })
    return try JSONParser.parse([UInt8](JSONEncoder().encode(key)))
  }

  @Test func `a default is the value that would stand in the file`() throws {
    #expect(try line("claiming.settleSeconds")["default"] == .number("5"))
    #expect(try line("assembling.separatorInkMax")["default"] == .number("0.005"))
    #expect(try line("claiming.drop")["default"] == .array([.string("var/drop")]))
    #expect(try line("stations.*.typeDefault")["default"] == .null)
  }

  @Test func `every line has the same keys`() throws {
    for key in configurationKeys {
      guard case .object(let members) = try line(key.path) else { continue }
      #expect(
        members.map(\.key).sorted() == ["allowed", "default", "key", "meaning", "reason", "required", "unit"],
        "\(key.path)")
    }
  }
}
