"""Many processes on one site: killed, stopped, with clocks that jump, without what the machine usually gives.

    crowd.py killed  [--seconds 120]   run, watch and backfill beside one another, killed at random, stopped and continued
    crowd.py stopped [--times 6]       one is stopped: the others take every other batch; then it goes on, or is killed
    crowd.py held                      the journal is held by another: exit code 75
    crowd.py clocks                    2001, today, 2038
    crowd.py unwatched                 inotify cannot be had, cannot watch, loses what it had to tell
    crowd.py log                       a log that takes nothing
    crowd.py descriptors               fewer open files than it needs
"""

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import hospital
from checker import Checker, files_below
from hospital import Failure, Site
from points import fast_folder


def make_site(scratch, batches_in_hand=2):
    site = Site(scratch + "/site")
    site.value["limits"].update({"workers": 1, "batchesInHandMax": batches_in_hand})
    return site.make()


def some_batch(dice, number):
    kind = dice.randrange(4)
    if kind == 0:
        return hospital.divided(f"n{number}.tif", f"crowd{number}", dice.sample(hospital.PATIENTS, 2))
    if kind == 1:
        return hospital.unlabelled(f"n{number}.png", f"crowd{number}")
    return hospital.filed(f"n{number}.tif", f"crowd{number}", 1 + dice.randrange(2), hospital.PATIENTS[number % 4])


def finish(site, batches, backfilled=(), seconds=300):
    """A clean run, perhaps two where a batch was found half done, then the checker."""
    site.demand(hospital.DONE, "run", seconds=seconds)
    checker = Checker(site, batches)
    checker.backfilled = list(backfilled)
    checker.check_finished()
    site.demand({0}, "verify", seconds=seconds)


# MARK: Killed at random

def killed(scratch, options):
    site = make_site(scratch)
    dice = random.Random(options.seed)
    tree = scratch + "/tree"
    os.makedirs(tree)
    backfilled = [some_batch(dice, 100_000 + k) for k in range(40)]
    for batch in backfilled:
        if batch.sidecar:
            Site.place(tree, batch.sidecar_name, batch.sidecar)
        Site.place(tree, batch.name, batch.data)
    verbs = [("run",), ("run",), ("watch",), ("backfill", tree)]
    processes, batches, kills, stops = {}, [], 0, 0
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        for verb in range(len(verbs)):
            process = processes.get(verb)
            if process is None or process.poll() is not None:
                expect_orderly(process, verbs[verb])
                processes[verb] = site.start(*verbs[verb])
        batches.append(some_batch(dice, len(batches)))
        site.drop(batches[-1:])
        time.sleep(dice.random() * 0.15)
        victim = processes[dice.randrange(len(verbs))]
        throw = dice.random()
        if throw < 0.35:
            victim.kill()
            victim.wait()
            victim.expected = True
            kills += 1
        elif throw < 0.5:
            victim.send_signal(signal.SIGSTOP)
            time.sleep(dice.random() * 0.3)
            victim.send_signal(signal.SIGCONT)
            stops += 1
    for process in processes.values():
        process.kill()
        process.wait()
    site.demand(hospital.DONE, "backfill", tree, seconds=300)
    finish(site, batches, backfilled)
    print(f"killed at random: {kills} kills, {stops} stops over {options.seconds} s, {len(batches)} files dropped, "
          f"{len(backfilled)} backfilled, each there once")


def expect_orderly(process, verb):
    if process is None or getattr(process, "expected", False):
        return
    said = process.communicate()[0].decode(errors="replace")
    if process.returncode not in hospital.ORDERLY:
        raise Failure(f"{verb} ended with {process.returncode}: {said[-1500:]}")


# MARK: Stopped

