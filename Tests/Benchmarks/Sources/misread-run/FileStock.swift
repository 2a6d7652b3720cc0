import Foundation
import Misreading
import Model

/// Pages that the generator drew, mapped into memory: all processes share them.
struct FileStock: PageStock {
  /// Sets of black-and-white pages, in this order; a set that is not there is left out.
  static let sets = ["core", "big", "stress", "torn", "patch", "bait", "labels"]

  /// Bars that are a patch code but for their number or size: cut or stretched some are one, and nobody could say so.
  static let nearlyPatch = "near patches"

  private struct Truth: Decodable {
    struct Page: Decodable {
      var page: String
      var condition: String
      var labels: [Label]
    }
    struct Label: Decodable {
      var symbology: Symbology
      var text: String
      var quad: [[Double]]
    }
    var pages: [Page]
  }

  private struct Page {
    var data: Data
    var header: Int
    var width: Int
    var height: Int
    var labels: [(printed: Printed, left: Int, top: Int, right: Int, bottom: Int)]

    func part(left: Int, top: Int, width: Int, height: Int) -> Sheet {
      data.withUnsafeBytes {
        Sheet(
          packed: UnsafeRawBufferPointer(rebasing: $0[header...]), rowBytes: (self.width + 7) / 8, left: left, top: top,
          width: width, height: height)
      }
    }

    func printed(left: Int, top: Int, width: Int, height: Int) -> [Printed] {
      labels.filter { $0.left < left + width && $0.right > left && $0.top < top + height && $0.bottom > top }
        .map(\.printed)
    }
  }

  private var pages: [Page] = []
  /// Page and label.
  private var labels: [(page: Int, label: Int)] = []
  private var bare: [Int] = []
  private var patches: [Int] = []

  /// - Parameter folder: of the benchmark, with a folder a set.
  init(_ folder: URL) throws {
    for set in Self.sets {
      let truth = folder.appending(path: "\(set)/truth.json")
      guard FileManager.default.fileExists(atPath: truth.path) else { continue }
      for page in try JSONDecoder().decode(Truth.self, from: Data(contentsOf: truth)).pages
      where page.condition != Self.nearlyPatch {
        try add(page, at: folder.appending(path: "\(set)/\(page.page)"))
      }
    }
    guard !labels.isEmpty, !bare.isEmpty else { throw BadPages(folder: folder.path) }
  }

  private mutating func add(_ page: Truth.Page, at url: URL) throws {
    let data = try Data(contentsOf: url, options: .alwaysMapped)
    // "P4\nWIDTH HEIGHT\n", as the generator writes it.
    guard data.starts(with: Data("P4\n".utf8)), let end = data[3...].firstIndex(of: 0x0A) else {
      throw BadPages(folder: url.path)
    }
    let size = String(decoding: data[3..<end], as: UTF8.self).split(separator: " ").compactMap { Int($0) }
    guard size.count == 2 else { throw BadPages(folder: url.path) }
    let known = page.labels.map { label in
      let (x, y) = (label.quad.map { Int($0[0]) }, label.quad.map { Int($0[1]) })
      return (Printed(label.symbology, label.text), x.min()!, y.min()!, x.max()!, y.max()!)
    }
    if known.isEmpty { bare.append(pages.count) }
    for (place, label) in page.labels.enumerated() {
      if label.symbology.isPatch { patches.append(pages.count) } else { labels.append((pages.count, place)) }
    }
    pages.append(Page(data: data, header: end + 1, width: size[0], height: size[1], labels: known))
  }

  func label(_ dice: inout Dice) -> (sheet: Sheet, printed: [Printed])? {
    let place = dice.of(labels)
    let page = pages[place.page]
    let label = page.labels[place.label]
    let around = (0..<4).map { _ in dice.whole(50...170) }
    let (left, top) = (label.left - around[0], label.top - around[1])
    let (width, height) = (label.right + around[2] - left, label.bottom + around[3] - top)
    let others = page.printed(left: left, top: top, width: width, height: height).filter { $0 != label.printed }
    return (page.part(left: left, top: top, width: width, height: height), [label.printed] + others)
  }

  func piece(_ dice: inout Dice, width: Int, height: Int) -> Sheet {
    let page = pages[dice.of(bare)]
    return page.part(
      left: dice.whole(0...max(0, page.width - width)), top: dice.whole(0...max(0, page.height - height)), width: width,
      height: height)
  }

  func window(_ dice: inout Dice) -> (sheet: Sheet, printed: [Printed]) {
    let page = pages[dice.isLucky(0.1) && !patches.isEmpty ? dice.of(patches) : dice.of(bare)]
    // A third of the page: so much of its width and the rest of its height.
    let share = dice.between(0.5, 1)
    let (width, height) = (Int(Double(page.width) * share), Int(Double(page.height) / share / 3) + 1)
    let (left, top) = (dice.whole(0...page.width - width), dice.whole(0...max(0, page.height - height)))
    return (
      page.part(left: left, top: top, width: width, height: height),
      page.printed(left: left, top: top, width: width, height: height)
    )
  }
}

struct BadPages: Error, CustomStringConvertible {
  var folder: String
  var description: String { "\(folder) holds no pages that this program reads; draw them with Tests/Benchmarks/run" }
}
