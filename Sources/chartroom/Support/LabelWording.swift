import Model

/// A label in one line, for a person.
enum LabelWording {
  /// `code128 "MRN12345674" = patient, check ok, at 120,80…900,210`.
  static func sentence(_ label: Label) -> String {
    var parts = [label.symbology.rawValue]
    if let text = label.text, !text.description.isEmpty { parts[0] += " \"\(text)\"" }
    if let entry = label.entry {
      parts[0] += " = \(entry)"
    } else if label.isForeign {
      parts.append(label.length.map { "foreign, \($0) bytes" } ?? "fits no entry of the grammar")
    }
    if label.check != .none { parts.append("check \(label.check.rawValue)") }
    if label.origin == .sidecar { parts.append("from the sidecar") }
    if let quad = label.quad { parts.append("at \(place(quad))") }
    return parts.joined(separator: ", ")
  }

  /// Everything that speaks for a reading: `code128 "MRN12345674" = patient, check ok, 5 rows agreed, corners 120,80 900,80
  /// 900,210 120,210`.
  static func evidence(_ label: Label) -> String {
    var label = label
    let place = label.quad.map { ", corners " + corners($0) } ?? ""
    label.quad = nil
    let check = label.check == .none ? ", no check" : ""
    let rows = label.symbology.isMatrix || label.symbology.isPatch ? "" : ", \(Wording.count(label.rows, "row")) agreed"
    return sentence(label) + check + rows + place
  }

  /// `x,y` of each in stored pixels, in the label's own order: its top left first.
  static func corners(_ quad: Quad) -> String { quad.corners.map { "\($0.x),\($0.y)" }.joined(separator: " ") }

  /// `left,top…right,bottom` in stored pixels.
  static func place(_ quad: Quad) -> String {
    let xs = quad.corners.map(\.x).sorted()
    let ys = quad.corners.map(\.y).sorted()
    return "\(xs[0]),\(ys[0])…\(xs[3]),\(ys[3])"
  }
}
