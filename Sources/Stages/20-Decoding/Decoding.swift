import Formats
import Model

/// Decodes one page. Calls libtiff or libpng on bytes from outside, so it runs only in a worker process (DESIGN *Workers*).
///
/// The same bytes always give the same pixels. Damage that the libraries forgive is `undecodable`: their messages are the
/// verdict, never their return codes.
/// - Parameters:
///   - frame: from `walkStructure`; its `problem` is the answer where it has one.
///   - limits: checked before any allocation.
public func decodePage(
  of source: any ByteSource, format: SourceFormat, frame: FrameStructure, limits: DecodeLimits = .init()
) throws(DecodeError) -> DecodedPage {
  switch format {
  case .unsupported(let what): throw .unsupported("the file is \(what), which is not read; save it as TIFF or PNG")
  case .tiff, .png: break
  }
  try limits.checkPixels(width: frame.width, height: frame.height)
  return format == .tiff ? try TIFFDecoder.decode(source, frame, limits) : try PNGDecoder.decode(source, frame, limits)
}
