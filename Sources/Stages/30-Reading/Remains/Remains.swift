import Model

/// What is left of labels that nothing read: torn, folded, faded, smeared, inked over, or sound and missed. It is reported with
/// its place, for it may name another patient.
///
/// Where a label may be is asked first, of all looks together: regions of bars, textures of modules, and blocks of ink with
/// paper around; then ``LabelLikelihood`` is asked of each.
struct Remains: Sendable {
  /// Share of its box that the cells of a block fill.
  static let fillMin = 0.42
  /// Shorter and longer side.
  static let sideInches = 0.11...1.6
  static let lengthInches = 0.13...4.2
  /// What is low is at most so many times as long: a word or a line of text.
  static let lowInches = 0.25
  /// Of its box: what is black all over shows nothing of a label.
  static let inkMax = 0.97
  static let lowAspectMax = 2.2
  static let aspectMax = 8.0
  /// Share of ink in two by two cells where blocks touch what is beside them, and shorter side.
  static let denseMin = [0.38, 0.22]
  static let denseInches = 0.15
  /// Faded print falls into pieces: so many cells apart they are one.
  static let pieceCells = 2
  /// Black pixels of a line at the edge that is still paper, in percent of its length: of dense blocks, of what others found.
  static let densePaperPercent = 15
  static let foundPaperPercent = 6
  /// What was read covers less of a candidate.
  static let readShareMax = 0.25
  /// What lies closer to one that is reported is a part of the same label.
  static let sameLabelInches = 0.25
  /// Candidates of a page that are looked at, the largest: no page costs without end.
  static let candidatesMax = 400
  /// Regions of a page that are reported, the likeliest.
  static let reportedMax = 16

  /// Around what was read: bars go on for less than a scan line more.
  static let readMarginInches = 0.05

  /// The page without what was read.
  let view: PageView
  private var looks: Lookalikes { Lookalikes(view: view) }
  let ink: InkBlocks
  private let read: [Box]

  /// - Parameters:
  ///   - read: boxes of what was read, which is taken off the page first: what stands beside a label, as the rest of a sticker does, would look
  ///     like one together with it.
  ///   - ink: of the page as it is.
  init(_ view: PageView, _ ink: InkBlocks, besides read: [Box]) {
    self.read = read
    if read.isEmpty {
      (self.view, self.ink) = (view, ink)
      return
    }
    let margin = view.pixels(Self.readMarginInches)
    self.view = view.erasing(read.map { $0.grown(margin, margin) })
    self.ink = InkBlocks(self.view)
  }

  /// Boxes of the page, the likeliest first, one a label.
  ///
  /// - Parameters:
  ///   - found: where others have looked in vain: regions of bars, textures of modules.
  ///   - symbols: what stands on a grid of modules, and so is a symbol unless it looks like anything but one.
  ///   - logOddsMin: from here on it is reported.
  func boxes(
    found: [Box], symbols: [Box], logOddsMin: Double = LabelLikelihood.reportedLogOdds
  ) -> [Box] {
    let reach = view.pixels(Self.sameLabelInches)
    var labels: [(likeliest: Box, extent: Box)] = []
    for (box, logOdds) in judged(found: found, symbols: symbols).sorted(by: { $0.logOdds > $1.logOdds })
    where isLabel(box, logOdds, logOddsMin, symbols) {
      // Pieces of one label may be likelier than the whole, which then joins them.
      let same = labels.indices.filter { !labels[$0].extent.grown(reach, reach).intersection(box).isEmpty }
      guard let first = same.first else {
        labels.append((box, box))
        continue
      }
      labels[first].extent = same.reduce(box) { $0.union(labels[$1].extent) }
      for other in same.dropFirst().reversed() { labels.remove(at: other) }
    }
    return labels.prefix(Self.reportedMax).map(\.likeliest)
  }

  private func isLabel(_ box: Box, _ logOdds: Double, _ logOddsMin: Double, _ symbols: [Box]) -> Bool {
    let bits = view.bits.crop(box)
    if logOdds >= logOddsMin { return !looks.isPattern(bits, Lookalikes.symbolPattern) && !looks.isMark(box) }
    if logOdds >= LabelLikelihood.symbolLogOdds, symbols.contains(where: { $0.isAlike(box) }) {
      return !looks.isRound(bits) && !looks.isPattern(bits, Lookalikes.symbolPattern) && !looks.isCourses(bits)
        && !looks.isMark(box)
    }
    return logOdds >= LabelLikelihood.speckLogOdds && ink.noise == 0 && isSpecks(bits) && !looks.isMark(box)
  }

  // Nothing but specks, on a page that has none elsewhere: faded print. Strokes of thin letters are thin in one direction only.
  static let specksMin = 0.88
  static let specksInkMax = 0.3
  static let specksAspectMax = 6

