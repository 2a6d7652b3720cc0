"""A label on the sheet: the symbol with its quiet zone and caption, and what happened to it since it was printed."""

import math
import random
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw

import symbols
from paper import WHITE, font, smooth
from symbols import DPI, Symbol

# Modules left white beside a linear symbol, and around one in two dimensions.
_QUIET = 11


@dataclass
class Label:
    symbol: Symbol
    mil: float
    inches: float = 0.5
    growth: float = 0
    # Gray level of the ink, 0 black … 255; `patchy` is how unevenly it was printed.
    ink: float = 25
    patchy: float = 0
    # Quarter turns clockwise on the sheet, and degrees counter-clockwise by which it was stuck askew.
    turn: int = 0
    askew: float = 0
    # Text this many modules to the left and right of the bars; 0 for none.
    crowded: int = 0
    caption: bool = True
    damage: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    # False: made to be beyond reading.
    readable: bool = True


@dataclass
class Drawn:
    """A label as gray pixels, and the corners of its symbol in them: top left, then clockwise as it is read."""

    gray: np.ndarray
    corners: list[tuple[float, float]]


def draw(label: Label, rng: random.Random) -> Drawn:
    cover = symbols.ink(label.symbol, label.mil, label.inches, label.growth, rng.random())
    pitch = label.mil / 1000 * DPI
    quiet = round(_QUIET * pitch) + 6
    high, wide = cover.shape
    beside = 180 if label.crowded else 0
    below = 50 if label.caption else 0
    above = 14 if label.symbol.is_linear else quiet
    canvas = np.full((high + 2 * above + below, wide + 2 * (quiet + beside)), WHITE, np.float32)
    top, left = above, quiet + beside
    level = np.full(cover.shape, label.ink, np.float32)
    if label.patchy:
        generator = np.random.default_rng(rng.getrandbits(64))
        level += label.patchy * (generator.normal(0, 1, cover.shape) + smooth(rng, cover.shape, 24) * 1.2)
    canvas[top:top + high, left:left + wide] -= cover * (WHITE - level.clip(0, WHITE))
    image = Image.fromarray(canvas.clip(0, 255).astype(np.uint8))
    if label.caption:
        text = "".join(c if c.isprintable() else " " for c in label.symbol.text)[:max(6, wide // 18)]
        ImageDraw.Draw(image).text((left + 4, top + high + (6 if label.symbol.is_linear else quiet - 20)), text,
                                   font=font("SansMono", 30), fill=int(label.ink))
    if label.crowded:
        _crowd(image, rng, (left, top, left + wide, top + high), round(label.crowded * pitch))
    for damage in label.damage:
        image = _DAMAGES[damage](image, rng, (left, top, left + wide, top + high))
    corners = [(left, top), (left + wide, top), (left + wide, top + high), (left, top + high)]
    return _turned(image, corners, label)


def _turned(image: Image.Image, corners: list[tuple[float, float]], label: Label) -> Drawn:
    for _ in range(label.turn % 4):
        high = image.height
        corners = [(high - y, x) for x, y in corners]
        image = image.transpose(Image.Transpose.ROTATE_270)
    if label.askew:
        angle, width, height = math.radians(label.askew), image.width, image.height
        turned = image.rotate(label.askew, Image.Resampling.BICUBIC, expand=True, fillcolor=WHITE)
        cos, sin = math.cos(angle), math.sin(angle)
        corners = [((x - width / 2) * cos + (y - height / 2) * sin + turned.width / 2,
                    (y - height / 2) * cos - (x - width / 2) * sin + turned.height / 2) for x, y in corners]
        image = turned
    return Drawn(np.asarray(image), corners)


def _crowd(image: Image.Image, rng: random.Random, box: tuple[int, int, int, int], gap: int) -> None:
    """Columns of capitals right beside the bars, over their whole height, without a white row between them."""
    draw = ImageDraw.Draw(image)
    for column in range(8):
        for y in range(box[1] - 20 + column % 2 * 7, box[3] + 10, 14):
            for x, anchor in ((box[2] + gap + column * 16, "lt"), (box[0] - gap - column * 16, "rt")):
                draw.text((x, y), rng.choice("HHNNMUBD"), font=font("Sans-Bold", 20), fill=25, anchor=anchor)


# What happens to labels. Each takes the label's picture and its symbol's box and gives the picture back.

def _pen(image: Image.Image, rng: random.Random, box: tuple[int, int, int, int], strokes: int = 1) -> Image.Image:
    """Strokes across the bars, from one side to the other or nearly."""
    left, top, right, bottom = box
    draw = ImageDraw.Draw(image)
    for _ in range(strokes):
        from_y, to_y = rng.uniform(top - 10, bottom + 10), rng.uniform(top - 10, bottom + 10)
        from_x = rng.uniform(left - 40, left + 0.5 * (right - left))
        to_x = from_x + rng.uniform(0.3, 1) * (right - left)
        bend = rng.uniform(-0.15, 0.15) * (bottom - top)
        points = [(from_x + (to_x - from_x) * t / 20,
                   from_y + (to_y - from_y) * t / 20 + bend * math.sin(math.pi * t / 20)) for t in range(21)]
        draw.line(points, fill=40, width=rng.randint(4, 8), joint="curve")
    return image


def _along(image: Image.Image, rng: random.Random, box: tuple[int, int, int, int]) -> Image.Image:
    """One stroke that runs with the bars, and over most or all of their height."""
    left, top, right, bottom = box
    x, high = rng.uniform(left + 20, right - 20), bottom - top
    reach = rng.uniform(0.88, 1.03)
    y = top - 4 if rng.random() < 0.5 else bottom + 4 - reach * high
    lean = rng.uniform(-0.05, 0.05) * high
    ImageDraw.Draw(image).line((x, y, x + lean, y + reach * high), fill=40, width=rng.randint(4, 8))
    return image


def _torn(image: Image.Image, rng: random.Random, box: tuple[int, int, int, int]) -> Image.Image:
    """A ragged part is gone, and with it enough of every row: from one end, or out of the middle."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    keep = rng.uniform(0.45, 0.75)
    draw = ImageDraw.Draw(image)
    way = rng.choice(("left", "right", "middle"))
    lean = rng.uniform(-0.12, 0.12) * wide

    def edge(x: float) -> list[tuple[float, float]]:
        return [(x + lean * (step / 14 - 0.5) + rng.uniform(-7, 7), step / 14 * image.height) for step in range(15)]

    if way == "left":
        outline = [(0, 0)] + edge(left + (1 - keep) * wide) + [(0, image.height)]
    elif way == "right":
        outline = [(image.width, 0)] + edge(left + keep * wide) + [(image.width, image.height)]
    else:
        middle = left + rng.uniform(0.35, 0.65) * wide
        half = max(0.09 * wide, 0.5 * (1 - keep) * 0.6 * wide)
        outline = edge(middle - half) + edge(middle + half)[::-1]
    draw.polygon(outline, fill=WHITE)
    draw.line(outline, fill=150, width=2)
    return image


def _inked(image: Image.Image, rng: random.Random, box: tuple[int, int, int, int]) -> Image.Image:
    """Scribbled over with a thick pen, or blacked out in part."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    draw = ImageDraw.Draw(image)
    if rng.random() < 0.5:
        x = left + rng.uniform(0.05, 0.3) * wide
        points = []
        while x < left + rng.uniform(0.7, 1.0) * wide:
            points += [(x, top - 6 + rng.uniform(-8, 8)), (x + rng.uniform(4, 18), bottom + 6 + rng.uniform(-8, 8))]
            x += rng.uniform(16, 34)
        draw.line(points, fill=30, width=rng.randint(7, 11), joint="curve")
    else:
        for _ in range(rng.randint(2, 4)):
            x, size = rng.uniform(left + 0.1 * wide, right - 0.2 * wide), rng.uniform(0.12, 0.25) * wide
            draw.ellipse((x, top - 15, x + size, bottom + 15), fill=rng.randint(15, 50))
    return image


def _faded(image: Image.Image, rng: random.Random, box: tuple[int, int, int, int]) -> Image.Image:
    """The ink is nearly gone: of the bars only fragments stay under the threshold."""
    gray = np.asarray(image).astype(np.float32)
    ink = (WHITE - gray) / WHITE
    generator = np.random.default_rng(rng.getrandbits(64))
    level = rng.uniform(117, 127) + generator.normal(0, 32, gray.shape) + smooth(rng, gray.shape, 30) * 22
    return Image.fromarray((WHITE - ink * (WHITE - level)).clip(0, 255).astype(np.uint8))


def _scratched(image: Image.Image, rng: random.Random, box: tuple[int, int, int, int]) -> Image.Image:
    """White lines along the bars, where a print head is dirty: each of them breaks every row."""
    left, top, right, bottom = box
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(5, 9)):
        x = rng.uniform(left, right)
        draw.line((x, top - 5, x + rng.uniform(-4, 4), bottom + 5), fill=WHITE, width=rng.randint(5, 10))
    return image


_DAMAGES = {
    "pen": _pen,
    "pen3": lambda image, rng, box: _pen(image, rng, box, 3),
    "along": _along,
    "torn": _torn,
    "inked": _inked,
    "faded": _faded,
    "scratched": _scratched,
}
