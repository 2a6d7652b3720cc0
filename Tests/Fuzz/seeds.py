#!/usr/bin/env python3
"""Seeds for the fuzzers: seeds.py FOLDER, which gets one folder a target.

From fixtures/ and, where they lie beside the repository, from other people's files in ../shared/corpora.
"""

import hashlib
import json
import sqlite3
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
CORPORA = ROOT / ".." / "shared" / "corpora"
# A seed is a start, not a load: larger ones only slow the fuzzer.
BYTES_MAX = 64 << 10


class Seeds:
    def __init__(self, folder: Path):
        self.folder = folder

    def add(self, target: str, data: bytes) -> None:
        if 0 < len(data) <= BYTES_MAX:
            place = self.folder / target
            place.mkdir(parents=True, exist_ok=True)
            (place / hashlib.sha1(data).hexdigest()).write_bytes(data)


def images(seeds: Seeds) -> None:
    folders = [FIXTURES, ROOT / "Tests" / "DecodingTests" / "Samples"]
    if CORPORA.is_dir():
        folders += [CORPORA / "tiff", CORPORA / "png"]
    else:
        print(f"SKIPPED: other people's files are not beside this checkout ({CORPORA}); fixtures alone are the seeds")
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            suffix = file.suffix.lower()
            if suffix not in (".tif", ".tiff", ".png") or not file.is_file():
                continue
            data = file.read_bytes()
            name = "png" if suffix == ".png" else "tiff"
            seeds.add(name, data)
            seeds.add(f"decode-{name}", data)


def pages(seeds: Seeds) -> None:
    """Symbols as packed rows, with the four bytes that say depth, width and resolution."""
    for file in sorted((ROOT / "Tests" / "ReadingTests" / "Samples").glob("*.pbm")):
        data = file.read_bytes()
        fields = data.split(None, 3)
        width = int(fields[1])
        start = len(data) - (width + 7) // 8 * int(fields[2])
        if data.startswith(b"P4") and width < 4096:
            seed = bytes([0, width >> 8, width & 255, 1]) + data[start:]
            for target in ("scan-lines", "labels"):
                seeds.add(target, seed)


def texts(seeds: Seeds) -> None:
    configuration = (ROOT / "pipeline.json").read_bytes()
    seeds.add("configuration", configuration)
    for entry in json.loads(configuration)["reading"]["labels"]:
        seeds.add("pattern", entry["pattern"].encode())
    for text in ("MRN12345674", "+/AC12345674X", "PG01OF02", "8018376104250021234569", "ENC5000000017", "DOCLAB"):
        for kind in range(4):
            seeds.add("grammar", bytes([kind]) + text.encode())
        seeds.add("text", text.encode())
    for text in json.loads((FIXTURES / "hostile" / "texts.json").read_text()).values():
        seeds.add("grammar", b"\0" + bytes.fromhex(text))
        seeds.add("text", bytes.fromhex(text))
    for file in sorted(FIXTURES.glob("*.csv")):
        lines = file.read_bytes().splitlines(keepends=True)
        for count in (1, 2, 5, len(lines)):
            seeds.add("csv", b"".join(lines[:count]))
    for file in sorted((FIXTURES / "feeds").iterdir()):
        seeds.add("fhir" if file.suffix == ".json" else "hl7", file.read_bytes())
    for file in sorted(FIXTURES.rglob("*.json")):
        data = file.read_bytes()
        try:
            value = json.loads(data)
        except ValueError:  # made to be broken: a sidecar
            seeds.add("sidecar", data)
            continue
        schema = value.get("schema") if isinstance(value, dict) else None
        if schema == "chartroom.sidecar/1":
            seeds.add("sidecar", data)
        elif schema in ("chartroom.manifest/1", "chartroom.correction/1"):
            seeds.add("manifest", data)
        elif schema in ("chartroom.document/1", "chartroom.set-aside/1") or file.name == "inventory.json":
            seeds.add("inventory", data)


def plans(seeds: Seeds) -> None:
    for file in sorted(FIXTURES.glob("released/*/var/journal.sqlite")):
        with sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True) as journal:
            for (plan,) in journal.execute("SELECT plan FROM plans"):
                seeds.add("plan", plan)


def answers(seeds: Seeds) -> None:
    frame = {"offset": 8, "width": 10, "height": 10, "bitsPerSample": 1, "samplesPerPixel": 1, "compression": 4,
             "photometric": 0, "orientation": 1, "isCopyable": True}
    job = {"format": "tiff", "frames": [{"index": 0, "structure": frame}], "wantsPictures": False,
           "limits": {"pixelsMax": 1000, "ratioMax": 1000, "markMillimetres": 1, "borderMillimetres": 5}}
    hole = {"reason": "undecodable", "detail": "x", "copyable": False}
    for value in (job, {"index": 0, "milliseconds": 1.5, "reading": {"hole": {"_0": hole}}}):
        seeds.add("answer", json.dumps(value).encode())


def main() -> int:
    seeds = Seeds(Path(sys.argv[1]))
    for make in (images, pages, texts, plans, answers):
        make(seeds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
