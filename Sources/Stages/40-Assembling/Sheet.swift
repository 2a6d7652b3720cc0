import Model

/// One piece of paper: a page, or front and back where the station is duplex (RULES *Sheets*: "pages 2k−1 and 2k are one
/// sheet and are never parted").
struct Sheet {
  /// What a sheet is for, before it is known what stands around it.
  enum Role {
    /// A page of it could not be decoded.
    case hole
    case header
    case separator
    /// A separator on one side, and on the other something that no separator has: an exception of its own.
    case suspect
    case blank
    case content
  }

  /// From 1.
  let number: Int
  /// In order of arrival; two at most.
  let pages: [BatchPage]
  let role: Role
  /// What its labels say, both sides together.
  let signs: Signs
  /// A patch code of any kind.
  let hasPatch: Bool

  init(number: Int, pages: [BatchPage], rules: SiteRules, candidates: PatientCandidates) {
    self.number = number
    self.pages = pages
    role = Self.role(of: pages, rules: rules)
    var signs = Signs(of: pages.flatMap(\.labels), rules: rules, candidates: candidates)
    signs.isDoubtful = signs.isDoubtful || pages.contains { $0.hasDoubtfulRegion }
    self.signs = signs
    hasPatch = pages.contains(where: \.hasPatch)
  }

  var holes: [BatchPage] { pages.filter { $0.reading.hole != nil } }
  /// Pages with something on them.
  var inked: [BatchPage] { pages.filter { !$0.isBlank } }
  var blanks: [BatchPage] { pages.filter(\.isBlank) }

  /// The batch as sheets. Numbers count over the whole batch, so that a sheet's number never depends on its neighbours.
  static func all(of pages: [BatchPage], duplex: Bool, rules: SiteRules, candidates: PatientCandidates) -> [Sheet] {
    let byNumber = Dictionary(grouping: pages) { sheetNumber(of: $0.page, duplex: duplex) }
    return byNumber.keys.sorted().map {
      Sheet(
        number: $0, pages: byNumber[$0]!.sorted { $0.page < $1.page }, rules: rules, candidates: candidates)
    }
  }

  static func sheetNumber(of page: Int, duplex: Bool) -> Int { duplex ? (page + 1) / 2 : page }

  private static func role(of pages: [BatchPage], rules: SiteRules) -> Role {
    if pages.contains(where: { $0.reading.hole != nil }) { return .hole }
    if pages.contains(where: { $0.divides(rules) }) { return separatorRole(of: pages, rules: rules) }
    return pages.allSatisfy(\.isBlank) ? .blank : .content
  }
}
