"""The report of a run, as Markdown: `report.py FOLDER SET…`. Reads FOLDER/results and the pages' truth.json."""

import json
import math
import platform
import re
import shutil
import statistics
import subprocess
import sys
import urllib.parse
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

SYMBOLOGIES = ["code128", "code39", "itf", "codabar", "datamatrix", "qr", "pdf417", "aztec"]
TIMED = ("core", "big", "gray")
# On these the truth has no label, and yet a region that nothing can read may honestly be reported.
LABEL_LIKE = ("random bars", "cut symbols", "cut matrices")

Reader = tuple[str, str]
Key = tuple[str, str]


@dataclass
class Result:
    """What one reader made of one page."""

    cpu: float = math.nan
    expand: float = 0
    aborted: bool = False
    reads: list[Key] = field(default_factory=list)
    unreadable: list[tuple[float, float, float, float]] = field(default_factory=list)


class Run:
    """All pages with their truth, and all results: `results[reader][set, page]`."""

    def __init__(self, folder: Path, names: list[str]):
        self.names = names
        self.truth: dict[str, dict[str, dict]] = {}
        self.generators: set[str] = set()
        self.results: dict[Reader, dict[tuple[str, str], Result]] = defaultdict(lambda: defaultdict(Result))
        for name in names:
            truth = folder / name / "truth.json"
            made = json.loads(truth.read_text())
            self.generators.add(made["generator"])
            self.truth[name] = {page["page"]: page for page in made["pages"]}
            for source in ("chartroom", "debian", "pypi"):
                lines = folder / "results" / f"{source}-{name}.tsv"
                if lines.exists() and lines.stat().st_mtime > truth.stat().st_mtime:
                    self._take(lines.read_text())

    def _take(self, lines: str) -> None:
        for line in lines.splitlines():
            what, engine, setting, name, page, *rest = line.split("\t")
            result = self.results[engine, setting][name, page]
            if what == "page":
                result.cpu, result.expand = float(rest[0]), float(rest[1])
            elif what == "abort":
                result.aborted = True
            elif what == "read":
                result.reads.append(key(rest[0], urllib.parse.unquote(rest[1], errors="backslashreplace")))
            elif what == "unreadable":
                result.unreadable.append(box(tuple(map(float, corner.split(","))) for corner in rest[0].split()))

    @property
    def ours(self) -> list[Reader]:
        return [reader for reader in self.results if reader[0] == "chartroom"]

    def has_run(self, reader: Reader, name: str) -> bool:
        return any(there == name for there, _ in self.results[reader])

    def pages(self, *names: str):
        return ((name, page) for name in names if name in self.truth for page in self.truth[name].values())

    def labels(self, *names: str):
        return ((name, page, label) for name, page in self.pages(*names) for label in page["labels"])

    def has_read(self, reader: Reader, name: str, page: dict, label: dict) -> bool:
        return key(label["symbology"], label["text"]) in self.results[reader][name, page["page"]].reads

    def has_reported(self, reader: Reader, name: str, page: dict, label: dict) -> bool:
        place = box(label["quad"])
        return any(overlap(place, region) for region in self.results[reader][name, page["page"]].unreadable)

    def false_reads(self, reader: Reader, name: str) -> list[tuple[dict, Key]]:
        found = []
        for _, page in self.pages(name):
            right = {key(label["symbology"], label["text"]) for label in page["labels"]}
            found += [(page, read) for read in self.results[reader][name, page["page"]].reads if read not in right]
        return found


def key(symbology: str, text: str) -> Key:
    """What is compared. Codabar without its start and stop letters, because some readers leave them out."""
    if symbology == "codabar":
        text = re.sub(r"^[A-D](.*)[A-D]$", r"\1", text.upper())
    return symbology, text


def box(corners) -> tuple[float, float, float, float]:
    xs, ys = zip(*corners)
    return min(xs), min(ys), max(xs), max(ys)


def overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    """Whether the two share a quarter of the smaller one."""
    shared = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return shared > 0.25 * min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))


def spread(values: list[float], digits: int) -> str:
    values = sorted(values)
    if not values:
        return "–"
    low, high = (values[round(share * (len(values) - 1))] for share in (0.1, 0.9))
    return f"{statistics.median(values):.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def table(head: list[str], rows: list[list]) -> None:
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |")
    print()


