// zxing-cpp, for symbols in two dimensions, behind a C function, because Swift's C++ mode cannot set its options and infects every module that imports it.
//
// Pure: bytes in, a callback for every symbol, no state. It runs on bytes from outside and the library may abort the
// whole process (Debian's 1.4.0 is built with its assertions on), so only a worker process may call it.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// One bit a symbology: which to look for, and which was found.
enum {
  CBAR_DATAMATRIX = 1 << 0,
  CBAR_QR = 1 << 1,
  CBAR_PDF417 = 1 << 2,
  CBAR_AZTEC = 1 << 3,
};

// One symbol. `bytes` is valid only inside the callback.
typedef struct {
  uint32_t format;       // one CBAR_ bit
  int32_t x[4], y[4];    // corners in the symbol's own frame: top left, top right, bottom right, bottom left; pixels
  int32_t is_gs1;        // AIM identifier ]d2 or ]Q3: FNC1 in first position
  const uint8_t *bytes;  // the content, before any character set is guessed; FNC1 inside stands as 0x1D
  size_t length;
} cbar_symbol;

typedef void (*cbar_sink)(void *context, const cbar_symbol *symbol);

typedef struct {
  uint32_t formats;      // CBAR_ bits
  int32_t rotate;        // also look for symbols turned by 90 degrees
  int32_t max_symbols;   // 1...255
  int32_t is_bilevel;    // the image holds only 0 and 255: symbols in two dimensions need no thresholding
} cbar_options;

// Looks for symbols in an 8-bit gray image (0 black) of `width` × `height` pixels, `stride` bytes a row.
// Returns how many were handed to `sink`, or -1 when the library threw or the arguments make no image.
int cbar_read(const uint8_t *pixels, int width, int height, int stride, const cbar_options *options, cbar_sink sink,
              void *context);

// "1.4.0": the version of the headers that this was built against.
const char *cbar_version(void);

#ifdef __cplusplus
}
#endif
