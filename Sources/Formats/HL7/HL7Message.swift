/// A field that was valued: one or more repetitions of components of sub-components.
struct HL7Field: Hashable {
  var repetitions: [HL7Repetition]
  /// Nothing stands there: what was known stays.
  var isEmpty: Bool { repetitions.allSatisfy(\.isEmpty) }
  /// `""`: what was known is to be deleted (HL7 v2.5.1 §2.5.3).
  var isNull: Bool { repetitions.first?.text(1) == "\"\"" }
  var first: HL7Repetition { repetitions.first ?? HL7Repetition(components: []) }

  /// Text of the first component; nil where nothing stands there, empty where it is to be deleted.
  var said: String? { first.said(1) }
}

struct HL7Repetition: Hashable {
  /// Unescaped.
  var components: [[String]]
  var isEmpty: Bool { components.allSatisfy { $0.allSatisfy(\.isEmpty) } }

  /// Numbers from 1; empty where there is no such part.
  func text(_ component: Int, _ subcomponent: Int = 1) -> String {
    guard component <= components.count, subcomponent <= components[component - 1].count else { return "" }
    return components[component - 1][subcomponent - 1].trimmingBlanks
  }

  /// nil where nothing stands there, empty where `""` does.
  func said(_ component: Int, _ subcomponent: Int = 1) -> String? {
    let text = text(component, subcomponent)
    return text.isEmpty ? nil : text == "\"\"" ? "" : text
  }
}

/// One segment in UTF-8.
struct HL7Segment: Hashable {
  /// Three letters or digits.
  var name: String
  var line: Int
  private let fields: [ArraySlice<UInt8>]
  private let delimiters: HL7Delimiters

  init(_ bytes: [UInt8], line: Int, _ delimiters: HL7Delimiters) {
    self.line = line
    self.delimiters = delimiters
    fields = bytes.split(separator: delimiters.field, omittingEmptySubsequences: false)
    name = String(decoding: fields.first ?? [], as: UTF8.self)
  }

  /// By HL7's number: MSH-1 is the separator itself, so that MSH-2 stands in the first place after the name.
  func field(_ number: Int) -> HL7Field {
    let place = name == "MSH" || name == "FHS" || name == "BHS" ? number - 1 : number
    guard place > 0, place < fields.count else { return HL7Field(repetitions: []) }
    guard !(number == 2 && place == 1) else {
      return HL7Field(repetitions: [.init(components: [[String(decoding: fields[1], as: UTF8.self)]])])
    }
    return HL7Field(
      repetitions: fields[place].split(separator: delimiters.repetition, omittingEmptySubsequences: false).map {
        repetition in
        HL7Repetition(
          components: repetition.split(separator: delimiters.component, omittingEmptySubsequences: false).map {
            component in
            component.split(separator: delimiters.subcomponent, omittingEmptySubsequences: false).map {
              unescaped($0, delimiters)
            }
          })
      })
  }

  /// Text of a field's first component, `""` as it stands; empty where there is none.
  func text(_ number: Int, _ component: Int = 1) -> String { field(number).first.text(component) }
}

/// One message in UTF-8.
struct HL7Message: Hashable {
  /// MSH first.
  var segments: [HL7Segment]
  var header: HL7Segment { segments[0] }
  /// Line of its MSH.
  var line: Int { header.line }
  func first(_ name: String) -> HL7Segment? { segments.first { $0.name == name } }

  /// MSH-9.2, or EVN-1 where an old sender leaves that out: `A40`.
  var event: String {
    let trigger = header.text(9, 2)
    return trigger.isEmpty ? first("EVN")?.text(1) ?? "" : trigger
  }
  /// For people: `A40 MSG0007`.
  var name: String { "\(event.isEmpty ? header.text(9) : event) \(header.text(10))".trimmingBlanks }
}

/// HL7 v2.5.1 §2.7. Formatting commands (`\.br\`) are blanks, highlighting is nothing, an escape that is none stands as it is.
func unescaped(_ bytes: ArraySlice<UInt8>, _ delimiters: HL7Delimiters) -> String {
  guard let escape = delimiters.escape, bytes.contains(escape) else { return String(decoding: bytes, as: UTF8.self) }
  var result: [UInt8] = []
  var rest = bytes
  while let byte = rest.first {
    rest.removeFirst()
    guard byte == escape, let end = rest.firstIndex(of: escape), end - rest.startIndex <= escapeBytesMax else {
      result.append(byte)
      continue
    }
    if let meaning = meaning(of: rest[..<end], delimiters) {
      result += meaning
    } else {
      result += [escape] + rest[..<end] + [escape]
    }
    rest = rest[(end + 1)...]
  }
  return String(decoding: result, as: UTF8.self)
}

/// More is two backslashes that have nothing to do with one another.
private let escapeBytesMax = 64

private func meaning(of command: ArraySlice<UInt8>, _ delimiters: HL7Delimiters) -> [UInt8]? {
  switch String(decoding: command, as: UTF8.self) {
  case "F": return [delimiters.field]
  case "S": return [delimiters.component]
  case "T": return [delimiters.subcomponent]
  case "R": return [delimiters.repetition]
  case "E": return delimiters.escape.map { [$0] }
  case "H", "N": return []
  case let text where text.hasPrefix("."): return [UInt8(ascii: " ")]
  case let text where text.hasPrefix("X"): return hexBytes(command.dropFirst())
  default: return nil
  }
}

/// `0D0A` as two bytes; nil where it is no even number of hex digits.
private func hexBytes(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
  guard !digits.isEmpty, digits.count.isMultiple(of: 2) else { return nil }
  var bytes: [UInt8] = []
  for at in stride(from: digits.startIndex, to: digits.endIndex, by: 2) {
    guard let byte = UInt8(String(decoding: digits[at...(at + 1)], as: UTF8.self), radix: 16) else { return nil }
    bytes.append(byte)
  }
  return bytes
}

extension String {
  /// Without blanks and tabs at both ends.
  var trimmingBlanks: String {
    guard first == " " || first == "\t" || last == " " || last == "\t" else { return self }
    var rest = self[...]
    while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
    while rest.last == " " || rest.last == "\t" { rest.removeLast() }
    return String(rest)
  }
}
