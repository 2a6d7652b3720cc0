"""What a scanner makes of a sheet: turn, blur, noise, threshold, dust. Gray in (0 black), black-and-white out."""

import math
import random
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

# The sensor's noise: gray levels, one standard deviation. One tile, cut at a random place for each page.
_NOISE = np.random.default_rng(20261122).normal(0, 7, (4400, 4400)).astype(np.int16)


@dataclass
class Scan:
    """How one sheet is scanned. Angles in degrees, counter-clockwise; `turn` in quarter turns clockwise."""

    skew: float = 0
    turn: int = 0
    blur: float = 0.55
    threshold: int = 128
    # Share of pixels that are flipped after the threshold.
    flips: float = 0
    dust: int = 20


@dataclass
class Page:
    """A scanned page: `black` is a matrix of booleans (or `gray` of bytes), `place` maps points of the sheet to it."""

    black: np.ndarray | None
    gray: np.ndarray | None
    place: "Placing"


@dataclass
class Placing:
    """From points of the sheet to points of the page."""

    width: int
    height: int
    scan: Scan = field(default_factory=Scan)

    def __call__(self, point: tuple[float, float]) -> tuple[float, float]:
        angle = math.radians(self.scan.skew)
        x, y = point[0] - self.width / 2, point[1] - self.height / 2
        x, y = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
        x, y = x + self.width / 2, y + self.height / 2
        width, height = self.width, self.height
        for _ in range(self.scan.turn % 4):
            x, y = height - y, x
            width, height = height, width
        return round(x, 1), round(y, 1)


def bilevel(sheet: np.ndarray, scan: Scan, rng: random.Random) -> Page:
    gray = _sensed(sheet, scan, rng)
    black = gray < scan.threshold
    _dust(black, scan.dust, rng)
    if scan.flips:
        generator = np.random.default_rng(rng.getrandbits(64))
        black ^= generator.random(black.shape, np.float32) < scan.flips
    return Page(np.rot90(black, -scan.turn), None, Placing(sheet.shape[1], sheet.shape[0], scan))


def in_gray(sheet: np.ndarray, scan: Scan, rng: random.Random) -> Page:
    gray = _sensed(sheet, scan, rng, 3).clip(0, 255).astype(np.uint8)
    return Page(None, np.rot90(gray, -scan.turn), Placing(sheet.shape[1], sheet.shape[0], scan))


def _sensed(sheet: np.ndarray, scan: Scan, rng: random.Random, quieter: int = 1) -> np.ndarray:
    """`quieter`: by how much the noise is divided; drivers smooth what they deliver in gray."""
    image = Image.fromarray(sheet)
    if scan.skew:
        image = image.rotate(scan.skew, Image.Resampling.BICUBIC, fillcolor=245)
    image = image.filter(ImageFilter.GaussianBlur(scan.blur))
    gray = np.asarray(image).astype(np.int16)
    height, width = gray.shape
    top, left = rng.randrange(_NOISE.shape[0] - height), rng.randrange(_NOISE.shape[1] - width)
    return gray + _NOISE[top:top + height, left:left + width] // quieter


def _dust(black: np.ndarray, count: int, rng: random.Random) -> None:
    height, width = black.shape
    for _ in range(count):
        x, y = rng.randrange(width - 8), rng.randrange(height - 8)
        black[y:y + rng.randint(1, 3), x:x + rng.randint(1, 3)] = rng.random() < 0.8


def write(path: Path, page: Page) -> tuple[int, int]:
    """PBM (P4: 1 is black) or PGM (P5); returns width and height."""
    pixels = page.black if page.gray is None else page.gray
    height, width = pixels.shape
    if page.gray is None:
        path.write_bytes(b"P4\n%d %d\n" % (width, height) + np.packbits(pixels, axis=1).tobytes())
    else:
        path.write_bytes(b"P5\n%d %d\n255\n" % (width, height) + pixels.tobytes())
    return width, height
