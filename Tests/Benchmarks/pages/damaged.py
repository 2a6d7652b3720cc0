"""Labels with one or two damages each, on little paper: `damaged.py LABELS OUT [EACH]`, for `fit_glance.py`.

LABELS is a folder of PBM pictures of whole labels (the set `labels`); of each EACH pictures are made. Always the same ones.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

SIDE_MAX = 3400


def damaged(ink, dice):
    height, width = ink.shape
    way = dice.integers(0, 9)
    if way == 0:  # faded
        return ink & (dice.random(ink.shape) > dice.uniform(0.3, 0.85))
    if way == 1:  # salt and pepper
        return ink ^ (dice.random(ink.shape) < dice.uniform(0.01, 0.12))
    if way == 2:  # a pen
        for _ in range(dice.integers(1, 6)):
            thick, slant = dice.integers(3, max(4, height // 6)), dice.uniform(-0.3, 0.3)
            middle = dice.integers(0, max(1, height - thick + 1))
            for x in range(width):
                y = int(middle + slant * (x - width / 2))
                ink[max(0, y) : max(0, y + thick), x] = True
    elif way == 3:  # torn across the bars
        x = dice.integers(0, width)
        ink[:, slice(0, x) if dice.random() < 0.5 else slice(x, None)] = False
    elif way == 4:  # torn along the bars
        y = dice.integers(0, height)
        ink[slice(0, y) if dice.random() < 0.5 else slice(y, None)] = False
    elif way == 5:  # blots and holes
        rows, columns = np.ogrid[:height, :width]
        for _ in range(dice.integers(1, 5)):
            x, y = dice.integers(0, width), dice.integers(0, height)
            radius = dice.uniform(0.1, 0.4) * min(height, width) + 6
            ink[(columns - x) ** 2 + (rows - y) ** 2 < radius * radius] = dice.random() < 0.6
    elif way == 6:  # ink spread or worn off
        for _ in range(dice.integers(1, 4)):
            right, below = np.roll(ink, 1, 1), np.roll(ink, 1, 0)
            ink = ink | right | below if dice.random() < 0.6 else ink & right & below
    elif way == 7:  # lines of a feeder
        for _ in range(dice.integers(2, 7)):
            x, thick = dice.integers(0, width), dice.integers(2, 14)
            ink[:, x : x + thick] = dice.random() < 0.5
    else:  # folded
        y = dice.integers(0, height // 2 + 1)
        ink[y:] = np.roll(ink[y:], dice.integers(4, 40), 1)
    return ink


def main(labels: str, target: str, each: int) -> None:
    dice, number = np.random.default_rng(5), 0
    Path(target).mkdir(parents=True, exist_ok=True)
    for path in sorted(Path(labels).glob("*.pbm")):
        whole = np.array(Image.open(path).convert("L")) < 128
        for _ in range(each):
            ink = whole.copy()
            for _ in range(dice.integers(1, 3)):
                ink = damaged(ink, dice)
            ink = np.pad(np.rot90(ink, dice.integers(0, 4)), dice.integers(0, 120))
            if max(ink.shape) <= SIDE_MAX:
                number += 1
                Image.fromarray(~ink).save(Path(target) / f"damaged-{number:05d}.pbm")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 14)
