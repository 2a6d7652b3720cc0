#include "cpng_shim.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>

struct cpng {
  png_structp png;
  png_infop info;
  void *context;
  cpng_read_fn read;
  cpng_message_fn message;
  int64_t size, position;
};

static void on_error(png_structp png, png_const_charp text) {
  cpng *handle = png_get_error_ptr(png);
  handle->message(handle->context, 1, text);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  cpng *handle = png_get_error_ptr(png);
  handle->message(handle->context, 0, text);
}

static void on_read(png_structp png, png_bytep buffer, size_t size) {
  cpng *handle = png_get_io_ptr(png);
  if ((uint64_t)size > (uint64_t)(handle->size - handle->position)) png_error(png, "the file ends too early");
  if (handle->read(handle->context, handle->position, buffer, size) != 0) png_error(png, "the file cannot be read");
  handle->position += (int64_t)size;
}

static void describe(cpng *handle, cpng_image *image) {
  png_structp png = handle->png;
  png_infop info = handle->info;
  png_colorp palette = NULL;
  int count = 0;
  image->width = png_get_image_width(png, info);
  image->height = png_get_image_height(png, info);
  image->bit_depth = png_get_bit_depth(png, info);
  image->color_type = png_get_color_type(png, info);
  image->is_interlaced = png_get_interlace_type(png, info) != PNG_INTERLACE_NONE;
  image->has_alpha = (image->color_type & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, info, PNG_INFO_tRNS) != 0;
  if (png_get_PLTE(png, info, &palette, &count) == 0) count = 0;
  image->palette_count = (uint16_t)count;
  for (int i = 0; i < 2 && i < count; i++) {
    image->palette_head[3 * i] = palette[i].red;
    image->palette_head[3 * i + 1] = palette[i].green;
    image->palette_head[3 * i + 2] = palette[i].blue;
  }
}

cpng *cpng_open(void *context, cpng_read_fn read, cpng_message_fn message, int64_t size, uint32_t side_max,
                size_t chunk_bytes_max, cpng_image *image) {
  cpng *handle = calloc(1, sizeof *handle);
  if (!handle) return NULL;
  *handle = (cpng){.context = context, .read = read, .message = message, .size = size};
  *image = (cpng_image){0};
  handle->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, handle, on_error, on_warning);
  handle->info = handle->png ? png_create_info_struct(handle->png) : NULL;
  if (!handle->info || setjmp(png_jmpbuf(handle->png))) {
    cpng_close(handle);
    return NULL;
  }
  png_set_read_fn(handle->png, handle, on_read);
  png_set_user_limits(handle->png, side_max, side_max);
  png_set_chunk_malloc_max(handle->png, chunk_bytes_max);
  png_set_chunk_cache_max(handle->png, 128);
  png_read_info(handle->png, handle->info);
  describe(handle, image);
  return handle;
}

int cpng_start(cpng *handle, int keep_bits, cpng_image *image) {
  if (setjmp(png_jmpbuf(handle->png))) return -1;
  if (!keep_bits) {
    png_set_expand(handle->png);    // palette to RGB, less than 8 bits to 8, tRNS to alpha
    png_set_scale_16(handle->png);  // 16 bits to 8, rounded
  }
  png_set_interlace_handling(handle->png);
  png_read_update_info(handle->png, handle->info);
  image->channels = png_get_channels(handle->png, handle->info);
  image->bits = png_get_bit_depth(handle->png, handle->info);
  image->row_bytes = png_get_rowbytes(handle->png, handle->info);
  return 0;
}

int cpng_read_row(cpng *handle, uint8_t *buffer) {
  if (setjmp(png_jmpbuf(handle->png))) return -1;
  png_read_row(handle->png, buffer, NULL);
  return 0;
}

int cpng_read_image(cpng *handle, uint8_t *buffer, size_t row_bytes, uint32_t height) {
  if (setjmp(png_jmpbuf(handle->png))) return -1;
  int passes = png_set_interlace_handling(handle->png);
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t row = 0; row < height; row++) png_read_row(handle->png, buffer + row_bytes * row, NULL);
  }
  return 0;
}

int cpng_finish(cpng *handle) {
  if (setjmp(png_jmpbuf(handle->png))) return -1;
  png_read_end(handle->png, NULL);
  return 0;
}

void cpng_close(cpng *handle) {
  if (handle->png) png_destroy_read_struct(&handle->png, &handle->info, NULL);
  free(handle);
}

struct writer {
  void *context;
  cpng_write_fn write;
};

static void on_write(png_structp png, png_bytep bytes, size_t size) {
  struct writer *writer = png_get_io_ptr(png);
  if (writer->write(writer->context, bytes, size) != 0) png_error(png, "nobody takes the bytes");
}

static void on_flush(png_structp png) { (void)png; }

// Without these libpng prints to stderr.
static void on_write_error(png_structp png, png_const_charp text) {
  (void)text;
  png_longjmp(png, 1);
}

static void on_write_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

int cpng_write_indexed(void *context, cpng_write_fn write, uint32_t width, uint32_t height, const uint8_t *colors,
                       int color_count, const uint8_t *pixels) {
  struct writer writer = {context, write};
  png_color palette[PNG_MAX_PALETTE_LENGTH];
  if (color_count < 1 || color_count > PNG_MAX_PALETTE_LENGTH) return -1;
  for (int i = 0; i < color_count; i++)
    palette[i] = (png_color){colors[3 * i], colors[3 * i + 1], colors[3 * i + 2]};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_write_error, on_write_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info || setjmp(png_jmpbuf(png))) {
    if (png) png_destroy_write_struct(&png, &info);
    return -1;
  }
  png_set_write_fn(png, &writer, on_write, on_flush);
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  png_set_compression_level(png, 4);
  png_set_filter(png, 0, PNG_FILTER_NONE);
  png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_set_PLTE(png, info, palette, color_count);
  png_write_info(png, info);
  for (uint32_t row = 0; row < height; row++) png_write_row(png, pixels + (size_t)width * row);
  png_write_end(png, NULL);
  png_destroy_write_struct(&png, &info);
  return 0;
}
