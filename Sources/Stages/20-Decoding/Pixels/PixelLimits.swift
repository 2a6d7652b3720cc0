/// Grows with no surprise: products of sizes from a file's header, nil on overflow.
func product(_ factors: Int...) -> Int? {
  var total = 1
  for factor in factors {
    let (next, overflow) = total.multipliedReportingOverflow(by: factor)
    if overflow || factor < 0 { return nil }
    total = next
  }
  return total
}

extension DecodeLimits {
  func checkPixels(width: Int, height: Int) throws(DecodeError) {
    guard width > 0, height > 0 else { throw .undecodable("the page has no width or no height") }
    guard let pixels = product(width, height), pixels <= pixelsMax else {
      throw .tooLarge("the page has \(width) × \(height) pixels; at most \(pixelsMax) in all are decoded")
    }
  }

  /// - Parameters:
  ///   - parts: bytes held at once; nil: not even countable.
  ///   - coded: bytes that the pixels come from.
  func checkBytes(_ parts: Int?..., coded: Int) throws(DecodeError) {
    var total = 0
    for part in parts {
      guard let part, part <= bytesMax - total else {
        throw .tooLarge("the page would need more than \(bytesMax) bytes of memory")
      }
      total += part
    }
    guard coded >= total / ratioMax else {
      throw .tooLarge("the page would unpack to \(total) bytes from \(coded), more than any honest page does")
    }
  }
}
