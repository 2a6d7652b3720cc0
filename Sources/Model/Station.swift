/// How one station's files are taken and read (`stations.<name>` of pipeline.json). Every setting has the sample's default.
public struct Station: Hashable, Sendable, Codable {
  public enum Batches: String, Codable, Hashable, Sendable { case file, folder }
  public enum SidecarRule: String, Codable, Hashable, Sendable { case optional, required }
  /// How a writer says that it is done: nothing (`settle`), a marker file beside it (`marker`), or a rename into place (`rename`).
  public enum Done: String, Codable, Hashable, Sendable { case settle, marker, rename }
  public enum LabelOn: String, Codable, Hashable, Sendable { case first, sheet, page }

  /// Pages 2k−1 and 2k are one sheet.
  public var duplex: Bool
  public var batches: Batches
  public var sidecar: SidecarRule
  public var done: Done
  /// File name suffix of the marker, added to the file's or folder's name.
  public var doneSuffix: String
  /// Joins numbered single-page files of one prefix into one batch.
  public var joinPages: Bool
  /// Which pages must carry a patient label.
  public var labelOn: LabelOn
  /// Document type where nothing else says one.
  public var typeDefault: String?
  /// How long an unknown MRN or encounter waits for the next patient import.
  public var waitingHours: Double
  /// Level of all that comes from here; nil: normal.
  public var confidentiality: Confidentiality?

  public init(
    duplex: Bool = false, batches: Batches = .file, sidecar: SidecarRule = .optional, done: Done = .settle,
    doneSuffix: String = ".done", joinPages: Bool = false, labelOn: LabelOn = .first, typeDefault: String? = nil,
    waitingHours: Double = 24, confidentiality: Confidentiality? = nil
  ) {
    self.duplex = duplex
    self.batches = batches
    self.sidecar = sidecar
    self.done = done
    self.doneSuffix = doneSuffix
    self.joinPages = joinPages
    self.labelOn = labelOn
    self.typeDefault = typeDefault
    self.waitingHours = waitingHours
    self.confidentiality = confidentiality
  }

  public init(from decoder: any Decoder) throws {
    let c = try decoder.container(keyedBy: CodingKeys.self)
    let d = Station()
    duplex = try c.decodeIfPresent(Bool.self, forKey: .duplex) ?? d.duplex
    batches = try c.decodeIfPresent(Batches.self, forKey: .batches) ?? d.batches
    sidecar = try c.decodeIfPresent(SidecarRule.self, forKey: .sidecar) ?? d.sidecar
    done = try c.decodeIfPresent(Done.self, forKey: .done) ?? d.done
    doneSuffix = try c.decodeIfPresent(String.self, forKey: .doneSuffix) ?? d.doneSuffix
    joinPages = try c.decodeIfPresent(Bool.self, forKey: .joinPages) ?? d.joinPages
    labelOn = try c.decodeIfPresent(LabelOn.self, forKey: .labelOn) ?? d.labelOn
    typeDefault = try c.decodeIfPresent(String.self, forKey: .typeDefault)
    waitingHours = try c.decodeIfPresent(Double.self, forKey: .waitingHours) ?? d.waitingHours
    confidentiality = try c.decodeIfPresent(Confidentiality.self, forKey: .confidentiality)
  }
}

/// One document type of the site (`documentTypes.<code>`).
public struct DocumentType: Hashable, Sendable, Codable {
  /// `every`: each page repeats the type label; `first`: a type label starts a new document.
  public enum TypeLabelOn: String, Codable, Hashable, Sendable { case first, every }
  public var name: String
  /// LOINC code, e.g. `59284-0`.
  public var loinc: String
  public var typeLabelOn: TypeLabelOn
  /// Most pages that one document may have, blanks not counted; nil: no limit.
  public var pagesMax: Int?
  /// A demand stricter than the station's; nil: the station's.
  public var labelOn: Station.LabelOn?
  /// Level of every document of this type; nil: normal.
  public var confidentiality: Confidentiality?
  /// Days within which a look-alike is a possible duplicate, 0: never; nil: the site's.
  public var duplicateDays: Double?

  public init(
    name: String, loinc: String, typeLabelOn: TypeLabelOn = .first, pagesMax: Int? = nil,
    labelOn: Station.LabelOn? = nil, confidentiality: Confidentiality? = nil, duplicateDays: Double? = nil
  ) {
    self.name = name
    self.loinc = loinc
    self.typeLabelOn = typeLabelOn
    self.pagesMax = pagesMax
    self.labelOn = labelOn
    self.confidentiality = confidentiality
    self.duplicateDays = duplicateDays
  }
}
