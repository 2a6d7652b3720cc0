"""Draws forms, fills each several times and scans each filling several times, for measuring what possible duplicates are known by.

    rescans.py FOLDER [FORMS]       writes FOLDER/KIND.FORM.FILLING.SCAN.pbm, three fillings of three scans for each form

`handwritten`: fields, lines and notes by hand, a label stuck on within 5 mm of its place. `signed`: a printed text of which only the
signature and the date by hand differ. `typed`: an analyser's report whose date and numbers differ and nothing else. A scan lies up to
4 mm and 1.5° askew and is 0.5 % larger or smaller, with a blur, threshold, noise and dust of its own.
"""

import random
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import paper
import scanner
import texts

SIZES = [paper.LETTER, (2480, 3508)]


class Form(paper.Sheet):
    """The form comes from `rng`, what is written on it by hand from `hand`."""

    def __init__(self, form: str, filling: int, size: tuple[int, int]):
        super().__init__(random.Random(form), size)
        self.hand = random.Random(f"{form}/{filling}")

    def scribble(self, x, y, length, high, width=0, ink=0):
        form, self.rng = self.rng, self.hand
        super().scribble(x, y, length * self.hand.uniform(0.5, 1), high, width, ink)
        self.rng = form

    def lines(self) -> None:
        for _ in range(self.rng.randint(3, 9)):
            if self.hand.random() < 0.6:
                self.scribble(paper.MARGIN + 20, self.y + 38, self.hand.randint(400, self.right - paper.MARGIN - 100), 40)
            self.y += 84
            self.draw.line((paper.MARGIN, self.y, self.right, self.y), fill=self.ink, width=2)
        self.y += 50

    def sticker(self, slack: int) -> None:
        """Bars on a label of 52 × 22 mm, the same on every filling."""
        x, y = self.width - 730 + self.hand.randint(-slack, slack), 130 + self.hand.randint(-slack, slack)
        self.draw.rounded_rectangle((x, y, x + 620, y + 260), 18, fill=255, outline=0, width=2)
        bars, at = random.Random("bars"), x + 48
        while at < x + 570:
            wide = bars.choice((4, 8, 12))
            self.draw.rectangle((at, y + 40, at + wide - 1, y + 190), fill=0)
            at += wide + bars.choice((4, 8, 12))


def handwritten(form: str, filling: int, size: tuple[int, int]) -> np.ndarray:
    sheet = Form(form, filling, size)
    sheet.form()
    sheet.sticker(60)
    return sheet.pixels()


def signed(form: str, filling: int, size: tuple[int, int]) -> np.ndarray:
    sheet = Form(form, filling, size)
    sheet.heading()
    for _ in range(4):
        sheet.paragraph()
        sheet.y += 40
    sheet.y += 60
    for x, length in [(paper.MARGIN + 60, 700), (paper.MARGIN + 1200, 380)]:
        sheet.scribble(x, sheet.y - 10, length, 56)
        sheet.draw.line((x, sheet.y + 60, x + 760, sheet.y + 60), fill=sheet.ink, width=3)
    sheet.sticker(0)
    return sheet.pixels()


def typed(form: str, filling: int, size: tuple[int, int]) -> np.ndarray:
    sheet = Form(form, filling, size)
    rng, hand = sheet.rng, sheet.hand
    sheet.heading()
    sheet.text(paper.MARGIN, sheet.y, "Collected " + texts.date(hand), 34, "SansMono")
    sheet.y += 90
    for _ in range(2):
        for _ in range(rng.randint(8, 14)):
            for x, text in [(170, texts.caption(rng)), (1000, f"{hand.uniform(1, 200):.1f}"), (1400, "mmol/L"),
                            (1900, f"{rng.randint(1, 50)}-{rng.randint(60, 200)}")]:
                sheet.text(x, sheet.y + 8, text, 30, "SansMono" if x == 1000 else "Sans")
            sheet.draw.line((paper.MARGIN, sheet.y, sheet.right, sheet.y), fill=30, width=2)
            sheet.y += 64
        sheet.y += 60
    sheet.paragraph()
    sheet.sticker(0)
    return sheet.pixels()


def zoomed(sheet: np.ndarray, factor: float) -> np.ndarray:
    """About its middle, in its own size: rollers turn faster or slower than the scanner's clock has it."""
    height, width = sheet.shape
    left, top = (width - width / factor) / 2, (height - height / factor) / 2
    return np.asarray(Image.fromarray(sheet).transform(
        (width, height), Image.Transform.EXTENT, (left, top, width - left, height - top), Image.Resampling.BICUBIC,
        fillcolor=paper.WHITE))


def scanned(sheet: np.ndarray, rng: random.Random) -> scanner.Page:
    height, width = sheet.shape
    sheet = zoomed(sheet, rng.uniform(0.995, 1.005))
    x, y = rng.randint(-47, 47), rng.randint(-47, 47)
    moved = np.full_like(sheet, paper.WHITE)
    moved[max(0, y):height + min(0, y), max(0, x):width + min(0, x)] = \
        sheet[max(0, -y):height + min(0, -y), max(0, -x):width + min(0, -x)]
    scan = scanner.Scan(skew=rng.uniform(-1.5, 1.5), blur=rng.uniform(0.4, 1), threshold=rng.randint(105, 160),
                        flips=rng.choice((0, 0, 0.001, 0.003)), dust=rng.choice((5, 20, 60)))
    return scanner.bilevel(moved, scan, rng)


def main() -> None:
    folder, forms = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 30
    folder.mkdir(parents=True, exist_ok=True)
    for draw in (handwritten, signed, typed):
        for form in range(forms):
            for filling in range(3):
                name = f"{draw.__name__}.{form}"
                sheet = draw(name, filling, SIZES[form % 2])
                for scan in range(3):
                    page = scanned(sheet, random.Random(f"{name}.{filling}.{scan}"))
                    scanner.write(folder / f"{name}.{filling}.{scan}.pbm", page)


if __name__ == "__main__":
    main()
