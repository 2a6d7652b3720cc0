"""Pages without a label that look, to a program, as if they had one."""

import math

import numpy as np
from PIL import Image, ImageDraw

import symbols
import texts
from paper import MARGIN, WHITE, Sheet, font, smooth


def form(sheet: Sheet) -> None:
    sheet.form()


def table(sheet: Sheet) -> None:
    while not sheet.is_full:
        sheet.table()


def rulings(sheet: Sheet) -> None:
    """Vertical and horizontal rulings, close together, of several widths."""
    rng = sheet.rng
    while not sheet.is_full:
        high, x = rng.randint(150, 500), MARGIN
        pitch, upright = rng.choice((8, 10, 12, 16, 24, 40)), rng.random() < 0.6
        if upright:
            while x < sheet.right:
                sheet.draw.line((x, sheet.y, x, sheet.y + high), fill=sheet.ink, width=rng.choice((2, 3, 4)))
                x += pitch if rng.random() < 0.9 else 2 * pitch
        else:
            for y in range(sheet.y, sheet.y + high, pitch):
                sheet.draw.line((MARGIN, y, sheet.right, y), fill=sheet.ink, width=3)
        sheet.y += high + 60
        sheet.text(MARGIN, sheet.y, texts.words(rng, 6), 34)
        sheet.y += 90


def hatching(sheet: Sheet) -> None:
    rng = sheet.rng
    for _ in range(9):
        x, y = rng.randint(MARGIN, sheet.right - 700), rng.randint(MARGIN, sheet.height - 700)
        wide, high = rng.randint(200, 700), rng.randint(150, 600)
        tile = Image.new("L", (wide, high), WHITE)
        draw = ImageDraw.Draw(tile)
        pitch, angle = rng.choice((9, 12, 15, 20)), math.radians(rng.choice((0, 15, 45, 60, 75, 90, 90)))
        for step in range(-wide - high, wide + high, pitch):
            cx, cy = wide / 2 + step * math.cos(angle), high / 2 + step * math.sin(angle)
            dx, dy = -math.sin(angle) * 2000, math.cos(angle) * 2000
            draw.line((cx - dx, cy - dy, cx + dx, cy + dy), fill=sheet.ink, width=rng.choice((3, 3, 4, 5)))
        draw.rectangle((0, 0, wide - 1, high - 1), outline=sheet.ink, width=3)
        sheet.stick(np.asarray(tile), (x, y))


def combs(sheet: Sheet) -> None:
    while not sheet.is_full:
        sheet.comb()


def graph_paper(sheet: Sheet) -> None:
    pitch = sheet.rng.choice((12, 24, 30, 47, 59))
    for x in range(MARGIN, sheet.right, pitch):
        sheet.draw.line((x, MARGIN, x, sheet.height - MARGIN), fill=sheet.ink, width=2)
    for y in range(MARGIN, sheet.height - MARGIN, pitch):
        sheet.draw.line((MARGIN, y, sheet.right, y), fill=sheet.ink, width=2)
    for _ in range(5):
        sheet.scribble(MARGIN + 100, sheet.rng.randint(400, sheet.height - 400), sheet.rng.randint(500, 1000), 120)


def bold_text(sheet: Sheet) -> None:
    rng = sheet.rng
    while not sheet.is_full:
        size = rng.choice((40, 60, 90, 140, 200))
        letters = rng.choice((None, "IIl|1HNMW", "|||III"))
        text = "".join(rng.choice(letters) for _ in range(120)) if letters else texts.words(rng, 12).upper()
        while font("Sans-Bold", size).getlength(text) > sheet.right - MARGIN:
            text = text[:-1]
        sheet.text(MARGIN, sheet.y, text, size, rng.choice(("Sans-Bold", "Serif-Bold", "SansMono-Bold")))
        sheet.y += round(1.3 * size)


def small_text(sheet: Sheet) -> None:
    size, style = sheet.rng.choice((16, 18, 20)), sheet.rng.choice(("Sans", "Serif", "SansMono"))
    while not sheet.is_full:
        line = texts.words(sheet.rng, 70)
        while font(style, size).getlength(line) > sheet.right - MARGIN:
            line = line[:-4]
        sheet.text(MARGIN, sheet.y, line, size, style)
        sheet.y += round(1.2 * size)


