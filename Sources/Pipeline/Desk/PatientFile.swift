import Archiving
import Formats
import Journaling
import Model
import System

/// One file of the patient index as it lies on the disk.
public struct PatientFile: Sendable {
  public enum Format: String, Hashable, Sendable, Codable, CaseIterable {
    /// RFC 4180, with the columns of RULES *Patient index*.
    case csv
    /// HL7 v2 ADT messages.
    case hl7
    /// A FHIR R4 Bundle in JSON.
    case fhir
  }
  public let format: Format
  /// As the archive keeps it: it also says which of the two CSV files it is.
  public let kind: RecordKind
  public let sha256: ContentDigest
  let source: FileSource
  private let order: PatientImport.Order
  private let feed: PatientFeed

  init(_ source: FileSource, format: Format, sha256: ContentDigest, numbering: PatientNumbering) throws {
    self.source = source
    self.format = format
    self.sha256 = sha256
    switch format {
    case .csv:
      let csv = try PatientCSV(isPossibleMRN: numbering.isPossible) { source.pieces() }
      (kind, order, feed) = (csv.kind == .patients ? .patients : .encounters, .any, csv.feed)
    case .hl7:
      (kind, order) = (.hl7, .asWritten)
      feed = { take in
        try ADTFeed(numbering).read(source, event: { try take(.event($0)) }, reject: { try take(.reject($0)) })
      }
    case .fhir:
      (kind, order) = (.fhir, .asWritten)
      feed = { take in
        try BundleFeed(numbering).read(source, event: { try take(.event($0)) }, reject: { try take(.reject($0)) })
      }
    }
  }

  /// - Parameter clearance: what whoever takes it may see.
  func taken(at moment: Timestamp, clearance: Confidentiality) -> PatientImport {
    var taken = PatientImport(order: order, file: sha256, importedAt: moment, feed: feed)
    taken.clearance = clearance
    return taken
  }
}

extension PatientFile.Format {
  /// By its first bytes: `{` is JSON, a header segment is HL7, all else is CSV.
  /// - Throws: ``PatientFileError/notReadable(_:)`` for what is none of the three for sure, `SourceError`.
  init(of source: FileSource) throws {
    var start = try source.read(at: 0, count: min(4096, source.count))[...]
    if start.starts(with: [0xEF, 0xBB, 0xBF]) { start = start.dropFirst(3) }
    start = start.drop { $0 == 0x0B || $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
    let isHeader = ["MSH", "FHS", "BHS"].contains { start.starts(with: Array($0.utf8)) }
    switch start.first {
    case UInt8(ascii: "{"): self = .fhir
    case UInt8(ascii: "<"): throw PatientFileError.notReadable("XML; FHIR is read as JSON")
    case 0xFF, 0xFE: throw PatientFileError.notReadable("UTF-16; write UTF-8")
    default: self = isHeader && start.count > 3 && !Self.isNameByte(start[start.startIndex + 3]) ? .hl7 : .csv
    }
  }

  /// A column may start with the same three letters.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "_"), 48...57, 65...90, 97...122: true
    default: false
    }
  }
}

public enum PatientFileError: Error, Hashable, Sendable, CustomStringConvertible {
  case notReadable(String)
  public var description: String {
    switch self {
    case .notReadable(let what): "the file is \(what)"
    }
  }
}

extension FileSource {
  /// Its bytes in order, 256 KiB at a time; none at the end.
  fileprivate func pieces() -> PatientBytes {
    var position = 0
    return {
      let bytes = try read(at: position, count: min(256 << 10, count - position))
      position += bytes.count
      return bytes
    }
  }
}
