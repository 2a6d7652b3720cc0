"""Fits the trees by which the reader tells what is left of labels: `fit_remains.py BENCH SWIFT FOLDER…`.

Reads pages that `run` has drawn (core, torn, bait) in each FOLDER, asks BENCH (the program reader-bench) for their candidates with their
traits, prints how many labels are reported at how many false pages, on pages that the trees were not fitted to, and writes the trees to
SWIFT (Sources/Stages/30-Reading/Remains/LabelForest.swift). Further folders of the same form (`SET/truth.json`, `SET/*.pbm|pgm`)
may follow. Needs numpy and scikit-learn.
"""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold

SETS = ("core", "torn", "bait", "days")
# On these no label is whole, and yet what lies there is one, or a patch code's neighbour.
UNSURE = ("random bars", "cut symbols", "cut matrices", "near patches")
DEPTH, TREES = 4, 160
# All candidates of one label together weigh so many times one that is none.
LABEL_WEIGHT = 4
# Of a candidate, and of the label: what they share at least.
SHARE_OF_CANDIDATE, SHARE_OF_LABEL = 0.4, 0.25
# What a read symbol covers is not looked at.
READ_SHARE = 0.25
# Beside a label stand its name and number: neither.
NEAR_PIXELS = 25
# Fields of the lines that `reader-bench SET FOLDER 1 remains` writes.
PAGE, QUAD, TRAITS, GLANCE = 4, 5, 6, 7


def box(corners):
    xs, ys = zip(*corners)
    return min(xs), min(ys), max(xs), max(ys)


def corners(field):
    return box([tuple(map(float, corner.split(","))) for corner in field.split()])


def area(a):
    return max(1, (a[2] - a[0]) * (a[3] - a[1]))


def shared(a, b):
    return max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))


def kind(place, labels):
    """(1 a label's, 0 none, -1 neither for sure; the label's number)"""
    result = 0
    for number, label in enumerate(labels):
        quad = box(label["quad"])
        near = (quad[0] - NEAR_PIXELS, quad[1] - NEAR_PIXELS, quad[2] + NEAR_PIXELS, quad[3] + NEAR_PIXELS)
        common = shared(place, quad)
        if common >= SHARE_OF_CANDIDATE * area(place) and common >= SHARE_OF_LABEL * area(quad):
            return 1, number
        if shared(place, near) > 0.02 * area(place):
            result = -1
    return result, -1


def candidates(folder: Path, bench: str):
    """(page, traits, kind, label) of every candidate, and the destroyed labels of every page."""
    rows, destroyed = [], {}
    for name in SETS:
        if not (folder / name / "truth.json").exists():
            continue
        pages = {page["page"]: page for page in json.loads((folder / name / "truth.json").read_text())["pages"]}
        run = subprocess.run([bench, name, str(folder / name), "1", "remains"], capture_output=True, text=True, check=True)
        read = defaultdict(list)
        lines = [line.split("\t") for line in run.stdout.splitlines()]
        for fields in lines:
            if fields[0] == "covered":
                read[fields[PAGE]].append(corners(fields[QUAD]))
        for page, truth in pages.items():
            if truth["condition"] not in UNSURE:
                labels = enumerate(truth["labels"])
                destroyed[f"{folder}/{name}/{page}"] = [at for at, label in labels if not label.get("readable", True)]
        for fields in lines:
            if fields[0] != "candidate" or pages[fields[PAGE]]["condition"] in UNSURE:
                continue
            page, place = fields[PAGE], corners(fields[QUAD])
            if any(shared(place, other) > READ_SHARE * area(place) for other in read[page]):
                continue
            what, label = kind(place, pages[page]["labels"])
            rows.append((f"{folder}/{name}/{page}", [float(trait) for trait in fields[TRAITS].split()], what, label))
    return rows, destroyed


def model():
    return HistGradientBoostingClassifier(
        max_iter=TREES, max_depth=DEPTH, learning_rate=0.11, min_samples_leaf=15, l2_regularization=1.0, early_stopping=False)


