/// When a file is taken: RULES *Ready*, as settings with the sample site's defaults.
public struct ClaimingRules: Hashable, Sendable {
  /// Seconds that size and modification time must have kept since we first saw them.
  public var settleSeconds: Double
  /// Seconds without a new or changed file after which a folder (or a run of numbered files) is a whole batch.
  public var folderQuietSeconds: Double
  /// Minutes after which an incomplete file, or one whose sidecar or image does not come, is taken as it is.
  public var incompleteMinutes: Double
  /// Names that are never looked at; `*` any bytes, `?` one byte, ASCII letters in either case.
  public var ignore: [NamePattern]
  /// Files watched at once, over all stations (some 250 bytes each). More wait unseen until earlier ones are gone.
  public var filesMax: Int
  /// Oddities listed in one report; more are only counted.
  public var odditiesMax: Int

  public init(
    settleSeconds: Double = 5, folderQuietSeconds: Double = 30, incompleteMinutes: Double = 60,
    ignore: [NamePattern] = ClaimingRules.ignoreDefault, filesMax: Int = 100_000, odditiesMax: Int = 1000
  ) {
    self.settleSeconds = settleSeconds
    self.folderQuietSeconds = folderQuietSeconds
    self.incompleteMinutes = incompleteMinutes
    self.ignore = ignore
    self.filesMax = filesMax
    self.odditiesMax = odditiesMax
  }

  /// Half-written files of the usual writers, and what desktops and file servers leave in folders.
  public static let ignoreDefault: [NamePattern] = [
    ".*", "*.tmp", "*.temp", "*.part", "*.partial", "*.filepart", "*.crdownload", "*.swp", "*.lck", "~$*", "*~",
    "Thumbs.db", "ehthumbs.db", "desktop.ini", "$RECYCLE.BIN", "System Volume Information", "lost+found", "@eaDir",
    "#recycle",
  ]

  public func ignores(_ name: [UInt8]) -> Bool { ignore.contains { $0.matches(name) } }
}
