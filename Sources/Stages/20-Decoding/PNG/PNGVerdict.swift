/// What libpng 1.6's messages mean for a page. Errors condemn it; so do warnings about the pixels' own data. Those about
/// chunks that only describe the picture (profiles, texts, times) are forgiven.
func judgePNG(_ message: LibraryMessage) -> MessageVerdict {
  if message.isError { return .damage }
  let isAboutImageData = ["IDAT", "IHDR", "PLTE"].contains { message.text.hasPrefix($0) }
  return isAboutImageData ? .damage : .harmless
}
