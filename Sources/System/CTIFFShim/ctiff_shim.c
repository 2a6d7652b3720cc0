#include "ctiff_shim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

struct ctiff {
  TIFF *tiff;
  void *context;
  ctiff_read_fn read;
  ctiff_message_fn message;
  int64_t size, position;
};

static int forward(ctiff *handle, int is_error, const char *module, const char *format, va_list arguments) {
  char text[512];
  vsnprintf(text, sizeof text, format, arguments);
  handle->message(handle->context, is_error, module ? module : "", text);
  return 1;  // handled: nothing goes to the global handlers
}

static int on_error(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  return forward(user, 1, module, format, arguments);
}

static int on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  return forward(user, 0, module, format, arguments);
}

// Like read(2): fewer bytes at the end of the file; libtiff reports the shortage itself.
static tmsize_t on_read(thandle_t user, void *buffer, tmsize_t size) {
  ctiff *handle = user;
  if (handle->position < 0 || handle->position >= handle->size || size <= 0) return 0;
  if (size > handle->size - handle->position) size = handle->size - handle->position;
  if (handle->read(handle->context, handle->position, buffer, size) != 0) return -1;
  handle->position += size;
  return size;
}

static tmsize_t on_write(thandle_t user, void *buffer, tmsize_t size) {
  (void)user, (void)buffer, (void)size;
  return -1;
}

static toff_t on_seek(thandle_t user, toff_t offset, int whence) {
  ctiff *handle = user;
  int64_t base = whence == SEEK_CUR ? handle->position : whence == SEEK_END ? handle->size : 0;
  handle->position = offset > INT64_MAX - (uint64_t)base ? handle->size : base + (int64_t)offset;
  return (toff_t)handle->position;
}

static int on_close(thandle_t user) {
  (void)user;
  return 0;
}

static toff_t on_size(thandle_t user) { return (toff_t)((ctiff *)user)->size; }

ctiff *ctiff_open(void *context, ctiff_read_fn read, ctiff_message_fn message, int64_t size, int64_t alloc_max) {
  ctiff *handle = calloc(1, sizeof *handle);
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (!handle || !options) {
    free(handle);
    if (options) TIFFOpenOptionsFree(options);
    return NULL;
  }
  *handle = (ctiff){.context = context, .read = read, .message = message, .size = size};
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, alloc_max);
  TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, handle);
  TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, handle);
  // r: read; h: the header only; m: no memory map; c: strips as they are in the file.
  handle->tiff =
      TIFFClientOpenExt("page", "rhmc", handle, on_read, on_write, on_seek, on_close, on_size, NULL, NULL, options);
  TIFFOpenOptionsFree(options);
  if (!handle->tiff) {
    free(handle);
    return NULL;
  }
  return handle;
}

void ctiff_close(ctiff *handle) {
  TIFFClose(handle->tiff);
  free(handle);
}

static void read_sizes(TIFF *tiff, ctiff_page *page) {
  page->is_tiled = TIFFIsTiled(tiff) != 0;
  if (page->is_tiled) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &page->block_width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &page->block_height);
    page->blocks = TIFFNumberOfTiles(tiff);
    page->block_bytes = TIFFTileSize(tiff);
    page->row_bytes = TIFFTileRowSize(tiff);
  } else {
    uint32_t rows = 0;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
    page->block_width = page->width;
    page->block_height = rows == 0 || rows > page->height ? page->height : rows;
    page->blocks = TIFFNumberOfStrips(tiff);
    page->block_bytes = TIFFStripSize(tiff);
    page->row_bytes = TIFFScanlineSize(tiff);
  }
}

