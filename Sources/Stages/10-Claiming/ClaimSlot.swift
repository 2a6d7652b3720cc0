import Model

/// The fixed names in a claim's folder `<claimed>/<batch id>/`: names from outside never become paths there.
///
///     source-000000, source-000001, …   the batch's sources in order (`sources[k]` of the manifest)
///     sidecar                           its sidecar, if it has one
///     marker-000000, …                  done-markers that spoke for it
///     incoming-<slot>                   a copy that is not compared yet, or the sign that the file must be copied: it lies on another
///                                       filesystem, or a sync of it failed
///     stray-<slot>                      a file that slipped in under a name while it was taken and could not go back
public enum ClaimSlot: Hashable, Sendable, Codable, Comparable {
  /// Index into the batch's sources, from 0.
  case source(Int)
  case sidecar
  case marker(Int)

  public var name: [UInt8] {
    switch self {
    case .source(let index): Array("source-\(Self.digits(index))".utf8)
    case .sidecar: Array("sidecar".utf8)
    case .marker(let index): Array("marker-\(Self.digits(index))".utf8)
    }
  }

  /// nil for anything that is no slot's name.
  public init?(name: [UInt8]) {
    let text = String(decoding: name, as: UTF8.self)
    if text == "sidecar" {
      self = .sidecar
      return
    }
    let parts = text.split(separator: "-", maxSplits: 1)
    guard parts.count == 2, parts[1].utf8.count >= 6, parts[1].utf8.allSatisfy(isDigit), let index = Int(parts[1])
    else {
      return nil
    }
    switch parts[0] {
    case "source": self = .source(index)
    case "marker": self = .marker(index)
    default: return nil
    }
    guard self.name == name else { return nil }
  }

  var incoming: [UInt8] { Array("incoming-".utf8) + name }
  var stray: [UInt8] { Array("stray-".utf8) + name }

  private static func digits(_ index: Int) -> String {
    let text = String(index)
    return String(repeating: "0", count: max(0, 6 - text.utf8.count)) + text
  }
}

extension ReadyBatch {
  /// Every file of the batch with its slot, in the order of taking: markers last, because they speak for the others until
  /// those are gone.
  public var slots: [(slot: ClaimSlot, item: ReadyItem)] {
    items.enumerated().map { (.source($0.offset), $0.element) } + (sidecar.map { [(.sidecar, $0)] } ?? [])
      + markers.enumerated().map { (.marker($0.offset), $0.element) }
  }
}
