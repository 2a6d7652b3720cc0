"""A sheet before it is scanned: gray at 300 dpi, with anti-aliased print; forms, handwriting, stickers.

All lengths are pixels (1 mm = 11.8 px) unless a name says otherwise.
"""

import functools
import math
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import texts

LETTER = (2550, 3300)
SIZES = [LETTER] * 7 + [(2480, 3508)] * 2 + [(1650, 2550)]
WHITE = 245
MARGIN = 150
_FONTS = "/usr/share/fonts/truetype/dejavu/DejaVu"


@functools.cache
def font(style: str, size: int) -> ImageFont.FreeTypeFont:
    """A DejaVu face, for example `Sans-Bold`; the basic layout engine gives the same pixels everywhere."""
    return ImageFont.truetype(f"{_FONTS}{style}.ttf", size, layout_engine=ImageFont.Layout.BASIC)


class Sheet:
    """One side of a sheet; blocks are drawn downward from `y`."""

    def __init__(self, rng: random.Random, size: tuple[int, int] = LETTER, paper: int = WHITE):
        self.image = Image.new("L", size, paper)
        self.draw = ImageDraw.Draw(self.image)
        self.rng = rng
        self.width, self.height = size
        self.y = MARGIN
        self.ink = rng.randint(15, 60)

    @property
    def right(self) -> int:
        return self.width - MARGIN

    @property
    def is_full(self) -> bool:
        return self.y > self.height - 500

    def pixels(self) -> np.ndarray:
        return np.array(self.image)

    def text(self, x: float, y: float, text: str, size: int = 34, style: str = "Sans") -> None:
        self.draw.text((x, y), text, font=font(style, size), fill=self.ink)

    def form(self) -> "Sheet":
        """A whole form page: a heading, then blocks in random order until the sheet is full."""
        self.heading()
        blocks = [self.fields, self.fields, self.paragraph, self.paragraph, self.table, self.checkboxes, self.lines,
                  self.notes, self.box, self.comb]
        while not self.is_full:
            self.rng.choice(blocks)()
        if self.rng.random() < 0.4:
            self.stamp()
        if self.rng.random() < 0.2:
            self.holes()
        self.text(MARGIN, self.height - 170, f"Form {self.rng.randint(100, 999)}-{texts.letters(self.rng, 2)}   page 1", 26)
        return self

    def heading(self) -> None:
        self.text(MARGIN, self.y, texts.words(self.rng, 3).upper(), 32, "Sans-Bold")
        self.text(MARGIN, self.y + 50, texts.words(self.rng, 3).capitalize(), 60, "Serif-Bold")
        self.draw.line((MARGIN, self.y + 140, self.right, self.y + 140), fill=self.ink, width=6)
        self.draw.line((MARGIN, self.y + 154, self.right, self.y + 154), fill=self.ink, width=2)
        self.y += 220

    def fields(self) -> None:
        """Captions with a line each; what was filled in is typed or written by hand."""
        columns = self.rng.choice((1, 2, 3))
        wide = (self.right - MARGIN) // columns
        by_hand = self.rng.random() < 0.4
        for place in range(columns * self.rng.randint(2, 6)):
            x, y = MARGIN + place % columns * wide, self.y + place // columns * 84
            caption = texts.caption(self.rng)
            self.text(x, y, caption, 26)
            start = x + int(font("Sans", 26).getlength(caption)) + 16
            self.draw.line((start, y + 44, x + wide - 40, y + 44), fill=self.ink, width=2)
            if by_hand:
                self.scribble(start + 10, y + 20, min(300, wide - 200), 34)
            elif start + 300 < x + wide:
                self.text(start + 10, y + 2, texts.name(self.rng)[:12], 34, "SansMono")
        self.y += 84 * (place // columns + 1) + 40

    def paragraph(self) -> None:
        size = self.rng.choice((24, 28, 34, 34, 42))
        style = self.rng.choice(("Serif", "Sans", "SansMono", "Serif-Bold"))
        for _ in range(self.rng.randint(3, 12)):
            if self.is_full:
                break
            line = ""
            while font(style, size).getlength(line) < self.right - MARGIN - 12 * size:
                line += texts.word(self.rng) + " "
            self.text(MARGIN, self.y, line, size, style)
            self.y += round(size * 1.35)
        self.y += 40

    def table(self) -> None:
        rows, columns = self.rng.randint(3, 14), self.rng.randint(3, 9)
        high, wide = self.rng.choice((50, 64, 80)), (self.right - MARGIN) / columns
        rows = min(rows, max(2, (self.height - 300 - self.y) // high))
        for row in range(rows + 1):
            y = self.y + row * high
            self.draw.line((MARGIN, y, self.right, y), fill=self.ink, width=self.rng.choice((2, 2, 3)))
        for column in range(columns + 1):
            x = round(MARGIN + column * wide)
            self.draw.line((x, self.y, x, self.y + rows * high), fill=self.ink, width=2)
        for row in range(rows):
            for column in range(columns):
                if row == 0 or self.rng.random() < 0.6:
                    text = texts.caption(self.rng) if row == 0 else texts.digits(self.rng, self.rng.randint(1, 5))
                    self.text(MARGIN + column * wide + 12, self.y + row * high + 8, text[:max(3, int(wide // 22))], 28,
                              "Sans-Bold" if row == 0 else "Sans")
        self.y += rows * high + 50

    def checkboxes(self) -> None:
        for _ in range(self.rng.randint(2, 6)):
            for x in range(MARGIN, self.right - 500, 560):
                self.draw.rectangle((x, self.y, x + 38, self.y + 38), outline=self.ink, width=3)
                if self.rng.random() < 0.3:
                    self.draw.line((x + 4, self.y + 4, x + 40, self.y + 36), fill=30, width=5)
                    self.draw.line((x + 36, self.y - 2, x + 2, self.y + 40), fill=30, width=5)
                self.text(x + 56, self.y, texts.words(self.rng, 2)[:18], 30)
            self.y += 66
        self.y += 30

    def lines(self) -> None:
        """Ruled lines to write on, some written on."""
        for _ in range(self.rng.randint(3, 9)):
            if self.rng.random() < 0.5:
                self.scribble(MARGIN + 20, self.y + 38, self.rng.randint(400, self.right - MARGIN - 100), 40)
            self.y += 84
            self.draw.line((MARGIN, self.y, self.right, self.y), fill=self.ink, width=2)
        self.y += 50

    def notes(self) -> None:
        for _ in range(self.rng.randint(1, 4)):
            self.scribble(MARGIN + self.rng.randint(0, 300), self.y + 40, self.rng.randint(500, self.right - 600), 50)
            self.y += 100
        self.y += 20

    def box(self) -> None:
        high = self.rng.randint(150, 300)
        self.draw.rectangle((MARGIN, self.y, self.right, self.y + high), outline=self.ink, width=4)
        self.draw.rectangle((MARGIN, self.y, self.right, self.y + 50), fill=self.ink)
        self.draw.text((MARGIN + 20, self.y + 6), texts.caption(self.rng).upper(), font=font("Sans-Bold", 32), fill=WHITE)
        self.scribble(self.right - 700, self.y + high - 60, 500, 90)
        self.y += high + 50

    def comb(self) -> None:
        """Cells for one letter each."""
        cell, count = 58, self.rng.randint(12, 36)
        self.text(MARGIN, self.y, texts.caption(self.rng), 26)
        for place in range(count + 1):
            x = MARGIN + place * cell
            self.draw.line((x, self.y + 40, x, self.y + 100), fill=self.ink, width=2)
            if place < count and self.rng.random() < 0.7:
                self.text(x + 14, self.y + 48, self.rng.choice("ABCDEHIKLMNT0123456789"), 40, "SansMono")
        self.draw.line((MARGIN, self.y + 100, MARGIN + count * cell, self.y + 100), fill=self.ink, width=2)
        self.y += 150

    def scribble(self, x: float, y: float, length: float, high: float, width: int = 0, ink: int = 0) -> None:
        """Handwriting-like loops from (x, y), `high` pixels high."""
        rng, points = self.rng, []
        speed, phase, end = high * rng.uniform(0.10, 0.2), 0.0, x + length
        while x < end:
            phase += rng.uniform(0.4, 0.9)
            x += speed * rng.uniform(0.2, 1.1)
            points.append((x + high * 0.25 * math.cos(phase), y + high * 0.5 * math.sin(phase) * rng.uniform(0.4, 1)))
            if rng.random() < 0.06:
                self._stroke(points, width or rng.randint(3, 6), ink or rng.randint(20, 80))
                points, x = [], x + high * 0.5
        self._stroke(points, width or rng.randint(3, 6), ink or rng.randint(20, 80))

    def _stroke(self, points: list[tuple[float, float]], width: int, ink: int) -> None:
        if len(points) > 1:
            self.draw.line(points, fill=ink, width=width, joint="curve")

    def stamp(self) -> None:
        mark = Image.new("L", (700, 320), WHITE)
        draw = ImageDraw.Draw(mark)
        draw.rounded_rectangle((10, 10, 690, 310), 40, outline=60, width=10)
        draw.text((60, 60), texts.word(self.rng).upper()[:10], font=font("Sans-Bold", 80), fill=60)
        draw.text((60, 190), texts.date(self.rng), font=font("SansMono-Bold", 64), fill=60)
        mark = mark.rotate(self.rng.uniform(-25, 25), Image.Resampling.BICUBIC, expand=True, fillcolor=WHITE)
        at = (self.rng.randint(MARGIN, self.right - 700), self.rng.randint(1000, self.height - 600))
        self.darken(np.asarray(mark), at)

    def holes(self) -> None:
        for y in (self.height // 2 - 470, self.height // 2 + 470):
            self.draw.ellipse((60, y - 35, 130, y + 35), fill=10)

    def darken(self, mark: np.ndarray, at: tuple[int, int]) -> None:
        """Prints `mark` (gray) at `at`; what is darker wins."""
        box = (at[0], at[1], at[0] + mark.shape[1], at[1] + mark.shape[0])
        under = np.asarray(self.image.crop(box))
        self.image.paste(Image.fromarray(np.minimum(under, mark)), box[:2])

    def stick(self, mark: np.ndarray, at: tuple[int, int]) -> None:
        """Sticks `mark` over what is there."""
        self.image.paste(Image.fromarray(mark), at)


def smooth(rng: random.Random, size: tuple[int, int], scale: int) -> np.ndarray:
    """Random hills, -1…1, about `scale` pixels wide; `size` is (rows, columns)."""
    generator = np.random.default_rng(rng.getrandbits(64))
    rows, columns = size[0] // scale + 3, size[1] // scale + 3
    small = Image.fromarray((generator.random((rows, columns)) * 255).astype(np.uint8))
    large = small.resize((columns * scale, rows * scale), Image.Resampling.BICUBIC)
    large = large.filter(ImageFilter.GaussianBlur(scale / 4))
    return np.asarray(large)[scale:scale + size[0], scale:scale + size[1]].astype(np.float32) / 127.5 - 1
