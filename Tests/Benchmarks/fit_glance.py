"""Fits the trees that say which candidates are worth a closer look: `fit_glance.py BENCH REMAINS SET…`.

Reads pages that `run` has drawn (each SET a folder of *.pbm and *.pgm), asks BENCH (the program reader-bench) for their candidates, and
learns what the trees of REMAINS/LabelForest.swift answer from what a glance shows. No label is needed: the closer look is the truth here.
Prints what share of what it calls labels is lost at which limit, on pages that were not fitted to, and writes
REMAINS/GlanceForest.swift. Needs numpy and scikit-learn.
"""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold

from fit_remains import DEPTH, GLANCE, PAGE, TRAITS, swift

TREES = 80
# Log odds of the closer look that count as reported here; LabelLikelihood.reportedLogOdds is lower.
REPORTED = 1.0
# One that is reported weighs as many times one that is not.
REPORTED_WEIGHT = 4


class Forest:
    """The trees of a file that `fit_remains.py` has written."""

    def __init__(self, path: Path):
        text = path.read_text()
        def values(name):
            found = re.search(rf"static let {name}: \[\w+\] = \[(.*?)\]", text, re.DOTALL)
            return np.array([float(value) for value in found[1].replace("\n", " ").split(",") if value.strip()])
        self.traits, self.limits, self.leaves = values("traits").astype(int), values("limits"), values("leaves")
        self.bias = float(re.search(r"bias = (-?[\d.]+)", text)[1])

    def log_odds(self, rows):
        nodes, line = 2**DEPTH - 1, np.arange(len(rows))
        total = np.full(len(rows), self.bias)
        for tree in range(len(self.traits) // nodes):
            node = np.zeros(len(rows), int)
            for _ in range(DEPTH):
                at = tree * nodes + node
                node = 2 * node + np.where(rows[line, self.traits[at]] <= self.limits[at], 1, 2)
            total += self.leaves[tree * (nodes + 1) + node - nodes]
        return total


def model():
    return HistGradientBoostingClassifier(
        max_iter=TREES, max_depth=DEPTH, learning_rate=0.1, min_samples_leaf=20, l2_regularization=1.0, early_stopping=False)


def main(bench: str, remains: str, folders: list[str]) -> None:
    pages, traits, glances = [], [], []
    for folder in folders:
        run = subprocess.run([bench, Path(folder).name, folder, "1", "remains"], capture_output=True, text=True, check=True)
        for fields in (line.split("\t") for line in run.stdout.splitlines()):
            if fields[0] == "candidate":
                pages.append(f"{folder}/{fields[PAGE]}")
                traits.append(fields[TRAITS].split())
                glances.append(fields[GLANCE].split())
    traits, glances = np.array(traits, np.float32), np.array(glances, np.float32)
    reported = (Forest(Path(remains) / "LabelForest.swift").log_odds(traits) >= REPORTED).astype(int)
    weight = np.where(reported == 1, REPORTED_WEIGHT, 1)
    score = np.zeros(len(pages))
    for fit, rest in GroupKFold(5).split(glances, reported, np.unique(pages, return_inverse=True)[1]):
        score[rest] = model().fit(glances[fit], reported[fit], sample_weight=weight[fit]).decision_function(glances[rest])
    count = len(set(pages))
    print(f"{count} pages, {len(pages)} candidates, {reported.sum()} of them reported")
    for limit in (-6, -5.5, -5, -4.5, -4, -3, -2):
        kept = score >= limit
        print(f"  from {limit}: {kept.sum() / count:.2f} a page, {(~kept & (reported == 1)).sum()} of the reported lost")
    (Path(remains) / "GlanceForest.swift").write_text(
        swift(model().fit(glances, reported, sample_weight=weight), "GlanceForest", "fit_glance.py", "a closer look would report"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
