"""The sets of pages: which sheets are drawn, what lies on them and how they are scanned."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

import bait
import symbols
import texts
from labels import Label, draw
from paper import LETTER, MARGIN, SIZES, WHITE, Sheet, smooth
from scanner import Scan

# Modules in thousandths of an inch as label printers make them: 2 or 3 dots of 203 dpi, 3 or 4 of 300, 6 to 8 of 600.
_MIL = (9.85, 10, 10, 11.7, 13, 13, 13.3)
_MIL_MATRIX = (10, 11.7, 13, 15, 17)


@dataclass
class Placed:
    """A label and the corners of its symbol on the sheet."""

    label: Label
    corners: list[tuple[float, float]]


@dataclass
class Made:
    pixels: np.ndarray
    scan: Scan
    condition: str
    labels: list[Placed] = field(default_factory=list)
    patch: str = ""
    patch_corners: list[tuple[float, float]] = field(default_factory=list)
    gray: bool = False


def stick(sheet: Sheet, label: Label, at: tuple[int, int], opaque: bool = True) -> Placed:
    """Puts the label on the sheet with its picture's top left at `at` (moved to where it fits)."""
    drawn = draw(label, sheet.rng)
    height, width = drawn.gray.shape
    x = max(20, min(at[0], sheet.width - 20 - width))
    y = max(20, min(at[1], sheet.height - 20 - height))
    (sheet.stick if opaque else sheet.darken)(drawn.gray, (x, y))
    return Placed(label, [(x + corner[0], y + corner[1]) for corner in drawn.corners])


def new_label(kind: str, rng: random.Random) -> Label:
    symbol = texts.symbol(kind, rng)
    mil = rng.choice(_MIL if symbol.is_linear or kind == "pdf417" else _MIL_MATRIX)
    return Label(symbol, mil, rng.uniform(0.4, 0.75), growth=rng.uniform(-0.4, 0.5), ink=rng.uniform(15, 50))


# Forms with labels on them

_CORE = {"code128": 27, "gs1-128": 5, "code39": 4, "itf": 3, "codabar": 3, "datamatrix": 4, "qr": 3, "pdf417": 2, "aztec": 2}
_BIG = {"code128": 93, "gs1-128": 16, "code39": 15, "itf": 10, "codabar": 10, "datamatrix": 14, "qr": 10, "pdf417": 8,
        "aztec": 5}


def core(rng: random.Random) -> Iterator[Made]:
    """64 pages, 53 labels on 45 of them."""
    return _forms(rng, _CORE, bare=19, pairs=6, triples=1)


def big(rng: random.Random) -> Iterator[Made]:
    """240 pages, 181 labels on 153 of them; another seed."""
    return _forms(rng, _BIG, bare=87, pairs=22, triples=3)


def _forms(rng: random.Random, deck: dict[str, int], bare: int, pairs: int, triples: int) -> Iterator[Made]:
    kinds = [kind for kind, count in deck.items() for _ in range(count)]
    rng.shuffle(kinds)
    singles = len(kinds) - 2 * pairs - 3 * triples
    counts = [0] * bare + [1] * singles + [2] * pairs + [3] * triples
    rng.shuffle(counts)
    for count in counts:
        yield _form(rng, [kinds.pop() for _ in range(count)])


