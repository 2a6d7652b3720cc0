import Model

/// The last gate before a terminal: whatever a text went through, no control character, no escape sequence and no
/// bidirectional override leaves the program. Names and labels' texts are escaped where they come in; patients' names and
/// what libraries say are not.
/// - Returns: the text with each such character as `%XX` of its UTF-8; line breaks and tabs stay.
func printable(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isUnprintable) else { return text }
  return text.unicodeScalars.reduce(into: "") { result, scalar in
    result += isUnprintable(scalar) ? EscapedText(String(scalar)).description : String(scalar)
  }
}

/// The same for JSON, where such a character can only stand within a string: as `\uXXXX`, which says the same.
func printableJSON(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isUnprintable) else { return text }
  return text.unicodeScalars.reduce(into: "") { result, scalar in
    guard isUnprintable(scalar) else { return result.unicodeScalars.append(scalar) }
    let digits = String(scalar.value, radix: 16)
    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}

/// Line breaks and tabs aside, what ``EscapedText`` escapes and `%` not.
private func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x09, 0x0A, 0x25: false
  case 0x20...0x7E: false
  case let value where value > 0xFFFF: false
  default: EscapedText(String(scalar)).description.unicodeScalars.first != scalar
  }
}
