/// What libtiff 4's messages mean for a page. Errors condemn it. Warnings condemn it when they come from decoding pixels:
/// libtiff then made up what it could not read. Warnings about tags are forgiven but for those that change which bytes are
/// decoded.
func judgeTIFF(_ message: LibraryMessage) -> MessageVerdict {
  let text = message.text
  func says(_ part: String) -> Bool { text.contains(part) }
  // libtiff calls a private tag that it cannot store an error.
  if message.isError, !message.isAboutPixels, says("thus tag is not read from file") { return .harmless }
  if message.isError { return cannot.contains(where: says) ? .unsupported : .damage }
  if message.isAboutPixels {
    if says("Old-style LZW codes") { return .note("old-style LZW codes") }
    return forgivenInPixels.contains(where: says) ? .harmless : .damage
  }
  return condemnedInTags.contains(where: says) ? .damage : .harmless
}

/// Errors that speak of libtiff's abilities rather than of the data.
private let cannot = [
  "Cannot handle different", "Sorry, can not handle", "Sorry, requested compression", "is not configured",
  "not supported",
  "not implemented", "Unsupported JPEG data precision", "Unsupported JPEG process",
]

/// Warnings while decoding that leave every pixel as it was written.
private let forgivenInPixels = [
  // Sampling factors in the tag differ from those in the JPEG data, and the data is right.
  "Auto-corrected former TIFF subsampling", "Decompressor will try reading with sampling",
]

/// libtiff then decodes other bytes than the file names, and other than the page digest covers.
private let condemnedInTags = ["Bogus \"StripByteCounts\"", "Wrong \"StripByteCounts\"", "Bogus \"TileByteCounts\""]