def report(rows, destroyed, score):
    """How much is reported at what price, page by page and label by label."""
    worst, best = defaultdict(lambda: -99.0), defaultdict(lambda: -99.0)
    for (page, _, what, label), odds in zip(rows, score):
        if what == 0:
            worst[page] = max(worst[page], odds)
        elif what == 1:
            best[page, label] = max(best[page, label], odds)
    pages = np.array([worst[page] for page in destroyed])
    labels = np.array([best[page, label] for page, numbers in destroyed.items() for label in numbers])
    print(f"{len(pages)} pages, {len(labels)} destroyed labels")
    for limit in (0, 0.5, 1, 1.5, 2, 3):
        print(f"  from {limit}: {(labels >= limit).mean():.1%} of labels, {(pages >= limit).mean():.2%} of pages for nothing")


def tree(nodes):
    """Traits and limits of a full tree's nodes, and its leaves; a leaf that comes early is all leaves below it."""
    traits, limits, leaves = [0] * (2**DEPTH - 1), [0.0] * (2**DEPTH - 1), [0.0] * 2**DEPTH

    def fill(number, place, depth):
        node = nodes[number]
        if depth == DEPTH:
            leaves[place - (2**DEPTH - 1)] = float(node["value"])
            return
        ends = bool(node["is_leaf"])
        if not ends:
            traits[place], limits[place] = int(node["feature_idx"]), float(node["num_threshold"])
        fill(number if ends else node["left"], 2 * place + 1, depth + 1)
        fill(number if ends else node["right"], 2 * place + 2, depth + 1)

    fill(0, 0, 0)
    return traits, limits, leaves


def swift(fitted, name="LabelForest", script="fit_remains.py", what="traits are a label's") -> str:
    trees = [tree(predictor.nodes) for (predictor,) in fitted._predictors]
    number = lambda value: f"{value:.4g}"
    rows = lambda values: [f"    {', '.join(values[at:at + 8])}," for at in range(0, len(values), 8)]
    lines = [
        f"// Written by Tests/Benchmarks/{script}.", "",
        f"/// Regression trees that say how likely {what}: of each tree the traits that its {2**DEPTH - 1} nodes ask for, their limits (to",
        f"/// the left where a trait is at most that), and the log odds that its {2**DEPTH} leaves add.",
        f"enum {name} {{", f"  static let depth = {DEPTH}",
        f"  static let bias = {float(fitted._baseline_prediction.ravel()[0]):.4f}", "  static let traits: [UInt8] = [",
    ]
    for traits, _, _ in trees:
        lines.append(f"    {', '.join(map(str, traits))},")
    lines += ["  ]", "  static let limits: [Float] = ["]
    for _, limits, _ in trees:
        lines += rows([number(limit) for limit in limits])
    lines += ["  ]", "  static let leaves: [Float] = ["]
    for _, _, leaves in trees:
        lines += rows([number(leaf) for leaf in leaves])
    lines += ["  ]", "", "  static let trees = Trees(depth: depth, bias: bias, traits: traits, limits: limits, leaves: leaves)"]
    return "\n".join(lines + ["}", ""])


def main(bench: str, target: str, folders: list[str]) -> None:
    rows, destroyed = [], {}
    for folder in folders:
        more, labels = candidates(Path(folder), bench)
        rows += more
        destroyed |= labels
    traits, what = np.array([row[1] for row in rows], np.float32), np.array([row[2] for row in rows])
    count = defaultdict(int)
    for page, _, is_label, label in rows:
        count[page, label] += is_label == 1
    weight = np.array([LABEL_WEIGHT / count[page, label] if is_label == 1 else 1 for page, _, is_label, label in rows])
    groups = np.unique([row[0] for row in rows], return_inverse=True)[1]
    score = np.zeros(len(rows))
    for fit, rest in GroupKFold(5).split(traits, what, groups):
        fit = fit[what[fit] >= 0]
        score[rest] = model().fit(traits[fit], what[fit], sample_weight=weight[fit]).decision_function(traits[rest])
    report(rows, destroyed, score)
    sure = what >= 0
    Path(target).write_text(swift(model().fit(traits[sure], what[sure], sample_weight=weight[sure])))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
