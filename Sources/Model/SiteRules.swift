/// What Assembling and Indexing must know of the configuration.
public struct SiteRules: Hashable, Sendable, Codable {
  /// The facility's own assigning authority: what a label that names none means.
  public var authority: String
  public var types: [String: DocumentType]
  public var requireKnownEncounter: Bool
  /// Ink outside patch and labels (share of the page, 0…1) up to which a page with a patch is a separator.
  public var separatorInkMax: Double
  /// Within this distance of a readable patient label an unreadable region is `label-over-label`. Millimetres.
  public var labelOverLabelMillimetres: Double
  public init(
    authority: String, types: [String: DocumentType], requireKnownEncounter: Bool = false,
    separatorInkMax: Double = 0.005,
    labelOverLabelMillimetres: Double = 10
  ) {
    self.authority = authority
    self.types = types
    self.requireKnownEncounter = requireKnownEncounter
    self.separatorInkMax = separatorInkMax
    self.labelOverLabelMillimetres = labelOverLabelMillimetres
  }
}

/// What came with a batch beside its documents: the sidecar's word, else that of its first header sheet, or nothing.
public struct BatchHeader: Hashable, Sendable, Codable {
  @Nullable public var `operator`: String?
  @Nullable public var box: String?
  @Nullable public var expectedSheets: Int?
  @Nullable public var expectedPages: Int?
  public init(operator: String? = nil, box: String? = nil, expectedSheets: Int? = nil, expectedPages: Int? = nil) {
    self.operator = `operator`
    self.box = box
    self.expectedSheets = expectedSheets
    self.expectedPages = expectedPages
  }
}
