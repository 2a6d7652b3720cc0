#include "CBarcodeShim.h"

#define ZX_USE_UTF8 1
#include <ReadBarcode.h>
#include <ZXVersion.h>

#include <algorithm>
#include <string>
#include <utility>

// From 2.2 on the options are called ReaderOptions and the results Barcodes; 2.0 and 2.1 still have the names of 1.4.
#if ZXING_VERSION_MAJOR > 2 || (ZXING_VERSION_MAJOR == 2 && ZXING_VERSION_MINOR >= 2)
using Options = ZXing::ReaderOptions;
#else
using Options = ZXing::DecodeHints;
#endif

namespace {

using ZXing::BarcodeFormat;

const std::pair<uint32_t, BarcodeFormat> kFormats[] = {
    {CBAR_DATAMATRIX, BarcodeFormat::DataMatrix}, {CBAR_QR, BarcodeFormat::QRCode},
    {CBAR_PDF417, BarcodeFormat::PDF417},   {CBAR_AZTEC, BarcodeFormat::Aztec},
};

uint32_t bit(BarcodeFormat format) {
  for (auto &[bit, known] : kFormats)
    if (known == format) return bit;
  return 0;
}

Options makeOptions(const cbar_options &wanted) {
  ZXing::BarcodeFormats formats;
  for (auto &[bit, format] : kFormats)
    if (wanted.formats & bit) formats |= format;
  Options options;
  options.setFormats(formats);
  options.setTryHarder(true);  // without it nothing is found on a whole page
  options.setTryRotate(wanted.rotate != 0);
  // Downscaling, on by default, makes 1.4.0 abort on good pages (Result.cpp, lineCount() == 1) and later versions read
  // what is not there.
  options.setTryDownscale(false);
  options.setMaxNumberOfSymbols(static_cast<uint8_t>(std::clamp(wanted.max_symbols, 1, 255)));
  if (wanted.is_bilevel) options.setBinarizer(ZXing::Binarizer::BoolCast);
#if ZXING_VERSION_MAJOR >= 2
  options.setTryInvert(false);  // white on black is not printed on forms, and looking for it costs a third of the time
#endif
  return options;
}

}  // namespace

extern "C" int cbar_read(const uint8_t *pixels, int width, int height, int stride, const cbar_options *wanted,
                         cbar_sink sink, void *context) try {
  if (!pixels || !wanted || !sink || width <= 0 || height <= 0 || stride < width) return -1;
  const auto found = ZXing::ReadBarcodes(
      ZXing::ImageView(pixels, width, height, ZXing::ImageFormat::Lum, stride), makeOptions(*wanted));
  int count = 0;
  for (const auto &symbol : found) {
    cbar_symbol out = {};
    out.format = bit(symbol.format());
    if (!symbol.isValid() || out.format == 0) continue;
    for (int corner = 0; corner < 4; ++corner) {
      out.x[corner] = symbol.position()[corner].x;
      out.y[corner] = symbol.position()[corner].y;
    }
    const std::string identifier = symbol.symbologyIdentifier();
    out.is_gs1 = identifier == "]d2" || identifier == "]Q3";
    const auto &bytes = symbol.bytes();
    out.bytes = bytes.data();
    out.length = bytes.size();
    sink(context, &out);
    ++count;
  }
  return count;
} catch (...) {
  return -1;
}

#define CBAR_TEXT2(x) #x
#define CBAR_TEXT(x) CBAR_TEXT2(x)

extern "C" const char *cbar_version(void) {
  return CBAR_TEXT(ZXING_VERSION_MAJOR) "." CBAR_TEXT(ZXING_VERSION_MINOR) "." CBAR_TEXT(ZXING_VERSION_PATCH);
}