def stopped(scratch, options):
    """Stopped again and again at another moment; the others finish what it does not hold."""
    for number, ending in enumerate([signal.SIGCONT, signal.SIGKILL] * (options.times // 2)):
        place = f"{scratch}/{number}"
        os.makedirs(place)
        stopped_once(place, random.Random(f"{options.seed}-{number}"), ending)
    print(f"stopped: {options.times // 2} went on, as many were killed; every batch there once")


def stopped_once(scratch, dice, ending):
    site = make_site(scratch)
    batches = [some_batch(dice, k) for k in range(30)]
    site.drop(batches)
    sleeper = site.start("run")
    time.sleep(0.1 + dice.random() * 0.5)
    sleeper.send_signal(signal.SIGSTOP)
    code, said = site.run("run", seconds=120)
    if code not in (0, 3, 75):
        raise Failure(f"beside a stopped process `run` ended with {code}: {said[-1500:]}")
    left = [name for name in os.listdir(site.drops[0]) if name.endswith((".tif", ".png"))]
    if code != 75 and len(left) > 3:
        raise Failure(f"beside a stopped process {len(left)} files were left")
    sleeper.send_signal(ending)
    said = sleeper.communicate(timeout=60 * hospital.patience())[0].decode(errors="replace")
    if ending == signal.SIGCONT and sleeper.returncode not in (0, 1, 3):
        raise Failure(f"the stopped process ended with {sleeper.returncode}: {said[-1500:]}")
    finish(site, batches)


# MARK: The journal is held

def held(scratch, options):
    site = make_site(scratch)
    batches = [some_batch(random.Random(1), k) for k in range(3)]
    site.drop(batches)
    with sqlite3.connect(site.journal + "/journal.sqlite", isolation_level=None) as holder:
        holder.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        code, said = site.run("run", seconds=120)
        waited = time.monotonic() - started
        holder.execute("ROLLBACK")
    holder.close()
    if code != 75:
        raise Failure(f"while the journal was held `run` ended with {code}: {said[-1500:]}")
    finish(site, batches)
    print(f"held: `run` ended with 75 after {waited:.0f} s, and the next took everything")


# MARK: Clocks

def clocks(scratch, options):
    site = make_site(scratch)
    site.value["claiming"]["originalsDays"] = 36_500  # a clock that jumps 25 years must not end their time here
    site.write()
    batches = []
    shim = hospital.build_tool("clock", scratch, "-shared", "-fPIC", "-ldl")
    for number, year in enumerate([2001, None, 2038, 2001, None]):
        for k in range(3):
            batches.append(some_batch(random.Random(number * 3 + k), len(batches)))
        site.drop(batches[-3:])
        os.utime(f"{site.drops[0]}/{batches[-1].name}", (0, 4_000_000_000 if number % 2 else 0))
        offset = int((year - 1970) * 31_556_952 + 86_400 * 40 - time.time()) if year else 0
        env = hospital.environment(LD_PRELOAD=shim, CLOCK_OFFSET=str(offset))
        site.demand(hospital.DONE, "run", env=env)
        year = year or time.gmtime().tm_year
        if not os.path.isdir(f"{site.folder}/var/manifests/{year}"):
            raise Failure(f"the clock was not moved: there are no manifests of {year}")
    finish(site, batches)
    print("clocks: 2001, today, 2038, 2001 and today again; every batch there once, in one chain")


# MARK: Nobody tells of files

def unwatched(scratch, options):
    """Without a word of inotify's the scan finds everything."""
    for call, error in [("inotify_init1", "EMFILE"), ("inotify_add_watch", "ENOSPC")]:
        site = make_site(f"{scratch}/{call}")
        trace = f"{scratch}/{call}.trace"
        inject = ["-e", f"trace={call}", "-e", f"inject={call}:error={error}"]
        # -D: the watch is our child, and strace looks on.
        watch = site.start("watch", through=["strace", "-D", "-f", "-qq", "-o", trace, *inject])
        file_all(site, watch, lambda batches: site.drop(batches))
        with open(trace) as file:
            if "INJECTED" not in file.read():
                raise Failure(f"{call} was never refused")
    site = make_site(scratch + "/overflow")
    # No scan but those that are asked for.
    site.value["claiming"]["rescanSeconds"] = 3600
    site.write()
    watch = site.start("watch")
    file_all(site, watch, lambda batches: overflow(site, watch, batches))
    print("unwatched: everything is filed without inotify, without a watch, and behind a full queue")


def overflow(site, watch, batches):
    """More events than the queue holds, of a file that is nobody's; what is dropped behind them nobody tells of."""
    with open("/proc/sys/fs/inotify/max_queued_events") as file:
        most = int(file.read())
    watch.send_signal(signal.SIGSTOP)
    names = [f"{site.drops[0]}/.{k}.part" for k in range(2)]
    Site.place(site.drops[0], os.path.basename(names[0]), b"")
    for k in range(most + 100):  # two that are alike would count as one
        os.rename(names[k % 2], names[(k + 1) % 2])
    site.drop(batches)
    os.unlink(names[most % 2])
    watch.send_signal(signal.SIGCONT)


def file_all(site, watch, drop):
    """A `watch` that has been at work for a while files what is dropped then."""
    time.sleep(2 * hospital.patience())
    batches = [some_batch(random.Random(k), k) for k in range(4)]
    drop(batches)
    end = time.monotonic() + 60 * hospital.patience()
    while time.monotonic() < end and watch.poll() is None and len(list(files_below(site.folder + "/var/originals"))) < sum(
            2 if batch.sidecar else 1 for batch in batches):
        time.sleep(0.1)
    watch.send_signal(signal.SIGTERM)
    said = watch.communicate(timeout=60 * hospital.patience())[0].decode(errors="replace")
    if watch.returncode != 0:
        raise Failure(f"the watch ended with {watch.returncode}: {said[-900:]}")
    Checker(site, batches).check_finished()


# MARK: What the machine does not give

def log(scratch, options):
    site = make_site(scratch)
    batches = [some_batch(random.Random(2), k) for k in range(5)]
    site.drop(batches)
    with open("/dev/full", "w") as full:
        code = subprocess.run([hospital.BINARY, "run"], cwd=site.folder, stdout=full, stderr=full, timeout=120 * hospital.patience()).returncode
    if code not in hospital.DONE:
        raise Failure(f"with a full log `run` ended with {code}")
    Checker(site, batches).check_finished()
    print("log: all is filed though nothing could be said")


def descriptors(scratch, options):
    """Refused with a sentence where they might not do, whatever their number; and where they do, they do under load."""
    site = make_site(scratch)
    limits = site.value["limits"]
    needed = 64 + 12 * limits["batchesInHandMax"] + 2 * limits["workers"]
    batches = [some_batch(random.Random(number), number) for number in range(4)]
    site.drop(batches)
    for limit in [*range(3, 24), *range(24, needed, 8), needed - 1]:
        code, said = site.run("run", through=["prlimit", f"--nofile={limit}:{limit}"], seconds=120)
        # 127: with three not even the loader gets anywhere.
        if code != 78 and (limit, code) != (3, 127) or code == 78 and f"{limit} open files" not in said:
            raise Failure(f"with {limit} descriptors `run` ended with {code}: {said[-900:]}")
    Checker(site, batches).check_in_motion()
    batches += [some_batch(random.Random(number), number) for number in range(4, 60)]
    site.drop(batches[4:])
    said = site.demand(hospital.DONE, "run", through=["prlimit", f"--nofile={needed}:{needed}"], seconds=300)
    if "open files" in said:
        raise Failure(f"with {needed} descriptors `run` came to their end: {said[-900:]}")
    # A lower limit that may be raised is.
    site.demand(hospital.DONE, "run", through=["prlimit", f"--nofile=24:{needed}"])
    finish(site, batches)
    print(f"descriptors: refused with 3 to {needed - 1}, all filed with {needed}; nothing lost")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("what", choices=["killed", "stopped", "held", "clocks", "unwatched", "log", "descriptors"])
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--times", type=int, default=6)
    parser.add_argument("--seed", default=str(time.time()))
    options = parser.parse_args()
    print(f"{options.what}: seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="chartroom-crowd-", dir=fast_folder()) as scratch:
        try:
            globals()[options.what](scratch, options)
        except Failure as failure:
            sys.exit(f"FAILED {options.what}: {failure}")


if __name__ == "__main__":
    main()
