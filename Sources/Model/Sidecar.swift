/// `NAME.json` beside `NAME.tif` (`chartroom.sidecar/1`): what a hand scanner or scan software knows about its file.
public struct Sidecar: Hashable, Sendable, Codable {
  public static let schema = "chartroom.sidecar/1"
  public struct GivenLabel: Hashable, Sendable, Codable {
    /// Page from 1.
    public var page: Int
    public var symbology: Symbology
    /// Not escaped: the label's text as UTF-8.
    public var text: String
    public init(page: Int, symbology: Symbology, text: String) {
      self.page = page
      self.symbology = symbology
      self.text = text
    }
  }
  public var schema: String
  public var duplex: Bool?
  public var `operator`: String?
  public var box: String?
  public var expectedSheets: Int?
  public var expectedPages: Int?
  /// `YYYY-MM-DD`.
  public var birthDate: String?
  /// As in the patient index: `F`, `M`, `O`, `U`.
  public var sex: String?
  public var family: String?
  /// Document type for the whole file (`type` of RULES *Whose it is*), given as a label or here.
  public var labels: [GivenLabel]?

  public init(
    schema: String = Sidecar.schema, duplex: Bool? = nil, operator: String? = nil, box: String? = nil,
    expectedSheets: Int? = nil,
    expectedPages: Int? = nil, birthDate: String? = nil, sex: String? = nil, family: String? = nil,
    labels: [GivenLabel]? = nil
  ) {
    self.schema = schema
    self.duplex = duplex
    self.operator = `operator`
    self.box = box
    self.expectedSheets = expectedSheets
    self.expectedPages = expectedPages
    self.birthDate = birthDate
    self.sex = sex
    self.family = family
    self.labels = labels
  }
}
