// The hot loops of gray conversion, behind a safe signature: the only file of this module that walks pixels by pointer.

/// What the samples of a pixel mean.
enum SampleMeaning {
  /// 0 is black.
  case gray
  /// 0 is white.
  case inverseGray
  /// Luma of each palette entry.
  case palette([UInt8])
  case rgb
  /// Inks: 0 is none.
  case cmyk
  /// First sample is lightness.
  case lightness

  var colorSamples: Int {
    switch self {
    case .gray, .inverseGray, .palette: 1
    case .rgb, .lightness: 3
    case .cmyk: 4
    }
  }
}

/// How transparency is told (TIFF 6.0 §18, PNG 3rd edition §12.4); pages are laid over white.
struct AlphaChannel {
  /// Index of the sample.
  var sample: Int
  /// Colour is already multiplied by it.
  var isAssociated: Bool
}

/// Turns rows of samples into rows of 8-bit luma (ITU-R BT.601), 0 black to 255 white.
struct GrayConverter {
  let meaning: SampleMeaning
  /// 1 to 16; 16-bit samples in the machine's byte order, others packed from the most significant bit.
  let bits: Int
  /// Samples of a pixel, extra ones included.
  let samples: Int
  let alpha: AlphaChannel?
  /// Samples are two's complement (TIFF 6.0 §19): the most negative is the darkest.
  let isSigned: Bool
  /// One row, a 16-bit number a sample, as read.
  private var raw: [UInt16]

  /// - Parameter width: most pixels of a row.
  init(_ meaning: SampleMeaning, bits: Int, samples: Int, alpha: AlphaChannel?, isSigned: Bool = false, width: Int) {
    precondition((1...16).contains(bits) && samples >= (alpha == nil ? 1 : 2))
    self.meaning = meaning
    self.bits = bits
    self.samples = samples
    self.alpha = alpha
    self.isSigned = isSigned
    raw = [UInt16](repeating: 0, count: width * samples)
  }

  /// Bytes of a row of `width` pixels whose samples lie together.
  func rowBytes(width: Int) -> Int { (width * samples * bits + 7) / 8 }

  /// Converts one row of contiguous samples.
  /// - Parameters:
  ///   - row: at least ``rowBytes(width:)`` bytes.
  ///   - output: one byte a pixel.
  mutating func convert(_ row: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<UInt8>) {
    precondition(row.count >= rowBytes(width: output.count) && raw.count >= output.count * samples)
    if bits == 8, alpha == nil, !isSigned, convertBytes(row, into: output) { return }
    unpack(row, count: output.count * samples, stride: 1, at: 0)
    combine(into: output)
  }

  /// Takes one row of one plane; ``combine(into:)`` follows when all planes are there.
  mutating func take(_ row: UnsafeRawBufferPointer, plane: Int, width: Int) {
    precondition(row.count >= (width * bits + 7) / 8 && raw.count >= width * samples && plane < samples)
    unpack(row, count: width, stride: samples, at: plane)
  }

  /// The common kinds, without the detour over 16 bits. Returns false for the others.
  private func convertBytes(_ row: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<UInt8>) -> Bool {
    let source = row.bindMemory(to: UInt8.self)
    switch meaning {
    case .gray where samples == 1:
      for i in 0..<output.count { output[i] = source[i] }
    case .inverseGray where samples == 1:
      for i in 0..<output.count { output[i] = ~source[i] }
    case .rgb where samples == 3:
      for i in 0..<output.count { output[i] = luma(source[3 &* i], source[3 &* i &+ 1], source[3 &* i &+ 2]) }
    default: return false
    }
    return true
  }

  private mutating func unpack(_ row: UnsafeRawBufferPointer, count: Int, stride: Int, at first: Int) {
    let (bits, isSigned) = (bits, isSigned)
    raw.withUnsafeMutableBufferPointer { raw in
      switch bits {
      case 8: for i in 0..<count { raw[first &+ i &* stride] = UInt16(row[i]) }
      case 16:
        for i in 0..<count { raw[first &+ i &* stride] = row.loadUnaligned(fromByteOffset: 2 &* i, as: UInt16.self) }
      default:
        var pending: UInt32 = 0
        var held = 0
        var next = 0
        let mask = UInt32(1) << UInt32(bits) &- 1
        for i in 0..<count {
          while held < bits {
            pending = pending << 8 | UInt32(row[next])
            next &+= 1
            held &+= 8
          }
          held &-= bits
          raw[first &+ i &* stride] = UInt16(truncatingIfNeeded: pending >> UInt32(held) & mask)
        }
      }
      guard isSigned else { return }
      let sign = UInt16(1) << UInt16(bits - 1)
      for i in 0..<count { raw[first &+ i &* stride] ^= sign }
    }
  }

  /// Makes luma of the row that was unpacked.
  mutating func combine(into output: UnsafeMutableBufferPointer<UInt8>) {
    let scale = SampleScale(bits: bits)
    let samples = samples
    let alpha = alpha
    raw.withUnsafeBufferPointer { raw in
      for i in 0..<output.count {
        let p = i &* samples
        let gray: UInt8 =
          switch meaning {
          case .gray, .lightness: scale(raw[p])
          case .inverseGray: ~scale(raw[p])
          case .palette(let luma): luma[Int(raw[p])]
          case .rgb: luma(scale(raw[p]), scale(raw[p &+ 1]), scale(raw[p &+ 2]))
          case .cmyk: inked(scale(raw[p]), scale(raw[p &+ 1]), scale(raw[p &+ 2]), scale(raw[p &+ 3]))
          }
        guard let alpha else {
          output[i] = gray
          continue
        }
        output[i] = overWhite(gray, scale(raw[p &+ alpha.sample]), isAssociated: alpha.isAssociated)
      }
    }
  }
}

/// From `bits` bits to 8, rounded.
private struct SampleScale {
  private let most: UInt32
  private let bits: Int
  init(bits: Int) {
    self.bits = bits
    most = UInt32(1) << UInt32(bits) - 1
  }
  @inline(__always) func callAsFunction(_ value: UInt16) -> UInt8 {
    if bits == 8 { return UInt8(truncatingIfNeeded: value) }
    if bits == 16 { return UInt8(truncatingIfNeeded: (UInt32(value) &* 255 &+ 32_895) >> 16) }
    return UInt8(truncatingIfNeeded: (UInt32(value) &* 255 &+ most / 2) / most)
  }
}

/// ITU-R BT.601 luma in 16-bit fixed point; the weights add up to 65,536.
@inline(__always) func luma(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
  UInt8(truncatingIfNeeded: (UInt32(red) &* 19_595 &+ UInt32(green) &* 38_470 &+ UInt32(blue) &* 7_471 &+ 32_768) >> 16)
}

/// Light that four inks leave of white paper.
@inline(__always) private func inked(_ c: UInt8, _ m: UInt8, _ y: UInt8, _ k: UInt8) -> UInt8 {
  let light = UInt32(luma(~c, ~m, ~y))
  return UInt8(truncatingIfNeeded: (light &* UInt32(~k) &+ 127) / 255)
}

/// A pixel laid over white paper.
@inline(__always) func overWhite(_ gray: UInt8, _ alpha: UInt8, isAssociated: Bool) -> UInt8 {
  let paper = 255 &- UInt32(alpha)
  if isAssociated { return UInt8(truncatingIfNeeded: min(255, UInt32(gray) &+ paper)) }
  return UInt8(truncatingIfNeeded: (UInt32(gray) &* UInt32(alpha) &+ 255 &* paper &+ 127) / 255)
}