def title(reader: Reader) -> str:
    return f"{reader[0]}: {reader[1]}"


# The parts of the report

def machine(run: Run) -> None:
    def said(*command: str) -> str:
        if not shutil.which(command[0]):
            return "not there"
        return subprocess.run(command, capture_output=True, text=True).stdout.strip().split("\n")[0]

    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.processor())
    debian = ", ".join(f"{package} {said('dpkg-query', '-W', '-f', '${Version}', package)}"
                       for package in ("libzbar0", "libzxing2", "zint"))
    print(f"""# Results of a run

Written by `Tests/Benchmarks/run --record`; what was measured and how stands in README.md beside this file.

- Processor: {model}, {platform.machine()}; one thread; milliseconds of processor time of that thread, without reading
  the file and without the expansion to 8 bits that zbar and zxing-cpp need (a column of its own).
- CPU target of every binary: x86-64 baseline (swift -c release and g++ -O2 without `-march`; Debian's packages and PyPI's
  wheel are built so too). What a library chooses while it runs is its own affair.
- {said("swift", "--version")}; {said("g++", "--version")}; {debian};
  the newest zxing-cpp of PyPI carries its version in its name below.
- Pages: generator {", ".join(sorted(run.generators))}.
""")


def speed(run: Run) -> None:
    for name in (name for name in run.names if name in TIMED):
        print(f"## Speed: {name}, ms a page\n")
        rows = []
        for reader, results in run.results.items():
            mine = {page: result for (there, page), result in results.items() if there == name and not result.aborted}
            if not mine:
                continue
            aborted = sum(result.aborted for (there, _), result in results.items() if there == name)
            row = [title(reader), spread([result.cpu for result in mine.values()], 2),
                   f"{statistics.mean(result.cpu for result in mine.values()):.2f}",
                   f"{statistics.median(result.expand for result in mine.values()):.2f}", aborted]
            for ours in run.ours:
                pairs = [(result.cpu, run.results[ours][name, page].cpu) for page, result in mine.items()]
                row.append(spread([theirs / our for theirs, our in pairs if our > 0], 1))
            rows.append(row)
        table(["reader: setting", "median (p10–p90)", "mean", "expansion", "aborts"]
              + [f"× {ours[1]} (p10–p90)" for ours in run.ours], rows)
    print("The ratio is taken page by page; its median and spread are given.\n")


def recall(run: Run) -> None:
    for name in (name for name in run.names if name in TIMED):
        counts = Counter(label["symbology"] for *_, label in run.labels(name))
        conditions = Counter(condition for *_, label in run.labels(name) for condition in label["conditions"])
        print(f"## Recall: {name}, labels read\n")
        readers = [reader for reader in run.results if run.has_run(reader, name)]
        rows, by_condition = [["on the pages"] + [counts[s] for s in SYMBOLOGIES] + [sum(counts.values()), "", ""]], []
        for reader in readers:
            read: Counter = Counter()
            silent = 0
            for _, page, label in run.labels(name):
                if run.has_read(reader, name, page, label):
                    read.update([label["symbology"], *label["conditions"]])
                else:
                    silent += not run.has_reported(reader, name, page, label)
            rows.append([title(reader)] + [read[s] for s in SYMBOLOGIES] + [sum(read[s] for s in SYMBOLOGIES)]
                        + [silent if reader in run.ours else "", len(run.false_reads(reader, name))])
            by_condition.append([title(reader)] + [read[condition] for condition in conditions])
        table(["reader: setting"] + SYMBOLOGIES + ["all", "missed in silence", "false"], rows)
        table(["reader: setting"] + [f"{condition} (of {count})" for condition, count in conditions.items()], by_condition)


def stress(run: Run) -> None:
    if "stress" not in run.names:
        return
    print("## Recall under stress, labels read of 48\n")
    rows = list(dict.fromkeys(page["condition"] for _, page in run.pages("stress")))
    read = {reader: Counter(page["condition"] for _, page, label in run.labels("stress")
                            if run.has_read(reader, "stress", page, label))
            for reader in run.results if run.has_run(reader, "stress")}
    lines = [[row] + [read[reader][row] for reader in read] for row in rows]
    lines.append(["**sum**"] + [f"**{sum(read[reader].values())}**" for reader in read])
    lines.append(["false reads"] + [len(run.false_reads(reader, "stress")) for reader in read])
    lines.append(["pages aborted"] + [sum(result.aborted for (name, _), result in run.results[reader].items() if name == "stress")
                                      for reader in read])
    table(["condition"] + [title(reader) for reader in read], lines)


