#!/usr/bin/env python3
"""Makes the samples of this folder: small images in every kind that scanners write, each beside the pixels it must give.

Encoders: Pillow and libtiff's tiffcp; expectations: Pillow's own pixels before encoding, so that no decoder of ours has a
say. NAME.tif or NAME.png is the input; NAME.pbm (1 is black) or NAME.pgm (0 is black) what must come out. Run it here:

    pip install pillow numpy && apt-get install libtiff-tools && python3 make.py
"""
import subprocess
import numpy as np
from PIL import Image, ImageDraw

W, H = 61, 47  # neither a multiple of 8 nor of 16


def pattern():
    """Text-like bars, a diagonal, a border: runs of many lengths."""
    image = Image.new("1", (W, H), 1)
    draw = ImageDraw.Draw(image)
    for y in range(4, H - 4, 5):
        for x in range(3 + y % 7, W - 8, 9):
            draw.rectangle((x, y, x + (x * y) % 6, y + 2), fill=0)
    draw.line((0, 0, W - 1, H - 1), fill=0)
    draw.rectangle((0, 0, W - 1, H - 1), outline=0)
    return image


def shades():
    y, x = np.mgrid[0:H, 0:W]
    return ((x * 4 + y * 3) % 256).astype(np.uint8)


def colours():
    y, x = np.mgrid[0:H, 0:W]
    return np.dstack([(x * 4) % 256, (y * 5) % 256, (x * 2 + y * 2) % 256]).astype(np.uint8)


def luma(rgb):
    return np.array(Image.fromarray(rgb).convert("L"))


