/// A place on the stored page in pixels, x to the right and y down, before any Orientation tag. Written as `[x, y]`.
public struct Point: Hashable, Sendable, Codable {
  public var x: Int
  public var y: Int
  public init(_ x: Int, _ y: Int) {
    self.x = x
    self.y = y
  }
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    x = try container.decode(Int.self)
    y = try container.decode(Int.self)
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(x)
    try container.encode(y)
  }
}

/// Four corners in the label's own frame: top left, top right, bottom right, bottom left **as its reader sees it**, so
/// that a label that lies upside down has its first corner at the bottom right of the page. Written as an array of points.
public struct Quad: Hashable, Sendable, Codable {
  /// Exactly four.
  public private(set) var corners: [Point]

  public init(_ topLeft: Point, _ topRight: Point, _ bottomRight: Point, _ bottomLeft: Point) {
    corners = [topLeft, topRight, bottomRight, bottomLeft]
  }

  /// An upright rectangle; `right` and `bottom` are inclusive.
  public init(left: Int, top: Int, right: Int, bottom: Int) {
    self.init(Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom))
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    corners = try container.decode([Point].self)
    guard corners.count == 4 else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a quad has four corners, not \(corners.count)")
    }
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(corners)
  }

  public var left: Int { corners.map(\.x).min()! }
  public var right: Int { corners.map(\.x).max()! }
  public var top: Int { corners.map(\.y).min()! }
  public var bottom: Int { corners.map(\.y).max()! }

  /// By how many degrees (0, 90, 180, 270) a viewer must turn the stored page clockwise to make this label upright.
  public var turn: Int {
    let dx = corners[1].x - corners[0].x
    let dy = corners[1].y - corners[0].y
    if abs(dx) >= abs(dy) { return dx >= 0 ? 0 : 180 }
    // Reading downwards (dy > 0) the page lies turned clockwise by 90, so 270 more bring it back.
    return dy > 0 ? 270 : 90
  }

  /// Distance between the two upright bounding boxes in pixels, 0 when they touch or overlap.
  public func distance(to other: Quad) -> Double {
    let dx = Double(max(0, max(other.left - right, left - other.right)))
    let dy = Double(max(0, max(other.top - bottom, top - other.bottom)))
    return (dx * dx + dy * dy).squareRoot()
  }
}
