import Glibc
import Model

/// What looks like the rest of a label and is none: holes that were punched, corners that are turned down, patterns, dotted lines.
struct Lookalikes: Sendable {
  /// Wider runs of ink are no specks.
  static let speckInches = 0.01
  /// Of the ink in a hole or a corner, in runs as thin as specks; modules are wider.
  static let specksMin = 0.5

  let view: PageView

  private var speck: Int { max(1, view.pixels(Self.speckInches)) }

  /// Of its ink what lies in runs as thin as specks, along rows and along columns, the lesser.
  func specksShare(_ bits: Bitmap) -> Double {
    min(InkRuns(bits, thin: speck).thinShare, InkRuns(bits.transposed(), thin: speck).thinShare)
  }

  /// Ink of the corners, as a share of the whole's.
  static let cornerMin = 0.4

  func isRound(_ bits: Bitmap) -> Bool {
    let ink = Double(bits.blackCount) / Double(max(1, bits.width * bits.height))
    return LabelTraits.corners(of: bits, ink: ink).mean < Self.cornerMin
  }

  // MARK: What repeats itself

  /// So far apart is what repeats itself: dots of a printer's screen, bricks, checks.
  static let patternInchesMax = 0.25
  /// By so much more is a pattern like itself, moved so far, than moved less.
  static let patternRise = 0.25
  /// How much it is like itself, moved to the right and moved down: of specks that a faded label left 0.31 was the most in one of the two, of
  /// screens 0.48 the least in both; of a symbol with stripes of a pen across 0.64 was the least in both, of bricks 0.77.
  static let (speckPattern, symbolPattern) = (0.4, 0.7)
  /// Courses of bricks: stripes, alike however far they are moved along, that come again, moved across.
  static let (stripes, courses) = (0.35, 0.45)

  func isPattern(_ bits: Bitmap, _ likenessMin: Double) -> Bool {
    repeats(bits).allSatisfy { $0.again >= likenessMin }
  }

  func isCourses(_ bits: Bitmap) -> Bool {
    let (across, along) = (repeats(bits)[0], repeats(bits)[1])
    return along.least >= Self.stripes && across.again >= Self.courses
      || across.least >= Self.stripes && along.again >= Self.courses
  }

  /// How much it is like itself, moved down and moved to the right: the least, and what it comes to again.
  private func repeats(_ bits: Bitmap) -> [(least: Double, again: Double)] {
    [bits, bits.transposed()].map { bits in
      var (least, again) = (1.0, 0.0)
      for distance in 1...max(1, min(bits.height / 2, view.pixels(Self.patternInchesMax))) {
        let likeness = bits.likeness(of: distance)
        if likeness >= least + Self.patternRise { again = max(again, likeness) }
        least = min(least, likeness)
      }
      return (least, again)
    }
  }

  /// Dots of a printer's screen lie so far apart, in two directions that differ by so much at least, whatever they are.
  static let screenInches = 0.012...0.06
  static let screenAngleMin = Double.pi / 6
  static let screenLikeness = 0.4

  /// Specks that are like themselves moved in two directions: a printer's screen, at any angle.
  func isScreen(_ bits: Bitmap) -> Bool {
    let (least, most) = (max(2, view.pixels(Self.screenInches.lowerBound)), view.pixels(Self.screenInches.upperBound))
    var angles: [Double] = []
    for down in 0...most {
      for right in -most...most where right * right + down * down >= least * least && (down > 0 || right > 0) {
        guard bits.likeness(movedRight: right, down: down) >= Self.screenLikeness else { continue }
        angles.append(atan2(Double(down), Double(right)))
      }
    }
    return angles.contains { angle in
      let apart = abs(angle - angles[0])
      return min(apart, .pi - apart) >= Self.screenAngleMin
    }
  }

  // MARK: Dotted lines

  /// Share of the rows that holds nearly all ink of dotted lines, and what of it.
  static let (dottedRows, dottedInk) = (0.3, 0.85)

  /// Specks that lie on lines across the page or down: leaders of a form, perforations.
  func isDotted(_ bits: Bitmap) -> Bool {
    [bits, bits.transposed()].contains { bits in
      let rows = (0..<bits.height).map {
        bits.blackCount(in: Box(left: 0, top: $0, right: bits.width, bottom: $0 + 1))
      }.sorted(by: >)
      let fullest = rows.prefix(Int(Self.dottedRows * Double(rows.count))).reduce(0, +)
      return Double(fullest) >= Self.dottedInk * Double(max(1, rows.reduce(0, +)))
    }
  }

