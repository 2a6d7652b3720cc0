"""Draws the pages: `make.py FOLDER [SET…]`. The same bytes each time, with the same versions of Pillow, numpy and zint.

Each set becomes a folder of pages (PBM, or PGM for `gray`) and a `truth.json`; a set whose `truth.json` was written by
this very generator is left as it is.
"""

import hashlib
import json
import random
import shutil
import sys
from pathlib import Path

import PIL
import numpy

import scanner
import sets


def main(folder: Path, names: list[str]) -> None:
    version = _version()
    for name in names or sets.SETS:
        target = folder / name
        truth = target / "truth.json"
        if truth.exists() and json.loads(truth.read_text())["generator"] == version:
            continue
        fresh = folder / f"{name}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        pages = _draw(name, fresh)
        lines = ",\n".join(json.dumps(page) for page in pages)
        (fresh / "truth.json").write_text(
            f'{{"set": "{name}", "generator": "{version}", "dpi": 300, "pages": [\n{lines}\n]}}\n')
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
        print(f"{name}: {len(pages)} pages, {sum(len(page['labels']) for page in pages)} labels", file=sys.stderr)


def _draw(name: str, target: Path) -> list[dict]:
    make, seed = sets.SETS[name]
    rng = random.Random(seed)
    pages = []
    for number, made in enumerate(make(rng), 1):
        page = (scanner.in_gray if made.gray else scanner.bilevel)(made.pixels, made.scan, rng)
        file = f"{name}-{number:03}.{'pgm' if made.gray else 'pbm'}"
        width, height = scanner.write(target / file, page)
        pages.append({
            "page": file, "width": width, "height": height, "condition": made.condition,
            "skew": round(made.scan.skew, 2), "turn": 90 * (made.scan.turn % 4), "noise": made.scan.flips,
            "labels": [_label(placed, page.place) for placed in made.labels] + _patch(made, page.place)})
    return pages


def _label(placed: sets.Placed, place: scanner.Placing) -> dict:
    label = placed.label
    quad = [place(corner) for corner in placed.corners]
    return {"symbology": label.symbol.symbology, "text": label.symbol.text, "gs1": label.symbol.kind == "gs1-128",
            "quad": quad, "centre": _centre(quad), "mil": label.mil,
            "inches": round(label.inches, 2) if label.symbol.is_linear else None,
            "conditions": label.conditions, "readable": label.readable}


def _patch(made: sets.Made, place: scanner.Placing) -> list[dict]:
    if not made.patch:
        return []
    quad = [place(corner) for corner in made.patch_corners]
    return [{"symbology": "patch" + made.patch, "text": "", "gs1": False, "quad": quad, "centre": _centre(quad),
             "conditions": [made.condition], "readable": True}]


def _centre(quad: list[tuple[float, float]]) -> tuple[float, float]:
    return round(sum(x for x, _ in quad) / 4, 1), round(sum(y for _, y in quad) / 4, 1)


def _version() -> str:
    """Of everything that decides the pages' bytes, but for zint and the fonts."""
    digest = hashlib.sha256(f"{PIL.__version__} {numpy.__version__}".encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
