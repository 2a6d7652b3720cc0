"""Fits the weights by which the reader tells symbols in two dimensions from words and pictures: `fit.py FOLDER BENCH`.

Reads the pages that `run` has drawn (core, big, torn, bait) and prints bias and weights for
Sources/Stages/30-Reading/Matrix/MatrixLikelihood.swift, and how well they do on pages that they were not fitted to.
Needs numpy and scikit-learn. `BENCH` is the program reader-bench; further folders of the same form may follow.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

SETS = ("core", "big", "torn", "bait")
MATRIX = ("datamatrix", "qr", "aztec", "pdf417")
# On these no label is whole, and yet what lies there is one.
LABEL_LIKE = ("random bars", "cut symbols", "cut matrices")
# A symbol that nothing should be able to read counts so many times one that is read anyway.
TORN_WEIGHT = 4
REPORT_ODDS = 1.7


def box(corners):
    xs, ys = zip(*corners)
    return min(xs), min(ys), max(xs), max(ys)


def covers(a, b):
    """Whether the two share half of the smaller one."""
    shared = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return shared > 0.5 * min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))


def places(folder: Path, bench: str):
    """(page, terms, whether it is a symbol, whether that is torn) of every place that counts."""
    for name in SETS:
        if not (folder / name / "truth.json").exists():
            continue
        pages = {page["page"]: page for page in json.loads((folder / name / "truth.json").read_text())["pages"]}
        run = subprocess.run([bench, name, str(folder / name), "1", "places"], capture_output=True, text=True, check=True)
        for line in run.stdout.splitlines():
            *_, page, quad, terms = line.split("\t")
            if pages[page]["condition"] in LABEL_LIKE:
                continue
            place = box([tuple(map(float, corner.split(","))) for corner in quad.split()])
            labels = [label for label in pages[page]["labels"] if covers(place, box(label["quad"]))]
            if any(label["symbology"] not in MATRIX for label in labels):
                continue  # a piece of a linear label is neither
            yield f"{name}/{page}", [float(term) for term in terms.split()], bool(labels), name == "torn"


def main(folders: list[str], bench: str) -> None:
    rows = [row for folder in folders for row in places(Path(folder), bench)]
    pages, terms, symbol, torn = (np.array(column) for column in zip(*rows))
    weight = np.where(symbol & torn, TORN_WEIGHT, 1)
    groups = np.unique(pages, return_inverse=True)[1]

    def fit(rows):
        scaler = StandardScaler().fit(terms[rows])
        model = LogisticRegression(C=10, max_iter=5000).fit(
            scaler.transform(terms[rows]), symbol[rows], sample_weight=weight[rows])
        weights = model.coef_[0] / scaler.scale_
        return model.intercept_[0] - (weights * scaler.mean_).sum(), weights

    odds = np.zeros(len(rows))
    for known, unknown in GroupKFold(5).split(terms, symbol, groups):
        bias, weights = fit(known)
        odds[unknown] = bias + terms[unknown] @ weights
    told = odds >= REPORT_ODDS
    print(f"{len(rows)} places on {len(set(pages))} pages; on pages not fitted to, at odds of {REPORT_ODDS}:")
    print(f"  pages with a place that is no symbol: {len(set(pages[told & ~symbol]))}")
    print(f"  places of whole symbols: {(told & symbol & ~torn).sum()} of {(symbol & ~torn).sum()}")
    print(f"  places of torn symbols: {(told & symbol & torn).sum()} of {(symbol & torn).sum()}")
    bias, weights = fit(np.arange(len(rows)))
    print(f"  static let bias = {bias:.3f}")
    print("  static let weights = [" + ", ".join(f"{value:.3f}" for value in weights) + "]")


if __name__ == "__main__":
    main([sys.argv[1], *sys.argv[3:]], sys.argv[2])
