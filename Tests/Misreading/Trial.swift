import Model
import Reading

/// One damaged sheet, made by seed, kind and number, and what stands on it.
public struct Trial: Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    /// A label with what is around it.
    case labels
    /// A third of a page or more, without a label.
    case pages
  }

  public var sheet: Sheet
  /// As the file says: one in ten is wrong.
  public var dpi: Double
  /// Everything that a reader may say; of a label trial the first is the label.
  public var printed: [Printed]
  public var damages: [String]

  public init(_ kind: Kind, seed: UInt64, number: Int, from stock: some PageStock) {
    var dice = Dice(seed: seed &* 2 &+ (kind == .labels ? 0 : 1), number: number)
    switch kind {
    case .labels:
      let isFromStock = dice.isLucky(0.45)
      (sheet, printed) = (isFromStock ? stock.label(&dice) : nil) ?? drawnLabel(stock, &dice)
    case .pages: (sheet, printed) = stock.window(&dice)
    }
    let damages = Damage.some(&dice)
    for damage in damages {
      printed += damage.happen(to: &sheet, from: stock, &dice).filter { kind == .labels || !$0.symbology.isPatch }
    }
    self.damages = damages.map(\.rawValue)
    dpi = dice.isLucky(0.1) ? dice.of([150, 200, 240, 400, 600]) : 300
  }

  /// Reads the sheet and compares. What is called may abort the process.
  public func judged(by grammar: GrammarReader) -> Judgement {
    let read = readLabels(sheet.raster, dpi: [dpi, dpi])
    var judgement = Judgement(isRead: false, isReported: !read.unreadable.isEmpty)
    for (label, tier) in read.labels {
      if isPrinted(label) {
        if label.symbology == printed[0].symbology, label.text.bytes == printed[0].bytes { judgement.isRead = true }
        continue
      }
      let meant = grammar.label(from: label, origin: .page)
      judgement.wrong.append(
        WrongRead(label: label, tier: tier, entry: meant.check == .failed ? nil : meant.entry))
    }
    return judgement
  }

  private func isPrinted(_ label: RawLabel) -> Bool {
    printed.contains { printed in
      guard !label.symbology.isPatch else { return Self.sameBars(printed.symbology, label.symbology) }
      return printed.symbology == label.symbology && printed.bytes == label.text.bytes
    }
  }

  /// Upside down 1 is 6 and 3 is T; which way up a part of a page lies nobody knows.
  private static func sameBars(_ a: Symbology, _ b: Symbology) -> Bool {
    let both: Set<Symbology> = [a, b]
    return a == b || both == Set([.patch1, .patch6]) || both == Set([.patch3, .patchT])
  }
}

/// A read of what stands nowhere on the sheet.
public struct WrongRead: Sendable {
  public var label: RawLabel
  public var tier: ReadingTier
  /// The entry of the grammar that takes it for a label of ours, its checks passed; nil for most.
  public var entry: String?
}

public struct Judgement: Sendable {
  /// The sheet's label was read.
  public var isRead: Bool
  /// A label-like region was reported as unreadable.
  public var isReported: Bool
  public var wrong: [WrongRead] = []
}