  private func isSpecks(_ bits: Bitmap) -> Bool {
    Double(bits.blackCount) <= Self.specksInkMax * Double(bits.width * bits.height)
      && max(bits.width, bits.height) <= Self.specksAspectMax * min(bits.width, bits.height)
      && looks.specksShare(bits) >= Self.specksMin
      && !looks.isRound(bits) && !looks.isPattern(bits, Lookalikes.speckPattern) && !looks.isDotted(bits)
      && !looks.isScreen(bits)
  }

  /// Every candidate that is worth it, with the odds that it is a label.
  private func judged(found: [Box], symbols: [Box]) -> [(box: Box, logOdds: Double)] {
    candidates(found: found).compactMap { box in
      guard Double(view.bits.blackCount(in: box)) <= Self.inkMax * Double(box.area) else { return nil }
      let glance = LabelGlance(box, in: view, noise: ink.noise)
      let mayBeSpecks = ink.noise == 0 && glance.thinInk >= Self.specksMin
      guard glance.isWorthALook || mayBeSpecks || symbols.contains(where: { $0.isAlike(box) }) else { return nil }
      return (box, LabelLikelihood.logOdds(LabelTraits(box, in: view, noise: ink.noise)))
    }
  }

  /// Boxes of ink of a label's size, without paper at their edges, in no order.
  func candidates(found: [Box]) -> [Box] {
    var boxes: [Box] = []
    func add(_ box: Box, _ paperPercent: Int) {
      guard let box = tight(box, paperPercent),
        !read.contains(where: { Double($0.intersection(box).area) > Self.readShareMax * Double(box.area) }),
        !boxes.contains(where: { $0.intersection(box).area * 10 > 9 * max($0.area, box.area) })
      else { return }
      boxes.append(box)
    }
    for box in found { add(box, Self.foundPaperPercent) }
    for group in ink.groups + pieces where isLabelsSize(group) { add(ink.pixels(group.cells, in: view), 0) }
    for group in Self.denseMin.flatMap(dense) where isLabelsSize(group) {
      add(ink.pixels(group.cells, in: view), Self.densePaperPercent)
    }
    return Array(boxes.sorted { $0.area > $1.area }.prefix(Self.candidatesMax))
  }

  private func dense(_ share: Double) -> [CellGroups.Group] {
    ink.dense(share).filter { Double(min($0.cells.width, $0.cells.height) * ink.size) >= Self.denseInches * view.dpi }
  }

  private var pieces: [CellGroups.Group] {
    let texture = ink.texture
    return CellGroups(
      marked: texture.black.map { $0 >= ink.limit }, columns: texture.columns, rows: texture.rows,
      reachX: Self.pieceCells, reachY: Self.pieceCells
    ).boxes
  }

  private func isLabelsSize(_ group: CellGroups.Group) -> Bool {
    Double(group.count) >= Self.fillMin * Double(group.cells.area)
      && isLabelsSize(group.cells.width * ink.size, group.cells.height * ink.size)
  }

  private func isLabelsSize(_ width: Int, _ height: Int) -> Bool {
    let (short, long) = (Double(min(width, height)) / view.dpi, Double(max(width, height)) / view.dpi)
    return Self.sideInches.contains(short) && Self.lengthInches.contains(long)
  }

  /// Without rows and columns at the edges that have next to no ink; nil where no label's size and shape is left.
  private func tight(_ box: Box, _ paperPercent: Int) -> Box? {
    var box = box.clipped(toWidth: view.bits.width, height: view.bits.height)
    func isPaper(_ line: Box) -> Bool { view.bits.blackCount(in: line) < 2 + line.area * paperPercent / 100 }
    while box.height > 0, isPaper(Box(left: box.left, top: box.top, right: box.right, bottom: box.top + 1)) {
      box.top += 1
    }
    while box.height > 0, isPaper(Box(left: box.left, top: box.bottom - 1, right: box.right, bottom: box.bottom)) {
      box.bottom -= 1
    }
    while box.width > 0, isPaper(Box(left: box.left, top: box.top, right: box.left + 1, bottom: box.bottom)) {
      box.left += 1
    }
    while box.width > 0, isPaper(Box(left: box.right - 1, top: box.top, right: box.right, bottom: box.bottom)) {
      box.right -= 1
    }
    guard !box.isEmpty, isLabelsSize(box.width, box.height) else { return nil }
    let (short, long) = (Double(min(box.width, box.height)), Double(max(box.width, box.height)))
    let aspectMax = short < Self.lowInches * view.dpi ? Self.lowAspectMax : Self.aspectMax
    return long <= aspectMax * short ? box : nil
  }
}

extension Box {
  /// Whether two thirds of the larger one are in both.
  fileprivate func isAlike(_ other: Box) -> Bool { intersection(other).area * 3 >= 2 * max(area, other.area) }
}
