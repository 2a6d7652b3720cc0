"""Barcodes and patch codes as ink: how much of each 300-dpi pixel is covered, 0…1.

The symbols are drawn by `zint`, never by an encoder of ours: a reader that is measured with its own encoder can
share its mistakes. Coverage is exact (an edge in the middle of a pixel covers half of it), so that after the
scanner's threshold a module of 13 mil is sometimes three pixels wide and sometimes four, as on paper.
"""

import functools
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

DPI = 300

# zint's number, extra options, and whether one row of modules is the whole symbol.
_KINDS = {
    "code128": ("20", [], True),
    "gs1-128": ("16", [], True),
    "code39": ("8", [], True),
    "itf": ("3", [], True),
    "codabar": ("18", [], True),
    "datamatrix": ("71", ["--square"], False),
    "qr": ("58", [], False),
    "pdf417": ("55", ["--cols=3"], False),
    "aztec": ("92", [], False),
}

# Bars from the leading edge, 4 bars of 0.08 in (N) or 0.20 in (W) with spaces of 0.08 in: Kodak A-61599.
PATCH_BARS = {"1": "WWNN", "2": "WNNW", "3": "WNWN", "4": "NWWN", "6": "NNWW", "T": "NWNW"}


@dataclass(frozen=True)
class Symbol:
    """What is encoded. `data` is zint's input; `text` is what a reader must say (FNC1 between fields is U+001D)."""

    kind: str
    data: str
    text: str

    @property
    def symbology(self) -> str:
        return "code128" if self.kind == "gs1-128" else self.kind

    @property
    def is_linear(self) -> bool:
        return _KINDS[self.kind][2]


@functools.cache
def modules(kind: str, data: str) -> np.ndarray:
    """The symbol with one element a module, true where it is black, without quiet zone."""
    number, options, linear = _KINDS[kind]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "symbol.png"
        subprocess.run(["zint", "-b", number, "--scale=0.5", "--notext", *options, "-d", data, "-o", str(target)],
                       check=True, capture_output=True, text=True)
        with Image.open(target) as picture:
            black = np.array(picture.convert("L")) < 128
    if linear:
        black = black[black.shape[0] // 2][None, :]
    columns, rows = np.flatnonzero(black.any(0)), np.flatnonzero(black.any(1))
    return black[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]


def ink(symbol: Symbol, mil: float, inches: float, growth: float, phase: float) -> np.ndarray:
    """The ink of a symbol with modules of `mil` thousandths of an inch.

    `inches`: height of the bars, linear symbols only. `growth`: pixels by which each bar is wider (or, negative,
    narrower) than it should be, linear symbols only. `phase`: 0…1, where in its first pixel the symbol begins.
    """
    black = modules(symbol.kind, symbol.data)
    pitch = mil / 1000 * DPI
    if symbol.is_linear:
        return np.repeat(bars(black[0], pitch, growth, phase)[None, :], round(inches * DPI), axis=0)
    across, down = (_overlap(count, pitch, phase) for count in (black.shape[1], black.shape[0]))
    return (down @ black.astype(np.float32) @ across.T).astype(np.float32)


def bars(black: np.ndarray, pitch: float, growth: float = 0, phase: float = 0) -> np.ndarray:
    """One row of ink for a row of modules of `pitch` pixels each."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], black.astype(np.int8), [0]))))
    starts = edges[0::2] * pitch + phase - growth / 2 + 1
    ends = edges[1::2] * pitch + phase + growth / 2 + 1
    ticks = np.arange(int(np.ceil(ends[-1])) + 1)[:, None]
    return np.diff(np.clip(ticks - starts, 0, ends - starts).sum(1)).clip(0, 1).astype(np.float32)


def patch(kind: str, length: int) -> np.ndarray:
    """The ink of a patch code with its leading edge up and bars of `length` pixels."""
    narrow, wide = round(0.08 * DPI), round(0.20 * DPI)
    rows: list[int] = []
    for place, bar in enumerate(PATCH_BARS[kind]):
        rows += ([0] * narrow if place else []) + [1] * (wide if bar == "W" else narrow)
    return np.repeat(np.array(rows, np.float32)[:, None], length, axis=1)


def _overlap(count: int, pitch: float, phase: float) -> np.ndarray:
    """How much of each pixel (row) belongs to each module (column)."""
    ticks = np.arange(int(np.ceil(count * pitch + phase)) + 1)[:, None]
    starts = np.arange(count) * pitch + phase
    return np.diff(np.clip(ticks - starts, 0, pitch), axis=0).astype(np.float32)
