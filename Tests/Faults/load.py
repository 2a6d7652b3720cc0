"""More than anybody wanted: files at once, and frames in one file. The parent's memory and descriptors stay bounded (I9).

    load.py burst  [--files 100000] [--verb watch]   as many files at once under a `watch`, for `run`, or for `backfill`
    load.py frames [--frames 65535]                  a document of as many frames in one file
"""

import argparse
import os
import signal
import sqlite3
import sys
import tempfile
import time

import hospital
import paper
from checker import Checker
from crowd import finish, make_site
from hospital import Failure, Site
from points import fast_folder


def burst(scratch, options):
    site = make_site(scratch, batches_in_hand=4)
    site.value["limits"]["workers"] = 2
    site.value["claiming"].update({"settleSeconds": 1, "rescanSeconds": 2})
    site.write()
    said = open(scratch + "/said", "wb")  # A pipe would fill.
    tree = scratch + "/tree" if options.verb == "backfill" else site.drops[0]
    os.makedirs(tree, exist_ok=True)
    verb = [options.verb, tree] if options.verb == "backfill" else [options.verb]
    # A watch is there already; the others find what there is.
    process = site.start(*verb, stdout=said) if options.verb == "watch" else None
    batches, started = [], time.monotonic()
    for number in range(options.files):
        batches.append(hospital.unlabelled(f"burst-{number:06d}.png", f"burst{number}"))
        Site.place(tree, batches[-1].name, batches[-1].data)
    print(f"burst: {options.files} files dropped in {time.monotonic() - started:.0f} s", flush=True)
    process = process or site.start(*verb, stdout=said)
    started, filed, told, slowest = time.monotonic(), 0, time.monotonic(), None
    worst = {"memory": 0, "family": 0, "descriptors": 0}
    while filed < options.files and time.monotonic() - started < options.seconds and process.poll() is None:
        time.sleep(1)
        look_at(process.pid, worst)
        if time.monotonic() - told >= 30:
            now = finished(site)
            rate = (now - filed) / (time.monotonic() - told)
            slowest = rate if slowest is None else min(slowest, rate)
            filed, told = now, time.monotonic()
            print(f"burst: {filed} filed, {rate:.0f} a second, peak {worst['memory'] >> 10} MiB", flush=True)
        elif options.files <= 2000:
            filed = finished(site)
    if options.verb == "watch":
        process.send_signal(signal.SIGTERM)
    process.wait(timeout=120 * hospital.patience())
    if process.returncode not in hospital.DONE:
        with open(scratch + "/said", errors="replace") as file:
            raise Failure(f"`{options.verb}` ended with {process.returncode}: {file.read()[-1500:]}")
    report(site, batches, worst, time.monotonic() - started, slowest, options)


def finished(site):
    """Batches that are through."""
    with sqlite3.connect(f"file:{site.journal}/journal.sqlite?mode=ro", uri=True, timeout=30) as journal:
        return journal.execute("SELECT count(*) FROM batches WHERE state = 'finished'").fetchone()[0]


def report(site, batches, worst, seconds, slowest, options):
    left = options.files - finished(site)
    print(f"burst: {options.files - left} of {options.files} files filed by `{options.verb}` in {seconds:.0f} s"
          + (f", {slowest:.0f} a second where it was slowest" if slowest is not None else "")
          + f", peak {peaks(worst)}", flush=True)
    if worst["memory"] > options.memory << 10 or worst["descriptors"] > 200:
        raise Failure("memory or descriptors are not bounded")
    checker = Checker(site, [] if options.verb == "backfill" else batches)
    if options.verb == "backfill":
        checker.backfilled = batches
        checker.check_finished()
    elif left:
        checker.check_in_motion()
        raise Failure(f"{left} files were not filed in time; nothing is lost")
    else:
        finish(site, batches, seconds=options.seconds)


def peaks(worst):
    return f"{worst['memory'] >> 10} MiB, {worst['family'] >> 10} MiB with its workers, {worst['descriptors']} descriptors"


def frames(scratch, options):
    site = make_site(scratch)
    site.value["limits"]["workers"] = 2
    site.write()
    data = paper.tiff([f"frame{k % 64}" for k in range(options.frames)])
    # A referral may have any number of pages.
    batch = hospital.Dropped(
        "chain.tif", data, [("filed", hospital.PATIENTS[0])] * options.frames,
        hospital.sidecar([(1, "MRN" + hospital.PATIENTS[0]), (1, "DOCREFERRAL")]))
    site.drop([batch])
    process = site.start("run")
    started, worst = time.monotonic(), {"memory": 0, "family": 0, "descriptors": 0}
    while process.poll() is None and time.monotonic() - started < options.seconds:
        time.sleep(0.5)
        look_at(process.pid, worst)
    if process.poll() is None:
        process.kill()
    said = process.communicate()[0].decode(errors="replace")
    if process.returncode not in hospital.DONE:
        raise Failure(f"`run` ended with {process.returncode}: {said[-900:]}")
    seconds = time.monotonic() - started
    print(f"frames: {options.frames} frames in {len(data) >> 20} MiB filed in {seconds:.0f} s, peak {peaks(worst)}", flush=True)
    if worst["memory"] > options.memory << 10:
        raise Failure("memory is not bounded")
    finish(site, [batch], seconds=options.seconds)


def look_at(process, worst):
    """Peaks so far, in KiB: of the parent alone (VmHWM), and of it with its workers (Pss, what they share counted once)."""
    try:
        with open(f"/proc/{process}/status") as file:
            worst["memory"] = max(worst["memory"], number(file, "VmHWM"))
        worst["descriptors"] = max(worst["descriptors"], len(os.listdir(f"/proc/{process}/fd")))
        worst["family"] = max(worst["family"], pss(process) + sum(map(pss, workers(process))))
    except (OSError, StopIteration):
        pass


def workers(parent):
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/status") as file:
                if number(file, "PPid") == parent:
                    found.append(int(name))
        except (OSError, StopIteration):
            pass
    return found


def pss(process):
    try:
        with open(f"/proc/{process}/smaps_rollup") as file:
            return number(file, "Pss")
    except (OSError, StopIteration):
        return 0


def number(lines, name):
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("what", choices=["burst", "frames"])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--verb", choices=["watch", "run", "backfill"], default="watch")
    parser.add_argument("--frames", type=int, default=65_535)
    parser.add_argument("--seconds", type=int, default=3600, help="the longest that it may take")
    parser.add_argument("--memory", type=int, help="MiB that the parent may take (512; for frames 768: some 9 KB a page)")
    options = parser.parse_args()
    options.memory = options.memory or (768 if options.what == "frames" else 512)
    with tempfile.TemporaryDirectory(prefix="chartroom-load-", dir=fast_folder()) as scratch:
        try:
            globals()[options.what](scratch, options)
            print(f"{options.what}: all held", flush=True)
        except Failure as failure:
            sys.exit(f"FAILED {options.what}: {failure}")


if __name__ == "__main__":
    main()
