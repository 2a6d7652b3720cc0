"""Small pages as scanners would write them, and what the checker needs to read of TIFF and PNG.

Nothing here is Chartroom's: page digests follow FORMATS "Page digest" by their words.
"""

import hashlib
import struct
import zlib

WIDTH, HEIGHT, DPI = 400, 300, 200


def mrn(number):
    """Seven digits and their Luhn check digit."""
    total = 0
    for place, digit in enumerate(reversed(f"{number:07d}")):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return f"{number:07d}{(10 - total % 10) % 10}"


def pixels(seed):
    """A page with eight rules whose lengths depend on the seed: no two pages are alike, and none looks like a label."""
    row_bytes = WIDTH // 8
    noise = hashlib.sha256(str(seed).encode()).digest()
    rows = []
    for y in range(HEIGHT):
        row = bytearray(row_bytes)
        if 100 <= y < 228 and (y - 100) % 16 < 3:
            black = 40 + noise[(y - 100) // 16]
            row[4:4 + black // 8] = b"\xff" * (black // 8)
            row[4 + black // 8] = 0xFF00 >> black % 8 & 0xFF
        rows.append(bytes(row))
    return b"".join(rows)


def tiff(seeds):
    """One uncompressed bilevel page for each seed, little endian, WhiteIsZero, as one strip; equal seeds share theirs."""
    out = bytearray(b"II*\0\0\0\0\0")
    link, strips = 4, {}
    for seed in seeds:
        if seed not in strips:
            strips[seed] = len(out), pixels(seed)
            out += strips[seed][1]
        strip, data = strips[seed]
        resolution = len(out)
        out += struct.pack("<IIII", DPI, 1, DPI, 1)
        entries = [
            (256, 4, 1, WIDTH), (257, 4, 1, HEIGHT), (258, 3, 1, 1), (259, 3, 1, 1), (262, 3, 1, 0), (273, 4, 1, strip),
            (277, 3, 1, 1), (278, 4, 1, HEIGHT), (279, 4, 1, len(data)), (282, 5, 1, resolution),
            (283, 5, 1, resolution + 8), (296, 3, 1, 2)]
        struct.pack_into("<I", out, link, len(out))
        out += struct.pack("<H", len(entries))
        for entry in entries:
            out += struct.pack("<HHII", *entry)
        link = len(out)
        out += b"\0\0\0\0"
    return bytes(out)


def png(seed):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row_bytes = WIDTH // 8
    dark = pixels(seed)
    rows = b"".join(
        b"\0" + bytes(255 - b for b in dark[y * row_bytes:(y + 1) * row_bytes]) for y in range(HEIGHT))
    meters = round(DPI / 0.0254)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 1, 0, 0, 0, 0))
            + chunk(b"pHYs", struct.pack(">IIB", meters, meters, 1)) + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def page_digests(data):
    """SHA-256 of each page's coded image, by FORMATS "Page digest". Raises on anything that is not whole."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return [png_digest(data)]
    return tiff_digests(data)


def png_digest(data):
    digest = hashlib.sha256(b"chartroom.page/1 png\n")
    at = 8
    while True:
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + size]
        if zlib.crc32(kind + body) != struct.unpack_from(">I", data, at + 8 + size)[0]:
            raise ValueError("a PNG chunk is damaged")
        if kind in (b"IHDR", b"PLTE", b"IDAT"):
            digest.update(body)
        at += 12 + size
        if kind == b"IEND":
            return digest.hexdigest()


SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 13: 4}


def tiff_digests(data):
    order = {b"II*\0": "<", b"MM\0*": ">"}[data[:4]]
    digests = []
    offset = struct.unpack_from(order + "I", data, 4)[0]
    while offset:
        count = struct.unpack_from(order + "H", data, offset)[0]
        tags = {}
        for k in range(count):
            tag, kind, number = struct.unpack_from(order + "HHI", data, offset + 2 + 12 * k)
            size = SIZES[kind] * number
            at = offset + 10 + 12 * k
            if size > 4:
                at = struct.unpack_from(order + "I", data, at)[0]
            if at + size > len(data):
                raise ValueError("a TIFF tag lies outside its file")
            letter = {1: "B", 2: "B", 3: "H", 4: "I", 5: "Q", 7: "B", 13: "I"}[kind]
            tags[tag] = struct.unpack_from(f"{order}{number}{letter}", data, at)
        digests.append(frame_digest(data, order, tags))
        offset = struct.unpack_from(order + "I", data, offset + 2 + 12 * count)[0]
    return digests


def frame_digest(data, order, tags):
    def one(tag, otherwise):
        return tags.get(tag, (otherwise,))[0]

    bits = ",".join(map(str, tags.get(258, (1,))))
    line = (f"chartroom.page/1 tiff {one(259, 1)} {one(262, 0)} {one(266, 1)} {one(317, 1)} {one(284, 1)} {one(256, 0)} "
            f"{one(257, 0)} {bits} {one(277, 1)} {'MM' if order == '>' else 'II'}\n")
    digest = hashlib.sha256(line.encode())
    for start, size in zip(tags[273], tags[279]):
        if start + size > len(data):
            raise ValueError("a TIFF strip lies outside its file")
        digest.update(data[start:start + size])
    return digest.hexdigest()
