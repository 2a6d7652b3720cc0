/// The characters that divide a message, as its MSH-1 and MSH-2 name them (HL7 v2.5.1 §2.5.4).
struct HL7Delimiters: Hashable {
  var field: UInt8
  var component: UInt8
  var repetition: UInt8
  /// nil: the message uses no escapes.
  var escape: UInt8?
  var subcomponent: UInt8

  /// From a segment that starts with MSH, FHS or BHS; nil where they are not printable ASCII or not all different.
  init?(header: [UInt8]) {
    guard header.count >= 8 else { return nil }
    let field = header[3]
    let characters = Array(header[4...].prefix { $0 != field })
    guard (2...5).contains(characters.count) else { return nil }
    self.field = field
    component = characters[0]
    repetition = characters[1]
    escape = characters.count > 2 ? characters[2] : nil
    // A sender without sub-components may name no character for them.
    subcomponent = characters.count > 3 ? characters[3] : 0
    let all = [field] + characters
    guard Set(all).count == all.count,
      all.allSatisfy({ (0x21...0x7E).contains($0) && !Self.isAlphanumeric($0) })
    else { return nil }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122: true
    default: false
    }
  }
}

/// A character set that MSH-18 may name (HL7 table 0211).
enum HL7CharacterSet: String {
  case ascii = "ASCII"
  case latin1 = "8859/1"
  case latin2 = "8859/2"
  case latin5 = "8859/9"
  case latin9 = "8859/15"
  case utf8 = "UNICODE UTF-8"
  /// No name: ASCII by the standard, UTF-8 where it is.
  case unnamed = ""

  /// Under the names that senders use.
  init?(name: String) {
    let plain = name.uppercased()
    switch plain {
    case "UTF-8", "UTF8", "UNICODE UTF-8": self = .utf8
    case "ASCII", "US-ASCII", "ISO IR6": self = .ascii
    case "8859/1", "ISO-8859-1", "ISO IR100": self = .latin1
    case "8859/2", "ISO-8859-2", "ISO IR101": self = .latin2
    case "8859/9", "ISO-8859-9", "ISO IR148": self = .latin5
    case "8859/15", "ISO-8859-15": self = .latin9
    case "": self = .unnamed
    default: return nil
    }
  }

  /// UTF-8 of the same text; nil where the bytes are not of this set.
  func utf8(_ bytes: [UInt8]) -> [UInt8]? {
    if !bytes.contains(where: { $0 >= 0x80 }) { return bytes }
    switch self {
    case .ascii: return nil
    case .utf8, .unnamed: return String(validating: bytes, as: UTF8.self) == nil ? nil : bytes
    case .latin1, .latin2, .latin5, .latin9:
      var text = String.UnicodeScalarView()
      for byte in bytes {
        guard let scalar = Unicode.Scalar(UInt32(scalar(byte))) else { return nil }
        text.append(scalar)
      }
      return Array(String(text).utf8)
    }
  }

  private func scalar(_ byte: UInt8) -> UInt16 {
    switch self {
    case .latin2 where byte >= 0xA0: Self.latin2Upper[Int(byte - 0xA0)]
    case .latin5: Self.latin5Changes[byte] ?? UInt16(byte)
    case .latin9: Self.latin9Changes[byte] ?? UInt16(byte)
    default: UInt16(byte)
    }
  }

  /// ISO/IEC 8859-15: where it differs from 8859-1.
  private static let latin9Changes: [UInt8: UInt16] = [
    0xA4: 0x20AC, 0xA6: 0x0160, 0xA8: 0x0161, 0xB4: 0x017D, 0xB8: 0x017E, 0xBC: 0x0152, 0xBD: 0x0153, 0xBE: 0x0178,
  ]
  /// ISO/IEC 8859-9: where it differs from 8859-1.
  private static let latin5Changes: [UInt8: UInt16] = [
    0xD0: 0x011E, 0xDD: 0x0130, 0xDE: 0x015E, 0xF0: 0x011F, 0xFD: 0x0131, 0xFE: 0x015F,
  ]
  /// ISO/IEC 8859-2 from 0xA0.
  private static let latin2Upper: [UInt16] = [
    0x00A0, 0x0104, 0x02D8, 0x0141, 0x00A4, 0x013D, 0x015A, 0x00A7, 0x00A8, 0x0160, 0x015E, 0x0164, 0x0179, 0x00AD,
    0x017D, 0x017B, 0x00B0, 0x0105, 0x02DB, 0x0142, 0x00B4, 0x013E, 0x015B, 0x02C7, 0x00B8, 0x0161, 0x015F, 0x0165,
    0x017A, 0x02DD, 0x017E, 0x017C, 0x0154, 0x00C1, 0x00C2, 0x0102, 0x00C4, 0x0139, 0x0106, 0x00C7, 0x010C, 0x00C9,
    0x0118, 0x00CB, 0x011A, 0x00CD, 0x00CE, 0x010E, 0x0110, 0x0143, 0x0147, 0x00D3, 0x00D4, 0x0150, 0x00D6, 0x00D7,
    0x0158, 0x016E, 0x00DA, 0x0170, 0x00DC, 0x00DD, 0x0162, 0x00DF, 0x0155, 0x00E1, 0x00E2, 0x0103, 0x00E4, 0x013A,
    0x0107, 0x00E7, 0x010D, 0x00E9, 0x0119, 0x00EB, 0x011B, 0x00ED, 0x00EE, 0x010F, 0x0111, 0x0144, 0x0148, 0x00F3,
    0x00F4, 0x0151, 0x00F6, 0x00F7, 0x0159, 0x016F, 0x00FA, 0x0171, 0x00FC, 0x00FD, 0x0163, 0x02D9,
  ]
}