  /// What is seen of the lid behind the page.
  func isMark(_ box: Box) -> Bool { isHole(box) || isCorner(box) }

  // MARK: Holes

  /// Radius of a hole that was punched (ISO 838: 6 mm across), and how far its middle is at most from the page's edge.
  static let holeRadiusInches = 0.085...0.165
  static let holeEdgeInches = 1.0
  /// A circle is looked at in so many sectors; some may be crossed by a line.
  static let (holeSectors, holeSectorsMin) = (16, 13)
  /// Of the box, what lies in the hole's own.
  static let holeShareMin = 0.7
  /// Of a whole hole, from its middle to that of its ink; specks may stand beside it, and make its box larger.
  static let holeSlackInches = 0.04
  static let (holeWithSpecksInches, holeWithSpecksShareMin) = (0.5, 0.3)
  static let (holeStepInches, holeBandInches, holeGapInches) = (0.0134, 0.024, 0.006)

  /// A hole through which a speckled lid is seen, or a part of one.
  func isHole(_ box: Box) -> Bool {
    specksShare(view.bits.crop(box)) >= Self.specksMin
      && hole(at: box, slackInches: Self.holeRadiusInches.upperBound, shareMin: Self.holeShareMin) != nil
  }

  /// Holes of the page, whatever is seen through them.
  func holes() -> [Box] {
    let ink = InkBlocks(view)
    let least = 2 * Self.holeRadiusInches.lowerBound
    let sides = view.pixels(least)...view.pixels(Self.holeWithSpecksInches)
    return ink.groups.compactMap { group in
      let box = inked(ink.pixels(group.cells, in: view))
      guard sides.contains(box.width), sides.contains(box.height) else { return nil }
      let beside = Double(max(box.width, box.height)) / view.dpi - least
      return hole(at: box, slackInches: beside / 2 + Self.holeSlackInches, shareMin: Self.holeWithSpecksShareMin)
    }
  }

  /// The hole that a box of ink lies in: ink up to a circle, and within it, and paper around it.
  /// - Parameters:
  ///   - slackInches: how far its middle may be from the box's.
  ///   - shareMin: what of the box lies in the hole's own.
  private func hole(at box: Box, slackInches: Double, shareMin: Double) -> Box? {
    let radii = view.pixels(Self.holeRadiusInches.lowerBound)...view.pixels(Self.holeRadiusInches.upperBound)
    let reach = radii.upperBound
    let (middleX, middleY) = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
    guard !box.isEmpty, max(box.width, box.height) <= 3 * reach,
      min(box.left, box.top, view.bits.width - box.right, view.bits.height - box.bottom)
        <= view.pixels(Self.holeEdgeInches)
    else { return nil }
    let (step, slack) = (max(1, view.pixels(Self.holeStepInches)), view.pixels(slackInches))
    for y in stride(from: middleY - slack, through: middleY + slack, by: step) {
      for x in stride(from: middleX - slack, through: middleX + slack, by: step) {
        for radius in stride(from: radii.lowerBound, through: reach, by: max(1, step / 2)) {
          let disc = Box(left: x - radius, top: y - radius, right: x + radius + 1, bottom: y + radius + 1)
          if Double(disc.intersection(box).area) >= shareMin * Double(box.area),
            isHole(x, y, radius: radius)
          {
            return disc
          }
        }
      }
    }
    return nil
  }

  private func isHole(_ x: Int, _ y: Int, radius: Int) -> Bool {
    let (band, gap) = (max(2, view.pixels(Self.holeBandInches)), max(1, view.pixels(Self.holeGapInches)))
    var missed = 0
    for sector in 0..<Self.holeSectors {
      // A ring that somebody drew has nothing within.
      if !hasInk(x, y, sector, radius - band..<radius + 1) || !hasInk(x, y, sector, radius / 4..<radius * 2 / 3)
        || hasInk(x, y, sector, radius + gap..<radius + gap + band)
      {
        missed += 1
        if missed > Self.holeSectors - Self.holeSectorsMin { return false }
      }
    }
    return true
  }

  /// Of a box what is around its ink.
  private func inked(_ box: Box) -> Box {
    func isPaper(_ line: Box) -> Bool { view.bits.blackCount(in: line) == 0 }
    var box = box
    while !box.isEmpty, isPaper(Box(left: box.left, top: box.top, right: box.right, bottom: box.top + 1)) {
      box.top += 1
    }
    while !box.isEmpty, isPaper(Box(left: box.left, top: box.bottom - 1, right: box.right, bottom: box.bottom)) {
      box.bottom -= 1
    }
    while !box.isEmpty, isPaper(Box(left: box.left, top: box.top, right: box.left + 1, bottom: box.bottom)) {
      box.left += 1
    }
    while !box.isEmpty, isPaper(Box(left: box.right - 1, top: box.top, right: box.right, bottom: box.bottom)) {
      box.right -= 1
    }
    return box
  }

