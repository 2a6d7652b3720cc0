/// The CRC of PNG chunks (PNG 3rd edition §5.5, ISO 3309), eight bytes a step.
struct CRC32 {
  private var state: UInt32 = 0xFFFF_FFFF
  var value: UInt32 { ~state }

  mutating func update(_ bytes: ArraySlice<UInt8>) {
    var crc = state
    CRC32.tables.withUnsafeBufferPointer { t in
      bytes.withUnsafeBytes { b in
        var index = 0
        while index + 8 <= b.count {
          let low = UInt32(littleEndian: b.loadUnaligned(fromByteOffset: index, as: UInt32.self)) ^ crc
          let high = UInt32(littleEndian: b.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self))
          crc =
            t[Int(7 * 256 + (low & 255))] ^ t[Int(6 * 256 + (low >> 8 & 255))] ^ t[Int(5 * 256 + (low >> 16 & 255))]
            ^ t[Int(4 * 256 + (low >> 24))]
          crc ^=
            t[Int(3 * 256 + (high & 255))] ^ t[Int(2 * 256 + (high >> 8 & 255))] ^ t[Int(256 + (high >> 16 & 255))]
            ^ t[Int(high >> 24)]
          index += 8
        }
        while index < b.count {
          crc = crc >> 8 ^ t[Int((crc ^ UInt32(b[index])) & 255)]
          index += 1
        }
      }
    }
    state = crc
  }

  /// Table k, entry b: the CRC of byte b with k zero bytes behind it.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
      tables[byte] = crc
    }
    for index in 256..<8 * 256 {
      let shorter = tables[index - 256]
      tables[index] = shorter >> 8 ^ tables[Int(shorter & 255)]
    }
    return tables
  }()
}