def torn(run: Run) -> None:
    if "torn" not in run.names:
        return
    print("## Labels beyond reading: torn\n")
    counts = Counter(page["condition"] for _, page in run.pages("torn"))
    kinds = Counter(label["symbology"] for *_, label in run.labels("torn"))
    for reader in (reader for reader in run.results if run.has_run(reader, "torn")):
        read = sum(run.has_read(reader, "torn", page, label) for _, page, label in run.labels("torn"))
        print(f"- {title(reader)}: {read} of {sum(counts.values())} read all the same, "
              f"{len(run.false_reads(reader, 'torn'))} false")
    print()
    for reader in run.ours:
        reported: Counter = Counter()
        left: Counter = Counter()
        for _, page, label in run.labels("torn"):
            if run.has_read(reader, "torn", page, label):
                continue
            left.update([page["condition"], label["symbology"], "all"])
            if run.has_reported(reader, "torn", page, label):
                reported.update([page["condition"], label["symbology"], "all"])
        print(f"{title(reader)}: of those not read, reported as unreadable in their place:\n")
        table(["all"] + list(counts) + list(kinds),
              [[f"{reported[what]} of {left[what]}" for what in ("all", *counts, *kinds)]])


def patch(run: Run) -> None:
    if "patch" not in run.names:
        return
    print("## Patch codes: read of those printed, by quarter turn\n")
    for reader in run.ours:
        there: Counter = Counter()
        read: Counter = Counter()
        for _, page, label in run.labels("patch"):
            there[label["symbology"], page["turn"]] += 1
            read[label["symbology"], page["turn"]] += run.has_read(reader, "patch", page, label)
        codes = sorted({code for code, _ in there})
        table([title(reader)] + codes, [[f"{turn}°"] + [f"{read[code, turn]} of {there[code, turn]}" for code in codes]
                                        for turn in (0, 90, 180, 270)])


def bait(run: Run) -> None:
    print("## Pages without a label\n")
    for reader in run.ours:
        reported: Counter = Counter()
        there: Counter = Counter()
        for name, page in run.pages("core", "big", "gray", "patch", "bait"):
            if page["labels"]:
                continue
            kind = page["condition"] if name == "bait" else f"bare pages of {name}"
            there[kind] += 1
            reported[kind] += bool(run.results[reader][name, page["page"]].unreadable)
        strict = [kind for kind in there if kind not in LABEL_LIKE]
        print(f"{title(reader)}: pages that report a region that nothing could read: "
              f"{sum(reported[kind] for kind in strict)} of {sum(there[kind] for kind in strict)}. (Of pages with "
              f"{', '.join(LABEL_LIKE)}, which may: {sum(reported[kind] for kind in LABEL_LIKE)} of "
              f"{sum(there[kind] for kind in LABEL_LIKE)}.)\n")
        if any(reported[kind] for kind in strict):
            table(["kind", "pages that report one"], [[kind, f"{reported[kind]} of {there[kind]}"] for kind in strict
                                                      if reported[kind]])


def false_reads(run: Run) -> None:
    print("## False reads\n\nA read whose symbology and text are not on its page.\n")
    table(["reader: setting"] + run.names + ["all"],
          [[title(reader)] + [len(run.false_reads(reader, name)) if run.has_run(reader, name) else "not run" for name in run.names]
           + [sum(len(run.false_reads(reader, name)) for name in run.names)] for reader in run.results])
    rows = []
    for reader in run.results:
        for name in run.names:
            for page, (symbology, text) in run.false_reads(reader, name):
                there = ", ".join(f"{label['symbology']} `{label['text']}`" for label in page["labels"])
                rows.append([title(reader), page["page"], page["condition"], symbology, ascii(text)[1:-1], there])
    if rows:
        table(["reader: setting", "page", "condition", "read", "text", "on the page"], rows)


def main(folder: Path, names: list[str]) -> None:
    run = Run(folder, names)
    if any(name in TIMED for name in names):
        machine(run)
        speed(run)
        recall(run)
    stress(run)
    torn(run)
    patch(run)
    bait(run)
    false_reads(run)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
