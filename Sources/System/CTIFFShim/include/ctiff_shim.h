// libtiff behind plain typed functions: no variadic call, no libtiff type and no global state crosses into Swift.
// One handle is used by one thread at a time. Every message of libtiff goes to the handle's own callback, because the return
// codes of some codecs (CCITT above all) call damaged data a success.
#ifndef CTIFF_SHIM_H
#define CTIFF_SHIM_H

#include <stdint.h>

typedef struct ctiff ctiff;

/// Fills `buffer` with exactly `size` bytes from `offset`. Returns 0, or -1 when it could not.
typedef int (*ctiff_read_fn)(void *context, int64_t offset, void *buffer, int64_t size);
/// Receives one message, already formatted; `text` is valid only during the call. `is_error` is 0 for a warning.
typedef void (*ctiff_message_fn)(void *context, int is_error, const char *module, const char *text);

/// One page's tags as libtiff understood them, after its defaults.
typedef struct {
  uint32_t width, height;
  /// Rows in a strip (no more than height), or the tile's size in pixels.
  uint32_t block_width, block_height;
  /// Strips or tiles, all planes together.
  uint32_t blocks;
  /// Decoded bytes of one full strip or tile, and of one row of it.
  int64_t block_bytes, row_bytes;
  /// Sum of the coded bytes of all strips or tiles.
  uint64_t coded_bytes;
  uint16_t bits_per_sample, samples_per_pixel, sample_format;
  uint16_t compression, photometric, planar;
  /// Index of the first sample after colour that is alpha, or -1; 1 associated, 2 not associated.
  int16_t alpha_sample, alpha_kind;
  uint16_t ink_set;
  uint8_t is_tiled, has_photometric, is_codec_known;
} ctiff_page;

/// Opens without reading any directory. `alloc_max` bounds each allocation that libtiff makes itself, in bytes.
/// Returns NULL when the header is not a TIFF's; messages say why. The context must outlive the handle.
ctiff *ctiff_open(void *context, ctiff_read_fn read, ctiff_message_fn message, int64_t size, int64_t alloc_max);
void ctiff_close(ctiff *handle);

/// Makes the directory at `ifd_offset` the current page. Returns 0, or -1 when it cannot be used.
int ctiff_select(ctiff *handle, uint64_t ifd_offset, ctiff_page *page);
/// Asks for JPEG data in RGB instead of YCbCr and updates the sizes in `page`. Returns 0 or -1.
int ctiff_use_jpeg_rgb(ctiff *handle, ctiff_page *page);
/// The colour map: three arrays of 1 << bits_per_sample values, valid while the page is selected. Returns 0 or -1.
int ctiff_palette(ctiff *handle, const uint16_t **red, const uint16_t **green, const uint16_t **blue);

/// Decodes one strip or tile into `buffer`. Returns the bytes decoded, or -1.
int64_t ctiff_read_block(ctiff *handle, uint32_t index, void *buffer, int64_t size);
/// Decodes one row of a strip image of contiguous samples; rows are asked for in order. Returns 0 or -1.
int ctiff_read_row(ctiff *handle, uint32_t row, void *buffer);

/// Says, once the last row was read, that the last strip may have as many `rows` more, so that ctiff_read_row goes on behind
/// the page's height; nothing else can be read until a page is selected anew. Where there are several strips, no more are
/// allowed than the last lacks of a full one. Returns how many are.
uint32_t ctiff_extend(ctiff *handle, const ctiff_page *page, uint32_t rows);

/// Whether the general converter can read this page. Returns 1 or 0.
int ctiff_rgba_ok(ctiff *handle);
/// Decodes one strip or tile through the general converter: pixels as 0xAABBGGRR, colour multiplied by alpha, in stored order
/// from left to right, but the last row first. `row` and `column` are the block's first pixel. Returns 0 or -1.
int ctiff_read_rgba(ctiff *handle, uint32_t column, uint32_t row, uint32_t *pixels);

#endif