def over_white(gray, alpha):
    g, a = gray.astype(int), alpha.astype(int)
    return ((g * a + 255 * (255 - a) + 127) // 255).astype(np.uint8)


def expect_bits(name, image):
    black = np.packbits(~np.array(image), axis=1)
    with open(name + ".pbm", "wb") as f:
        f.write(b"P4\n%d %d\n" % image.size + black.tobytes())


def expect_gray(name, gray):
    with open(name + ".pgm", "wb") as f:
        f.write(b"P5\n%d %d\n255\n" % (gray.shape[1], gray.shape[0]) + gray.tobytes())


def recode(source, name, *options):
    subprocess.run(["tiffcp", *options, source + ".tif", name + ".tif"], check=True, stderr=subprocess.DEVNULL)


def bilevel():
    image = pattern()
    kinds = {"g4": "group4", "g3": "group3", "rle": "tiff_ccitt", "packbits": "packbits", "lzw": "tiff_lzw",
             "deflate": "tiff_adobe_deflate", "plain": None}
    for name, compression in kinds.items():
        image.save(f"bit-{name}.tif", compression=compression, dpi=(300, 300))
        expect_bits(f"bit-{name}", image)
    for name, options in {
        "g4-fill2": ["-c", "g4", "-f", "lsb2msb"], "g4-strips": ["-c", "g4", "-r", "7"],
        "g3-2d": ["-c", "g3:2d:fill"], "g4-big": ["-c", "g4", "-8"], "g4-mm": ["-c", "g4", "-B"],
        "plain-fill2": ["-c", "none", "-f", "lsb2msb"], "tiles": ["-c", "g4", "-t", "-w", "32", "-l", "16"],
    }.items():
        recode("bit-plain", f"bit-{name}", *options)
        expect_bits(f"bit-{name}", image)
    raw("bit-white-is-zero", (~np.array(image)).astype(np.uint8), 1, photometric=0)
    expect_bits("bit-white-is-zero", image)
    recode("bit-white-is-zero", "bit-white-is-zero-g4", "-c", "g4")
    expect_bits("bit-white-is-zero-g4", image)
    image.save("bit-fax.tif", compression="group4", dpi=(204, 98), tiffinfo={274: 6})
    expect_bits("bit-fax", image)
    image.save("bit.png", dpi=(300, 300))
    expect_bits("bit", image)
    palette = image.convert("P")
    palette = Image.fromarray((np.array(image) == 0).astype(np.uint8), "P")
    palette.putpalette([255, 255, 255, 0, 0, 0])
    palette.save("bit-palette.png", bits=1)
    expect_bits("bit-palette", image)


def gray():
    values = shades()
    for name, compression in {"plain": None, "lzw": "tiff_lzw", "deflate": "tiff_adobe_deflate", "packbits": "packbits"}.items():
        Image.fromarray(values).save(f"gray-{name}.tif", compression=compression)
        expect_gray(f"gray-{name}", values)
    recode("gray-plain", "gray-predictor", "-c", "lzw:2")
    expect_gray("gray-predictor", values)
    recode("gray-plain", "gray-tiles", "-c", "zip", "-t", "-w", "16", "-l", "32")
    expect_gray("gray-tiles", values)
    recode("gray-plain", "gray-mm-big", "-c", "none", "-B", "-8")
    expect_gray("gray-mm-big", values)
    Image.fromarray(values).save("gray-jpeg.tif", compression="jpeg", quality=95)
    expect_gray("gray-jpeg", values)
    for bits in (2, 4):
        small = values >> (8 - bits)
        raw(f"gray-{bits}", small, bits)
        expect_gray(f"gray-{bits}", (small.astype(int) * 255 // (2 ** bits - 1)).astype(np.uint8))
    wide = values.astype(np.uint16) * 257
    Image.fromarray(wide).save("gray-16.tif", compression="tiff_lzw")
    expect_gray("gray-16", values)
    recode("gray-16", "gray-16-mm", "-c", "none", "-B")
    expect_gray("gray-16-mm", values)
    raw("gray-inverse", 255 - values, 8, photometric=0)
    expect_gray("gray-inverse", values)
    Image.fromarray(values).save("gray.png")
    expect_gray("gray", values)
    Image.fromarray(wide).save("gray-16.png")
    expect_gray("gray-16", values)
    alpha = np.fliplr(values).copy()
    Image.fromarray(np.dstack([values, alpha]), "LA").save("gray-alpha.png")
    expect_gray("gray-alpha", over_white(values, alpha))


def raw(name, values, bits, photometric=1):
    """An uncompressed little-endian TIFF written by hand: Pillow writes no 2 or 4 bits."""
    rows = b"".join(
        np.packbits(((row[:, None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8).reshape(-1)).tobytes()
        for row in values)
    tags = [(256, 3, W), (257, 3, H), (258, 3, bits), (259, 3, 1), (262, 3, photometric), (273, 4, 8), (277, 3, 1),
            (278, 3, H), (279, 4, len(rows))]
    data = rows + b"\0" * (len(rows) % 2)
    ifd = len(tags).to_bytes(2, "little") + b"".join(
        tag.to_bytes(2, "little") + kind.to_bytes(2, "little") + (1).to_bytes(4, "little") + value.to_bytes(4, "little")
        for tag, kind, value in tags) + bytes(4)
    with open(name + ".tif", "wb") as f:
        f.write(b"II*\0" + (8 + len(data)).to_bytes(4, "little") + data + ifd)


def colour():
    rgb = colours()
    expected = luma(rgb)
    image = Image.fromarray(rgb)
    for name, compression in {"plain": None, "lzw": "tiff_lzw", "deflate": "tiff_adobe_deflate"}.items():
        image.save(f"rgb-{name}.tif", compression=compression)
        expect_gray(f"rgb-{name}", expected)
    recode("rgb-plain", "rgb-planar", "-c", "lzw", "-p", "separate", "-r", "9")
    recode("rgb-plain", "rgb-planar-tiles", "-c", "zip", "-p", "separate", "-t", "-w", "16", "-l", "16")
    recode("rgb-plain", "rgb-tiles", "-c", "packbits", "-t", "-w", "32", "-l", "16")
    recode("rgb-plain", "rgb-jpeg-ycbcr", "-c", "jpeg:95", "-r", "16")  # YCbCr, 2 × 2 subsampled
    recode("rgb-plain", "rgb-jpeg-rgb", "-c", "jpeg:r:95", "-r", "16")
    for name in ("planar", "planar-tiles", "tiles", "jpeg-ycbcr", "jpeg-rgb"):
        expect_gray(f"rgb-{name}", expected)
    quantized = image.quantize(16)
    quantized.save("palette.tif", compression="tiff_lzw")
    expect_gray("palette", np.array(quantized.convert("RGB").convert("L")))
    quantized.save("palette.png")
    image.save("rgb.png")
    expect_gray("rgb", expected)
    alpha = shades()
    rgba = np.dstack([rgb, alpha])
    Image.fromarray(rgba, "RGBA").save("rgba.png")
    Image.fromarray(rgba, "RGBA").save("rgba.tif", compression="tiff_lzw")
    expect_gray("rgba", over_white(expected, alpha))
    cmyk = np.dstack([255 - rgb, np.zeros((H, W), np.uint8)])
    Image.fromarray(cmyk, "CMYK").save("cmyk.tif", compression="tiff_lzw")
    expect_gray("cmyk", expected)


def pages():
    image = pattern()
    image.save("pages.tif", compression="group4", save_all=True, dpi=(200, 200),
               append_images=[image.rotate(180), image])


if __name__ == "__main__":
    bilevel()
    gray()
    colour()
    pages()
