/// Brings rows of packed bits to Model's form: 1 is black, bits beyond the width are 0.
/// - Parameter zeroIsBlack: how they are now.
func normalizeBilevel(_ bytes: UnsafeMutableBufferPointer<UInt8>, width: Int, zeroIsBlack: Bool) {
  if zeroIsBlack { for i in bytes.indices { bytes[i] = ~bytes[i] } }
  let rowBytes = (width + 7) / 8
  let spare = rowBytes * 8 - width
  guard spare > 0 else { return }
  let mask = UInt8(truncatingIfNeeded: 0xFF << spare)
  for last in stride(from: rowBytes - 1, to: bytes.count, by: rowBytes) { bytes[last] &= mask }
}
