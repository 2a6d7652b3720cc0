// libpng behind plain functions. setjmp and longjmp stay inside each of them; no libpng type crosses into Swift.
#ifndef CPNG_SHIM_H
#define CPNG_SHIM_H

#include <stddef.h>
#include <stdint.h>

typedef struct cpng cpng;

/// Fills `buffer` with exactly `size` bytes from `offset`. Returns 0, or -1 when it could not.
typedef int (*cpng_read_fn)(void *context, int64_t offset, void *buffer, size_t size);
/// Receives each warning and the error that ends a call; `text` is valid only during the call.
typedef void (*cpng_message_fn)(void *context, int is_error, const char *text);

typedef struct {
  uint32_t width, height;
  uint8_t bit_depth, color_type, is_interlaced;
  /// Whether pixels may be other than opaque (alpha channel or tRNS).
  uint8_t has_alpha;
  /// Entries of the palette, 0 without one; red, green, blue of the first two.
  uint16_t palette_count;
  uint8_t palette_head[6];
  /// Set by cpng_start: 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha; bits of each; bytes of a row.
  uint8_t channels, bits;
  size_t row_bytes;
} cpng_image;

/// Reads the chunks before the pixels. `chunk_bytes_max` bounds each ancillary chunk in memory.
/// Returns NULL on any error; the message says which. The context must outlive the handle.
cpng *cpng_open(void *context, cpng_read_fn read, cpng_message_fn message, int64_t size, uint32_t side_max,
                size_t chunk_bytes_max, cpng_image *image);
/// Sets the form of the rows: packed one-bit samples as stored, or 8 bits a channel. Returns 0 or -1.
int cpng_start(cpng *handle, int keep_bits, cpng_image *image);
/// Decodes the next row of an image that is not interlaced. Returns 0 or -1.
int cpng_read_row(cpng *handle, uint8_t *buffer);
/// Decodes all rows of any image; `buffer` holds height × row_bytes. Returns 0 or -1.
int cpng_read_image(cpng *handle, uint8_t *buffer, size_t row_bytes, uint32_t height);
/// Reads what follows the pixels up to IEND: the check of the last bytes. Returns 0 or -1.
int cpng_finish(cpng *handle);
void cpng_close(cpng *handle);

/// Takes the next `size` bytes of a file. Returns 0, or -1 when it wants no more: the writing then ends with -1.
typedef int (*cpng_write_fn)(void *context, const uint8_t *bytes, size_t size);
/// Writes a PNG of 8-bit palette indexes: `pixels` holds height × width of them, `colors` red, green, blue of 1 to 256.
/// Every index must be below `color_count`. Returns 0 or -1.
int cpng_write_indexed(void *context, cpng_write_fn write, uint32_t width, uint32_t height, const uint8_t *colors,
                       int color_count, const uint8_t *pixels);

#endif