  /// Whether anything is black in a sector, at these distances from the middle.
  private func hasInk(_ x: Int, _ y: Int, _ sector: Int, _ distances: Range<Int>) -> Bool {
    let width = 2 * Double.pi / Double(Self.holeSectors)
    let steps = max(1, Int((width * Double(distances.upperBound)).rounded(.up)))
    for part in 0..<steps {
      let angle = width * (Double(sector) + Double(part) / Double(steps))
      let (across, down) = (cos(angle), sin(angle))
      for distance in distances {
        let (column, row) = (
          x + Int((across * Double(distance)).rounded()), y + Int((down * Double(distance)).rounded())
        )
        guard column >= 0, row >= 0, column < view.bits.width, row < view.bits.height else { continue }
        if view.bits[column, row] { return true }
      }
    }
    return false
  }

  // MARK: Corners

  /// Sides of a corner that is turned down, and how far from the page's own corner what is seen of it may lie.
  static let foldedInchesMax = 0.9
  static let foldedEdgeInches = 0.2
  /// What is found of it may be less: its sides are up to so many times as long.
  static let foldedSides = [1, 1.25, 1.5, 2, 3, 4]
  /// Of the ink of the square around it, what lies beyond the fold; of the triangle, what is black.
  static let (beyondFoldMax, foldedInkMin) = (0.12, 0.015)

  /// A corner of the page that is turned down, where a speckled lid is seen: a triangle of specks.
  func isCorner(_ box: Box) -> Bool {
    let (width, height) = (view.bits.width, view.bits.height)
    let (isLeft, isTop) = (box.left < width - box.right, box.top < height - box.bottom)
    let (nearX, nearY) = (isLeft ? box.left : width - box.right, isTop ? box.top : height - box.bottom)
    let most = view.pixels(Self.foldedInchesMax)
    guard max(nearX, nearY) <= view.pixels(Self.foldedEdgeInches), max(box.width, box.height) <= most,
      specksShare(view.bits.crop(box)) >= Self.specksMin
    else { return false }
    return [(nearX, nearY), (0, 0)].contains { x, y in
      Self.foldedSides.contains { across in
        Self.foldedSides.contains { down in
          isFolded(
            isLeft ? x : width - x, isTop ? y : height - y, isLeft: isLeft, isTop: isTop,
            across: min(most, Int(across * Double(nearX - x + box.width))),
            down: min(most, Int(down * Double(nearY - y + box.height))))
        }
      }
    }
  }

  /// Whether ink fills a triangle with its right angle at a place, and not what makes a rectangle of it.
  private func isFolded(_ x: Int, _ y: Int, isLeft: Bool, isTop: Bool, across: Int, down: Int) -> Bool {
    var (within, beyond) = (0, 0)
    for line in 0..<down {
      let row = isTop ? y + line : y - 1 - line
      guard row >= 0, row < view.bits.height else { break }
      let fold = across * (down - line) / down
      let strips = isLeft ? [(x, x + fold), (x + fold, x + across)] : [(x - fold, x), (x - across, x - fold)]
      let ink = strips.map {
        view.bits.blackCount(in: Box(left: max(0, $0.0), top: row, right: min(view.bits.width, $0.1), bottom: row + 1))
      }
      within += ink[0]
      beyond += ink[1]
    }
    return Double(within) * 2 >= Self.foldedInkMin * Double(across * down)
      && Double(beyond) <= Self.beyondFoldMax * Double(within + beyond)
  }
}

extension Bitmap {
  /// How much of what is black is black again so many pixels to the right and down: 1 all, 0 as by chance, of pixels of this density.
  fileprivate func likeness(movedRight right: Int, down: Int) -> Double {
    let (columns, rows) = (width - abs(right), height - down)
    guard columns > 0, rows > 0 else { return 0 }
    let (here, there) = (max(0, -right), max(0, right))
    let first = crop(Box(left: here, top: 0, right: here + columns, bottom: rows))
    let second = crop(Box(left: there, top: down, right: there + columns, bottom: down + rows))
    let both = zip(first.words, second.words).reduce(0) { $0 + ($1.0 & $1.1).nonzeroBitCount }
    let density = Double(blackCount) / Double(width * height)
    let area = Double(columns * rows)
    return density > 0 && density < 1 ? (Double(both) / area - density * density) / (density - density * density) : 0
  }
}