def logos(sheet: Sheet) -> None:
    rng = sheet.rng
    for _ in range(8):
        x, y, size = rng.randint(MARGIN, sheet.right - 600), rng.randint(MARGIN, sheet.height - 800), rng.randint(200, 560)
        kind = rng.randrange(4)
        for step in range(0, size // 2, 24):
            shape = (x + step, y + step, x + size - step, y + size - step)
            if kind == 0:
                sheet.draw.ellipse(shape, outline=sheet.ink, width=12)
            elif kind == 1:
                sheet.draw.rectangle(shape, outline=sheet.ink, width=12)
            elif kind == 2:
                sheet.draw.pieslice((x, y, x + size, y + size), step * 4, step * 4 + 30, fill=sheet.ink)
            else:
                sheet.draw.polygon([(x + step, y), (x + step + 12, y), (x + size - step, y + size)], fill=sheet.ink)
        sheet.text(x, y + size + 10, texts.word(rng).upper(), 70, "Sans-Bold")


def staves(sheet: Sheet) -> None:
    """Staves of five lines with bar lines and heads; some upright."""
    rng = sheet.rng
    pitch = rng.choice((12, 16, 20, 26))
    while not sheet.is_full:
        for line in range(5):
            y = sheet.y + line * pitch
            sheet.draw.line((MARGIN, y, sheet.right, y), fill=sheet.ink, width=3)
        for x in range(MARGIN, sheet.right, rng.randint(180, 420)):
            sheet.draw.line((x, sheet.y, x, sheet.y + 4 * pitch), fill=sheet.ink, width=4)
        for _ in range(rng.randint(5, 30)):
            x, y = rng.randint(MARGIN, sheet.right), sheet.y + rng.randint(0, 8) * pitch // 2
            sheet.draw.ellipse((x, y - pitch // 2, x + pitch + 4, y + pitch // 2), fill=sheet.ink)
            sheet.draw.line((x + pitch + 2, y, x + pitch + 2, y - 3 * pitch), fill=sheet.ink, width=4)
        sheet.y += 9 * pitch


def ecg(sheet: Sheet) -> None:
    """A strip of the heart's curve on its grid."""
    rng = sheet.rng
    for x in range(MARGIN, sheet.right, 12):
        sheet.draw.line((x, 600, x, 2400), fill=sheet.ink if (x - MARGIN) % 60 == 0 else 120, width=2)
    for y in range(600, 2400, 12):
        sheet.draw.line((MARGIN, y, sheet.right, y), fill=sheet.ink if y % 60 == 0 else 120, width=2)
    for lead in range(6):
        beat, points = rng.randint(180, 320), []
        for x in range(MARGIN, sheet.right, 4):
            place = (x % beat) / beat
            high = 130 * math.exp(-((place - 0.4) / 0.02) ** 2) - 40 * math.exp(-((place - 0.45) / 0.02) ** 2)
            points.append((x, 780 + lead * 280 - high - 25 * math.exp(-((place - 0.7) / 0.06) ** 2) + rng.uniform(-2, 2)))
        sheet.draw.line(points, fill=10, width=4)
    sheet.fields()


def bubbles(sheet: Sheet) -> None:
    """A sheet of answer bubbles with its timing marks."""
    for row in range(40):
        y = 250 + row * 68
        sheet.draw.rectangle((60, y, 110, y + 26), fill=10)
        for column in range(24):
            x = 220 + column * 88
            filled = sheet.rng.random() < 0.15
            sheet.draw.ellipse((x, y - 8, x + 42, y + 34), outline=sheet.ink, width=3, fill=20 if filled else None)


def charts(sheet: Sheet) -> None:
    """Bar charts: bars of one width, thick and thin."""
    rng = sheet.rng
    while not sheet.is_full:
        high, bar = rng.randint(200, 420), rng.choice((4, 8, 14, 30, 60))
        gap, x = rng.choice((bar, bar // 2 + 3, 2 * bar)), MARGIN + 10
        while x + bar < sheet.right:
            sheet.draw.rectangle((x, sheet.y + high * rng.uniform(0, 0.8), x + bar - 1, sheet.y + high), fill=sheet.ink)
            x += bar + gap
        sheet.draw.line((MARGIN, sheet.y + high, sheet.right, sheet.y + high), fill=sheet.ink, width=4)
        sheet.y += high + 80


def zebra(sheet: Sheet) -> None:
    """A table of bands, black with white figures and the other way round."""
    high = sheet.rng.choice((24, 40, 60))
    for row, y in enumerate(range(MARGIN, sheet.height - MARGIN - high, high)):
        if row % 2:
            sheet.draw.rectangle((MARGIN, y, sheet.right, y + high - 1), fill=sheet.ink)
        if high >= 40:
            for x in range(MARGIN + 20, sheet.right - 200, 300):
                sheet.draw.text((x, y + 4), texts.digits(sheet.rng, 6), font=font("SansMono", high - 14),
                                fill=WHITE if row % 2 else sheet.ink)


def _photograph(sheet: Sheet) -> np.ndarray:
    """A picture of hills, edges and grain, 0…255."""
    rng = sheet.rng
    rows, columns = rng.randint(900, 2200), rng.randint(900, 2100)
    hills = smooth(rng, (rows, columns), 300) + 0.6 * smooth(rng, (rows, columns), 90) + 0.25 * smooth(rng, (rows, columns), 25)
    picture = Image.fromarray((128 + 90 * hills).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(rng.randint(4, 20)):
        x, y, size = rng.randint(0, columns), rng.randint(0, rows), rng.randint(40, 400)
        draw.rectangle((x, y, x + size, y + rng.randint(10, size)), fill=rng.randint(0, 255))
        draw.ellipse((y, x, y + size, x + size), fill=rng.randint(0, 255))
    return np.asarray(picture)


def _framed(sheet: Sheet, picture: np.ndarray) -> None:
    sheet.heading()
    sheet.stick(picture, (sheet.rng.randint(MARGIN, sheet.right - picture.shape[1]), sheet.y))
    sheet.y += picture.shape[0] + 60
    if not sheet.is_full:
        sheet.paragraph()


def dithered_photograph(sheet: Sheet) -> None:
    """As scanners make them in photo mode: error diffusion (Floyd and Steinberg)."""
    _framed(sheet, np.asarray(Image.fromarray(_photograph(sheet)).convert("1").convert("L")))


def dithered_photograph_ordered(sheet: Sheet) -> None:
    """An ordered matrix of 4 × 4 or 8 × 8."""
    matrix = np.array([[0]])
    for _ in range(sheet.rng.choice((2, 3))):
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    picture = _photograph(sheet)
    level = (matrix + 0.5) * 256 / matrix.size
    tiled = np.tile(level, (picture.shape[0] // len(matrix) + 1, picture.shape[1] // len(matrix) + 1))
    _framed(sheet, np.where(picture > tiled[:picture.shape[0], :picture.shape[1]], WHITE, 0).astype(np.uint8))


def halftone_photograph(sheet: Sheet) -> None:
    """Printed with dots (or lines) of 45 to 85 an inch, at an angle."""
    rng, picture = sheet.rng, _photograph(sheet)
    pitch, angle = symbols.DPI / rng.choice((45, 60, 85)), math.radians(rng.choice((0, 15, 45, 75, 90)))
    y, x = np.mgrid[:picture.shape[0], :picture.shape[1]].astype(np.float32)
    u = (x * math.cos(angle) + y * math.sin(angle)) * (2 * math.pi / pitch)
    v = (y * math.cos(angle) - x * math.sin(angle)) * (2 * math.pi / pitch)
    dots = (np.cos(u) + np.cos(v)) / 4 + 0.5 if rng.random() < 0.7 else np.cos(u) / 2 + 0.5
    _framed(sheet, np.where(picture / 255 > 1 - dots, WHITE, 20).astype(np.uint8))


def _print(sheet: Sheet, cover: np.ndarray) -> None:
    """Prints ink below what is there, and goes down; anything too wide is cut."""
    cover = cover[:, :sheet.right - MARGIN - 20]
    x = sheet.rng.randint(MARGIN, sheet.right - cover.shape[1])
    if sheet.rng.random() < 0.3:
        cover = np.rot90(cover)[:700]
    sheet.darken((WHITE - cover * (WHITE - sheet.ink)).astype(np.uint8), (min(x, sheet.right - cover.shape[1]), sheet.y))
    sheet.y += cover.shape[0] + sheet.rng.randint(120, 260)


def random_bars(sheet: Sheet) -> None:
    """Bars and spaces of one to four modules that are no code."""
    rng = sheet.rng
    for _ in range(6):
        widths = [rng.choice((1, 1, 2, 3, 4)) if rng.random() < 0.8 else rng.choice((1, 2)) for _ in range(rng.randint(20, 90))]
        if rng.random() < 0.4:
            widths = [min(width, 2) for width in widths]
        row = np.concatenate([np.full(width, place % 2 == 0) for place, width in enumerate(widths)])
        cover = symbols.bars(row, rng.choice((10, 11.7, 13)) / 1000 * symbols.DPI)
        _print(sheet, np.repeat(cover[None, :], rng.randint(80, 220), axis=0))


def cut_symbols(sheet: Sheet) -> None:
    """Pieces of linear symbols: an end, or both, is cut off."""
    rng = sheet.rng
    for _ in range(5):
        symbol = texts.symbol(rng.choice(("code128", "code128", "gs1-128", "code39", "itf", "codabar")), rng)
        mil = rng.choice((10, 11.7, 13))
        cover = symbols.ink(symbol, mil, rng.uniform(0.3, 0.7), rng.uniform(-0.3, 0.4), rng.random())
        wide = cover.shape[1]
        start = int(rng.choice((0, 0.2, 0.35)) * wide)
        end = int(wide * (rng.choice((0.6, 0.75, 0.85)) if start == 0 else rng.choice((0.8, 1))))
        if symbol.kind == "itf":
            start, end = _without_whole_itf(cover[0], mil / 1000 * symbols.DPI, start, end)
        _print(sheet, cover[:, start:end])


def _without_whole_itf(row: np.ndarray, module: float, start: int, end: int) -> tuple[int, int]:
    """Cuts more where a piece would begin (four narrow elements) or end (wide, narrow, narrow) as Interleaved 2 of 5
    does: it would be a shorter symbol without a fault, which nobody could tell from a whole one."""
    while True:
        edges = np.flatnonzero(np.diff(np.concatenate(([0], row[start:end] > 0.5, [0])).astype(np.int8)))
        wide = np.diff(edges) > 2.3 * module
        if start and not wide[:4].any():
            start += 2
        elif end < len(row) and wide[-3:].tolist() == [True, False, False]:
            end -= 2
        else:
            return start, end


def cut_matrices(sheet: Sheet) -> None:
    """Pieces of symbols in two dimensions: at least a third is cut off."""
    rng = sheet.rng
    for _ in range(5):
        symbol = texts.symbol(rng.choice(("datamatrix", "qr", "pdf417", "aztec")), rng)
        cover = symbols.ink(symbol, rng.choice((11.7, 13, 17)), 0, 0, rng.random())
        high, wide = cover.shape
        part = rng.uniform(0.35, 0.65)
        _print(sheet, cover[:, :int(part * wide)] if rng.random() < 0.5 or symbol.kind == "pdf417" else cover[int(part * high):])


def near_patches(sheet: Sheet) -> None:
    """Groups of thick bars that are no patch code: wrong widths, wrong number, or too short."""
    rng = sheet.rng
    for _ in range(4):
        kind = rng.choice(("widths", "three", "five", "short", "gaps"))
        bars = {"three": 3, "five": 5}.get(kind, 4)
        narrow, wide, gap = (12, 36, 24) if kind == "widths" else (24, 60, 24)
        rows: list[int] = []
        for place in range(bars):
            spacing = rng.choice((10, 14, 44, 60)) if kind == "gaps" else gap
            rows += ([0] * spacing if place else []) + [1] * rng.choice((narrow, wide))
        length = rng.randint(60, 110) if kind == "short" else rng.randint(600, 1500)
        cover = np.repeat(np.array(rows, np.float32)[:, None], length, axis=1)
        _print(sheet, cover)


KINDS = {
    "form": form, "form again": form, "form once more": form, "table": table, "rulings": rulings, "hatching": hatching,
    "combs": combs, "graph paper": graph_paper, "bold text": bold_text, "small text": small_text, "logos": logos,
    "staves": staves, "ecg": ecg, "bubbles": bubbles, "charts": charts, "zebra": zebra,
    "dithered photograph": dithered_photograph, "dithered photograph, ordered": dithered_photograph_ordered,
    "halftone photograph": halftone_photograph, "random bars": random_bars, "cut symbols": cut_symbols,
    "cut matrices": cut_matrices, "near patches": near_patches,
}
