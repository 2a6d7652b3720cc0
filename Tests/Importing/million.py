#!/usr/bin/env python3
"""Measures the import of a large patient index: a CSV of a million patients, in no order, some merged.

    python3 Tests/Importing/million.py .build/release/chartroom [ROWS]

Makes a site in a folder of its own, imports the file twice (everything is new; everything is known), and ends with 1 where an
import takes more than a minute (of the processor, and on a machine that does nothing else of the clock) or more than 400 MB, or
takes other than all rows. Nobody in the file exists.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SECONDS_MAX = 60
MEGABYTES_MAX = 400
ROOT = Path(__file__).resolve().parent.parent.parent


def luhn(digits: str) -> str:
    total = sum(int(digit) if place % 2 else sum(divmod(2 * int(digit), 10))
                for place, digit in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def write(path: Path, rows: int) -> None:
    dice = random.Random(1)
    numbers = [luhn(f"{2000000 + number:07}") for number in range(rows)]
    dice.shuffle(numbers)
    merged = rows // 50
    with path.open("w") as file:
        file.write("mrn,authority,family,given,middle,birth_date,sex,merged_into\n")
        for place, number in enumerate(numbers):
            if place < merged:
                file.write(f"{number},GENHOSP,,,,,,{numbers[rows - 1 - place]}\n")
            else:
                file.write(f"{number},GENHOSP,Family{place % 9973},Given{place % 499},M,19{place % 100:02}-0{place % 9 + 1}-1"
                           f"{place % 10},{'FM'[place % 2]},\n")


def main(chartroom: str, rows: int) -> int:
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        (site / "pipeline.json").write_bytes((ROOT / "pipeline.json").read_bytes())
        subprocess.run([chartroom, "init"], cwd=site, check=True, stdout=subprocess.DEVNULL)
        write(site / "patients.csv", rows)
        for what in ("new", "known"):
            start = time.monotonic()
            child = subprocess.Popen([chartroom, "patients", "import", "patients.csv", "--json"], cwd=site,
                                     stdout=subprocess.PIPE)
            output = child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
            seconds, megabytes = time.monotonic() - start, usage.ru_maxrss / 1024
            taken = json.loads(output.splitlines()[0])["taken"] if status == 0 else 0
            work = usage.ru_utime + usage.ru_stime
            is_alone = os.getloadavg()[0] <= os.cpu_count()
            print(f"{rows} rows, all {what}: {seconds:.1f} s ({work:.1f} s of the processor), {megabytes:.0f} MB at most, {taken} taken")
            failed |= work > SECONDS_MAX or is_alone and seconds > SECONDS_MAX
            failed |= megabytes > MEGABYTES_MAX or taken != rows
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).resolve()), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000))