def _form(rng: random.Random, kinds: list[str]) -> Made:
    sheet = Sheet(rng, rng.choice(SIZES)).form()
    scan = Scan(rng.uniform(-2, 2), 2 if rng.random() < 0.13 else 0, rng.uniform(0.45, 0.75), rng.randint(112, 140))
    condition = rng.choices(("clean", "noise", "pen", "faded"), (62, 22, 11, 5))[0]
    if condition == "noise":
        scan.flips = 0.01
    side = rng.choices(("top right", "left"), (72, 28))[0] if len(kinds) == 1 else "several"
    spots = [(sheet.width - 900, 90), (MARGIN, sheet.height - 560), (sheet.width - 900, sheet.height // 2)]
    labels = []
    for kind, spot in zip(kinds, spots):
        label = new_label(kind, rng)
        label.conditions = [condition, side] + (["upside down"] if scan.turn else [])
        label.askew = rng.uniform(-1, 1) if rng.random() < 0.6 else 0
        if condition == "pen":
            label.damage = ["pen"]
        elif condition == "faded":
            label.ink, label.patchy = rng.uniform(85, 110), 22
        if side == "left":
            label.turn, spot = 3, (40, rng.randint(300, 1400))
        elif side == "top right":
            spot = (sheet.width - rng.randint(500, 950), rng.randint(40, 160))
        labels.append(stick(sheet, label, spot))
    return Made(sheet.pixels(), scan, condition, labels)


def gray(rng: random.Random) -> Iterator[Made]:
    """40 pages of 8-bit gray: uneven light, forms printed on colour."""
    kinds = ["code128"] * 21 + ["gs1-128"] * 3 + ["code39"] * 3 + ["itf", "codabar"] * 2 + ["datamatrix"] * 3 \
        + ["qr"] * 2 + ["pdf417"] * 2 + ["aztec"] + [""] * 1
    rng.shuffle(kinds)
    for kind in kinds:
        made = _form(rng, [kind] if kind else [])
        made.scan.flips = 0
        made.condition = rng.choice(("light", "form", "both"))
        pixels = made.pixels.astype(np.float32)
        if made.condition != "light":
            tint = rng.uniform(0.55, 0.85)
            high = pixels.shape[0] // rng.randint(2, 9)
            band = (np.arange(pixels.shape[0]) // high % 2 == 0)[:, None]
            pixels *= np.where(band, tint, 1) if rng.random() < 0.5 else tint
        if made.condition != "form":
            rows, columns = (np.linspace(rng.uniform(0.45, 1), rng.uniform(0.6, 1), size) for size in pixels.shape)
            pixels *= (rows[:, None] * columns[None, :]) * (1 + 0.08 * smooth(rng, pixels.shape, 400))
        for placed in made.labels:
            placed.label.conditions[0] = made.condition
        made.pixels, made.gray = pixels.clip(0, 255).astype(np.uint8), True
        yield made


# Rows of labels under one stress each

Stress = Callable[[Label, Scan, random.Random], None]
_PER_PAGE = 6
_FADED_PATCHY = 18


def _set(**values: float | list[str]) -> Stress:
    def change(label: Label, scan: Scan, rng: random.Random) -> None:
        for key, value in values.items():
            setattr(label, key, value)
    return change


def _scan(**values: float) -> Stress:
    def change(label: Label, scan: Scan, rng: random.Random) -> None:
        for key, value in values.items():
            setattr(scan, key, value * rng.choice((-1, 1)) if key == "skew" else value)
    return change


def _faded(level: float) -> Stress:
    def change(label: Label, scan: Scan, rng: random.Random) -> None:
        label.ink, label.patchy, scan.threshold = level - 4 + rng.gauss(0, 16), _FADED_PATCHY, 128
    return change


STRESS = {
    "8 mil": _set(mil=8),
    "7 mil": _set(mil=7),
    "6.67 mil": _set(mil=6.667),
    "0.2 in tall": _set(inches=0.2),
    "skew 5": _scan(skew=5),
    "skew 8": _scan(skew=8),
    "skew 12": _scan(skew=12),
    "skew 20": _scan(skew=20),
    "faded 95": _faded(95),
    "faded 110": _faded(110),
    "faded 125": _faded(125),
    "3 pen strokes": _set(damage=["pen3"]),
    "pen along the bars": _set(damage=["along"]),
    "salt-and-pepper 2 %": _scan(flips=0.01),
    "salt-and-pepper 3 %": _scan(flips=0.015),
    "salt-and-pepper 5 %": _scan(flips=0.025),
    "ink growth +": _set(growth=1.0),
    "ink growth -": _set(growth=-1.0),
    "text 3 modules from the bars": _set(crowded=3),
}


def stress(rng: random.Random) -> Iterator[Made]:
    """48 labels a row, 42 Code 128 and 6 Code 39, six to a page and nothing else on it."""
    for row, change in STRESS.items():
        kinds = ["code128"] * 37 + ["gs1-128"] * 5 + ["code39"] * 6
        rng.shuffle(kinds)
        for start in range(0, len(kinds), _PER_PAGE):
            sheet = Sheet(rng)
            scan = Scan(rng.uniform(-1, 1), blur=rng.uniform(0.45, 0.7), threshold=rng.randint(118, 134), dust=4)
            labels = []
            for place, kind in enumerate(kinds[start:start + _PER_PAGE]):
                label = Label(texts.symbol(kind, rng), rng.choice(_MIL), rng.uniform(0.5, 0.75), ink=rng.uniform(15, 50))
                label.conditions = [row]
                label.growth = rng.uniform(-0.2, 0.3)
                change(label, scan, rng)
                at = (rng.randint(560, 900), 420 + place * 420 + rng.randint(0, 60))
                labels.append(stick(sheet, label, at))
            yield Made(sheet.pixels(), scan, row, labels)


# Labels beyond reading

def torn(rng: random.Random) -> Iterator[Made]:
    """200 pages with one label each that nothing should be able to read."""
    kinds = ["code128"] * 56 + ["gs1-128"] * 14 + ["code39"] * 26 + ["itf"] * 18 + ["codabar"] * 16 \
        + ["datamatrix"] * 24 + ["qr"] * 18 + ["pdf417"] * 16 + ["aztec"] * 12
    rng.shuffle(kinds)
    for kind in kinds:
        label = new_label(kind, rng)
        ways = ["torn", "torn", "inked", "faded"] + (["scratched"] if label.symbol.is_linear else ["torn"])
        damage = rng.choice(ways)
        label.damage, label.conditions, label.readable = [damage], [damage], False
        label.caption = rng.random() < 0.6
        label.turn = 3 if rng.random() < 0.25 else 0
        sheet = Sheet(rng, rng.choice(SIZES)).form()
        scan = Scan(rng.uniform(-2, 2), 2 if rng.random() < 0.1 else 0, rng.uniform(0.45, 0.75), rng.randint(124, 131))
        spot = (40, rng.randint(300, 1400)) if label.turn else (sheet.width - rng.randint(500, 950), rng.randint(40, 160))
        placed = stick(sheet, label, spot)
        yield Made(sheet.pixels(), scan, damage, [placed])


# Patch codes

def patch(rng: random.Random) -> Iterator[Made]:
    """Every patch code in every quarter turn, 6 times over (144 pages), and 36 pages with none."""
    cases = [(kind, turn) for kind in symbols.PATCH_BARS for turn in range(4) for _ in range(6)] + [("", 0)] * 36
    rng.shuffle(cases)
    for kind, turn in cases:
        yield _patch_page(rng, kind, turn)


def _patch_page(rng: random.Random, kind: str, turn: int) -> Made:
    with_text = rng.random() < 0.6
    sheet = Sheet(rng, rng.choice(SIZES[:9]))
    if with_text:
        sheet.y = 1150 if kind else MARGIN
        sheet.form()
    scan = Scan(rng.uniform(-3, 3), turn, rng.uniform(0.45, 0.75), rng.randint(112, 140),
                rng.choice((0, 0, 0, 0.01, 0.02)))
    made = Made(sheet.pixels(), scan, "with text" if with_text else "bare", patch=kind)
    if kind:
        length = rng.randint(600, sheet.width - 500)
        ink = symbols.patch(kind, length)
        x = rng.randint(120, sheet.width - 120 - length)
        y = rng.randint(120, 420)
        mark = (WHITE - ink * (WHITE - rng.uniform(15, 50))).astype(np.uint8)
        made.pixels[y:y + len(mark), x:x + length] = mark
        made.patch_corners = [(x, y), (x + length, y), (x + length, y + len(mark)), (x, y + len(mark))]
    return made


# Pages without a label

def bare(rng: random.Random) -> Iterator[Made]:
    """Pages that only look as if: 24 of each kind."""
    for kind, draw_page in bait.KINDS.items():
        for _ in range(24):
            sheet = Sheet(rng, rng.choice([LETTER] * 3 + [(2480, 3508)]))
            draw_page(sheet)
            scan = Scan(rng.uniform(-3, 3), rng.choice((0, 0, 0, 1, 2, 3)), rng.uniform(0.45, 0.75), rng.randint(105, 145),
                        rng.choice((0, 0, 0, 0.01, 0.02)))
            if kind.startswith("dithered"):
                scan.skew, scan.blur = 0, 0.1
            yield Made(sheet.pixels(), scan, kind)


# Labels for the misread run

_OF_GRAMMAR = {"datamatrix": 7, "qr": 5, "pdf417": 4, "aztec": 4, "code128": 3, "code39": 1}


def labels(rng: random.Random) -> Iterator[Made]:
    """3,072 labels with texts of the sample grammar, 24 to a page: most of them in two dimensions, because the misread
    run draws linear ones itself."""
    kinds = [kind for kind, count in _OF_GRAMMAR.items() for _ in range(count * 128)]
    rng.shuffle(kinds)
    for start in range(0, len(kinds), 24):
        sheet = Sheet(rng, LETTER)
        placed = []
        for place, kind in enumerate(kinds[start:start + 24]):
            label = new_label(kind, rng)
            label.symbol = texts.of_grammar(kind, rng)
            at = (60 + place % 3 * 830 + rng.randint(0, 40), 60 + place // 3 * 400 + rng.randint(0, 30))
            placed.append(stick(sheet, label, at))
        scan = Scan(rng.uniform(-2, 2), rng.choice((0, 1, 2, 3)), rng.uniform(0.45, 0.75), rng.randint(112, 140))
        yield Made(sheet.pixels(), scan, "labels", placed)


SETS = {"core": (core, 7001), "stress": (stress, 7003), "big": (big, 7002), "torn": (torn, 7004), "patch": (patch, 7005),
        "gray": (gray, 7006), "bait": (bare, 7007), "labels": (labels, 7008)}