static void read_alpha(TIFF *tiff, ctiff_page *page) {
  uint16_t count = 0, *kinds = NULL;
  page->alpha_sample = -1;
  if (!TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds) || count > page->samples_per_pixel) return;
  for (uint16_t i = 0; i < count; i++) {
    if (kinds[i] != EXTRASAMPLE_ASSOCALPHA && kinds[i] != EXTRASAMPLE_UNASSALPHA) continue;
    page->alpha_sample = (int16_t)(page->samples_per_pixel - count + i);
    page->alpha_kind = (int16_t)kinds[i];
    return;
  }
}

int ctiff_select(ctiff *handle, uint64_t ifd_offset, ctiff_page *page) {
  TIFF *tiff = handle->tiff;
  memset(page, 0, sizeof *page);
  if (!TIFFSetSubDirectory(tiff, ifd_offset)) return -1;
  if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &page->width) || !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &page->height)) {
    return -1;
  }
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &page->bits_per_sample);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &page->samples_per_pixel);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &page->sample_format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &page->compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &page->planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_INKSET, &page->ink_set);
  page->has_photometric = TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &page->photometric) == 1;
  page->is_codec_known = TIFFIsCODECConfigured(page->compression) != 0;
  read_alpha(tiff, page);
  read_sizes(tiff, page);
  for (uint32_t i = 0; i < page->blocks; i++) {
    uint64_t bytes = TIFFGetStrileByteCount(tiff, i);
    page->coded_bytes = bytes > UINT64_MAX - page->coded_bytes ? UINT64_MAX : page->coded_bytes + bytes;
  }
  return 0;
}

int ctiff_use_jpeg_rgb(ctiff *handle, ctiff_page *page) {
  if (!TIFFSetField(handle->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB)) return -1;
  read_sizes(handle->tiff, page);
  return 0;
}

int ctiff_palette(ctiff *handle, const uint16_t **red, const uint16_t **green, const uint16_t **blue) {
  uint16_t *r = NULL, *g = NULL, *b = NULL;
  if (!TIFFGetField(handle->tiff, TIFFTAG_COLORMAP, &r, &g, &b) || !r || !g || !b) return -1;
  *red = r, *green = g, *blue = b;
  return 0;
}

int64_t ctiff_read_block(ctiff *handle, uint32_t index, void *buffer, int64_t size) {
  if (TIFFIsTiled(handle->tiff)) return TIFFReadEncodedTile(handle->tiff, index, buffer, size);
  return TIFFReadEncodedStrip(handle->tiff, index, buffer, size);
}

int ctiff_read_row(ctiff *handle, uint32_t row, void *buffer) {
  return TIFFReadScanline(handle->tiff, buffer, row, 0) == 1 ? 0 : -1;
}

uint32_t ctiff_extend(ctiff *handle, const ctiff_page *page, uint32_t rows) {
  if (page->blocks > 1) {
    uint32_t in_last = page->height % page->block_height;
    uint32_t lacking = in_last == 0 ? 0 : page->block_height - in_last;
    if (rows > lacking) rows = lacking;
  } else if (!TIFFSetField(handle->tiff, TIFFTAG_ROWSPERSTRIP, UINT32_MAX)) {
    return 0;
  }
  if (rows > UINT32_MAX - page->height) rows = UINT32_MAX - page->height;
  return TIFFSetField(handle->tiff, TIFFTAG_IMAGELENGTH, page->height + rows) ? rows : 0;
}

int ctiff_rgba_ok(ctiff *handle) {
  char text[1024];
  // The converter turns what it reads by the Orientation; coordinates here are those of stored pixels.
  if (!TIFFSetField(handle->tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT)) return 0;
  return TIFFRGBAImageOK(handle->tiff, text);
}

int ctiff_read_rgba(ctiff *handle, uint32_t column, uint32_t row, uint32_t *pixels) {
  if (TIFFIsTiled(handle->tiff)) return TIFFReadRGBATileExt(handle->tiff, column, row, pixels, 1) == 1 ? 0 : -1;
  return TIFFReadRGBAStripExt(handle->tiff, row, pixels, 1) == 1 ? 0 : -1;
}
