import ArgumentParser
import Model

/// Page numbers as a person types them: `1,2`, `3-5`, `1,4-6`.
struct PageList: ExpressibleByArgument {
  var pages: [Int]

  private static let pagesMax = 65_535

  init?(argument: String) {
    pages = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first >= 1, last >= first,
        last <= Self.pagesMax
      else { return nil }
      pages += first...last
    }
  }
}

/// Parts of a document: `1,2/3,4`.
struct PartList: ExpressibleByArgument {
  var parts: [[Int]]

  init?(argument: String) {
    let lists = argument.split(separator: "/", omittingEmptySubsequences: false).map {
      PageList(argument: String($0))
    }
    guard lists.allSatisfy({ $0 != nil }) else { return nil }
    parts = lists.compactMap { $0?.pages }
  }
}

/// A span as a person types it: `36h`, `3d`. A number alone could be either.
struct AgeText: ExpressibleByArgument {
  var hours: Double

  init?(argument: String) {
    let isDays = argument.hasSuffix("d")
    guard isDays || argument.hasSuffix("h"), let number = Double(String(argument.dropLast())), number >= 0,
      number.isFinite
    else { return nil }
    hours = isDays ? number * 24 : number
  }
}

/// A moment in UTC: `2026-11-22`, or `2026-11-22T14:00:00Z`.
struct MomentText: ExpressibleByArgument {
  var moment: Timestamp

  init?(argument: String) {
    guard let moment = Timestamp(argument) ?? Timestamp(argument + "T00:00:00Z") else { return nil }
    self.moment = moment
  }
}
