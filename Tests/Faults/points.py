"""Faults at every system call of a batch's life: killed there, or the call fails; then a clean run; then the checker.

    points.py quick                    one kill right before and after each step, every few-th other point
    points.py kill | errors | sticky   every point: SIGKILL; each error once; the error from there on. `kill` leaves out calls
                                       that change nothing, because a kill there is one at the next that does; `kill-all` does not
    points.py recovery                 killed at each step, and in the run after that at each of its calls
    … --originals-elsewhere            the originals lie on another filesystem, so that retiring is a copy too
    … --part K/N                       every N-th of the points from the K-th on: N such runs are the whole
    points.py one FAULT NAME:N         one point, verbosely; FAULT is KILL or an error's name, with + from there on

SIGTERM ends it after the points in hand, and it tells what it had done.
"""

import errno
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

import hospital
from checker import Checker
from hospital import Failure, Site

LANES = 2

# Calls that change what a restart finds. A kill at any other call leaves what a kill at the next of these leaves.
CHANGING = {
    "write", "pwrite64", "writev", "fsync", "fdatasync", "syncfs", "rename", "renameat", "renameat2", "link", "linkat", "unlink",
    "unlinkat", "mkdir", "mkdirat", "rmdir", "mknod", "mknodat", "ftruncate", "fallocate", "fchmod", "fchmodat", "utimensat",
    "sendfile", "copy_file_range"}
DISK = ["EIO", "ENOSPC"]
ERRORS = {
    "openat": ["EMFILE", "EIO", "EINTR"], "open": ["EMFILE", "EIO", "EINTR"], "read": ["EIO", "EINTR"],
    "pread64": ["EIO", "EINTR"], "write": DISK + ["EINTR"], "pwrite64": DISK + ["EINTR"], "writev": DISK + ["EINTR"],
    "fsync": DISK, "fdatasync": DISK, "syncfs": DISK, "rename": DISK + ["EROFS", "EXDEV"],
    "renameat": DISK + ["EROFS", "EXDEV"], "renameat2": DISK + ["EROFS", "EXDEV"], "link": DISK, "linkat": DISK,
    "unlink": ["EIO", "EROFS"], "unlinkat": ["EIO", "EROFS"], "rmdir": ["EIO"], "mkdir": DISK + ["EROFS"],
    "mkdirat": DISK + ["EROFS"], "mknod": DISK + ["EROFS"], "mknodat": DISK + ["EROFS"], "ftruncate": ["EIO"],
    "fallocate": ["ENOSPC"], "fchmod": ["EROFS"], "fchmodat": ["EROFS"], "utimensat": ["EIO"], "flock": ["EINTR", "EIO"],
    "newfstatat": ["EIO"], "fstat": ["EIO"], "statfs": ["EIO"], "getdents64": ["EIO"], "fcntl": ["EIO"],
    "sendfile": DISK, "copy_file_range": DISK, "socketpair": ["EMFILE"], "pipe2": ["EMFILE"], "clone": ["EAGAIN"]}

# The order of committing (DESIGN §4), as it must be seen in the dry run: each after the one before it.
ID = r"[0-9a-f-]{36}"
WAL = r"f(data)?sync \d+ \S+journal\.sqlite-wal"
FINISH = [
    ("the plan is committed", WAL),
    ("objects are staged", rf"openat \d+ \S+/archive/staging/{ID}/{ID}/v1/content/\S+ create"),
    ("objects are synced", r"syncfs \d+ \S+/archive/staging/"),
    ("objects are renamed", rf"renameat2 \d+ \S+/archive/staging/\S+ -> \S+/archive/root/"),
    ("their folders are synced", r"syncfs \d+ \S+/archive/staging/"),
    ("staging is cleared", rf"unlinkat \d+ \S+/archive/staging/{ID}( |$)"),
    ("the archived state is committed", WAL),
    ("the record is committed", WAL),
    ("the manifest is staged", r"openat \d+ \S+/manifests/\.staging/\S+ create"),
    ("the manifest is synced", r"fsync \d+ \S+/manifests/\.staging/"),
    ("the manifest is renamed", r"renameat2 \d+ \S+/manifests/\.staging/\S+ -> \S+/manifests/\d{4}/"),
    ("the manifest's folder is synced", r"fsync \d+ \S+/manifests/\d{4}/\d\d/\d\d$"),
    ("the attested state is committed", WAL),
    ("the source is retired", rf"renameat2 \d+ \S+ -> \S+/originals/\d{{4}}/\d\d/\d\d/{ID}$"),
    ("the originals are synced", r"fsync \d+ \S+/originals/"),
    ("claimed storage is synced", r"fsync \d+ \S+/claimed$"),
    ("the end is committed", WAL)]
STEPS = [
    ("the claim's folder is made", rf"mkdirat \d+ \S+/claimed/{ID}$"),
    ("the claim's row is committed", WAL),
    ("the file is renamed", rf"renameat2 \d+ \S+/drop/\S+ -> \S+/claimed/{ID}/source-000000"),
    ("the claim is synced", rf"fsync \d+ \S+/claimed/{ID}$"),
    ("the drop folder is synced", r"fsync \d+ \S+/drop$"),
    ("the claimed state is committed", WAL)] + FINISH
COPY_STEPS = [
    ("the copy is made", rf"openat \d+ \S+/claimed/{ID}/incoming-source-000000 create"),
    ("the copy is synced", rf"fsync \d+ \S+/claimed/{ID}/incoming-source-000000"),
    ("the copy is renamed", rf"renameat2 \d+ \S+/incoming-source-000000 -> "),
    ("the copy's folder is synced", rf"fsync \d+ \S+/claimed/{ID}$"),
    ("the source is removed", r"unlinkat \d+ \S+/d\.tif$"),
    ("the claimed state is committed", WAL)] + FINISH


class NotReached(Exception):
    """The program came to its end without this call: a database writes a page more or less, as its random ids fall."""


class Point:
    def __init__(self, line):
        self.line = line
        self.name, number = line.split()[:2]
        self.number = int(number)

    def __str__(self):
        return f"{self.name}:{self.number}"


class Lane:
    """A place where one point at a time is tried: a site on one filesystem, a second drop folder on another."""

    def __init__(self, scratch, number, is_split):
        """is_split: the originals too lie on the other filesystem."""
        self.tool = hospital.build_tool("faultpoint", scratch)
        self.folder = f"{fast_folder()}/chartroom-faults-{os.getpid()}-{number}"
        self.elsewhere = f"{scratch}/elsewhere-{number}"
        self.template = self.folder + ".template"
        self.log = f"{scratch}/log-{number}"
        os.makedirs(self.elsewhere)
        self.site = Site(self.folder, self.elsewhere)
        self.others = [self.elsewhere]
        if is_split:
            self.site.originals = f"{scratch}/other-{number}/originals"
            self.site.value["claiming"]["originals"] = self.site.originals
            self.others.append(self.site.originals)
        self.site.make()
        os.rename(self.folder, self.template)
        self.batches = hospital.few()

    def close(self):
        hospital.remove(self.folder, self.template, *self.others)

    def fresh(self):
        hospital.remove(self.folder, *self.others)
        for folder in self.others:
            os.makedirs(folder, mode=0o700)
        subprocess.run(["cp", "-a", self.template, self.folder], check=True)
        self.site.drop(self.batches)

    def run(self, *options):
        """One `run` under the tool: exit code, what it said, the log's lines."""
        roots = [word for folder in [self.folder, *self.others] for word in ("--root", folder)]
        through = [self.tool, "--log", self.log, *roots, *options, "--"]
        code, said = self.site.run("run", through=through)
        with open(self.log) as file:
            return code, said, file.read().splitlines()

    def points(self, *options):
        return [Point(line) for line in self.run(*options)[2]]

    def strike(self, fault, point):
        """One `run` in which the fault happens. Raises where it was not injected or the program lost its composure."""
        name = fault.rstrip("+")
        what = ["--kill"] if name == "KILL" else ["--error", str(getattr(errno, name))]
        code, said, log = self.run("--at", str(point), *what, *(["--sticky"] if "+" in fault else []))
        injected = [line for line in log if line.startswith(f"INJECTED {name} {point.name} ")]
        if not injected or code == 124:
            raise NotReached(str(point))
        if code not in ({137} if name == "KILL" else hospital.ORDERLY):
            raise Failure(f"it ended with {code}: {said[-600:]}")
        return code, said

    def recover(self):
        checker = Checker(self.site, self.batches)
        checker.check_in_motion()
        said = self.site.demand(hospital.DONE, "run")
        try:
            checker.check_finished()
        except Failure as failure:
            raise Failure(f"{failure}; the clean run said: {said[-400:]}") from None


def fast_folder():
    """A filesystem in memory where there is one: these faults do not ask the disk, and a sync costs nothing there."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()


def follow(steps, points):
    """The points that carry the steps out, in order. Raises where one is missing."""
    found, at = [], 0
    for what, pattern in steps:
        while at < len(points) and not re.match(pattern, points[at].line):
            at += 1
        if at == len(points):
            raise Failure(f"the dry run never came to this step in its place: {what} ({pattern})")
        found.append(at)
        at += 1
    return found


def step_points(points):
    """Index of every point that is a step of the order of committing, by rename and by copy."""
    first = next(k for k, p in enumerate(points) if re.match(STEPS[0][1], p.line))
    copied = next((k for k, p in enumerate(points) if re.match(COPY_STEPS[0][1], p.line)), None)
    if copied is None:
        raise Failure("nothing was copied across filesystems: the second drop folder is on the first one's")
    return sorted(set(
        [first + k for k in follow(STEPS, points[first:])] + [copied + k for k in follow(COPY_STEPS, points[copied:])]))


def compare_with_strace(lane, points):
    """The same run under strace sees the same calls: nothing slips past the tool."""
    names = sorted(CHANGING - {"write", "writev", "fcntl"})
    lane.fresh()
    trace = lane.log + ".strace"
    lane.site.demand(hospital.DONE, "run", through=["strace", "-f", "-qq", "-y", "-o", trace, "-e", "trace=" + ",".join(names)])
    counts = {}
    with open(trace) as file:
        for line in file:
            found = re.match(r"\d+ +([a-z0-9]+)\(", line)
            if found and any(folder in line for folder in [lane.folder, *lane.others]):
                counts[found[1]] = counts.get(found[1], 0) + 1
    ours = {}
    for point in points:
        if point.name in names:
            ours[point.name] = ours.get(point.name, 0) + 1
    if counts != ours:
        raise Failure(f"strace sees {counts}, faultpoint {ours}")


class Campaign:
    def __init__(self, scratch, is_split=False):
        self.lanes = [Lane(scratch, k, is_split) for k in range(LANES)]
        self.free = list(self.lanes)
        self.lock = threading.Lock()
        self.failures, self.counts = [], {}
        self.part, self.seen, self.is_over = (1, 1), 0, False

    def finish_early(self, *_):
        """What is begun is carried through, and told; the rest is not."""
        self.is_over = True

    def dry_run(self):
        lane = self.lanes[0]
        lane.fresh()
        points = lane.points()
        Checker(lane.site, lane.batches).check_finished()
        steps = step_points(points)
        compare_with_strace(lane, points)
        print(f"dry run: {len(points)} calls, {sum(p.name in CHANGING for p in points)} of them change something; "
              f"all {len(STEPS)} + {len(COPY_STEPS)} steps seen; strace agrees", flush=True)
        return points, steps

    def all(self, trials):
        """trials: of (title, function of a lane)."""
        which, parts = self.part
        mine = [trial for k, trial in enumerate(trials, self.seen) if k % parts == which - 1]
        self.seen += len(trials)
        print(f"{len(mine)} of {len(trials)} points", flush=True)
        with ThreadPoolExecutor(LANES) as pool:
            list(pool.map(self.one, mine))

    def one(self, trial):
        kind, title, body = trial
        if self.is_over:
            outcome = "not tried"
            with self.lock:
                self.counts[(kind, outcome)] = self.counts.get((kind, outcome), 0) + 1
            return
        with self.lock:
            lane = self.free.pop()
        try:
            outcome = self.tried(lane, body)
        except Failure as failure:
            outcome = "FAILED"
            with self.lock:
                self.failures.append(title)
            print(f"FAILED {title}: {failure}", flush=True)
        finally:
            with self.lock:
                self.free.append(lane)
                self.counts[(kind, outcome)] = self.counts.get((kind, outcome), 0) + 1

    @staticmethod
    def tried(lane, body):
        for _ in range(4):
            lane.fresh()
            try:
                body(lane)
                return "ok"
            except NotReached:
                continue
        return "not reached"

    def end(self):
        total = sum(n for (_, outcome), n in self.counts.items() if outcome != "not tried")
        missed = sum(n for (_, outcome), n in self.counts.items() if outcome == "not reached")
        if missed > 0.03 * total + 1:
            self.failures.append(f"{missed} of {total} faults were never injected")
        for (kind, outcome), number in sorted(self.counts.items()):
            print(f"{kind}: {number} {outcome}")
        for lane in self.lanes:
            lane.close()
        if self.failures:
            sys.exit(f"{len(self.failures)} points failed")


def trial(fault, point):
    def body(lane):
        lane.strike(fault, point)
        lane.recover()
    kind = "killed" if fault == "KILL" else "failing calls" + (" from there on" if "+" in fault else "")
    return kind, f"{fault} {point} ({point.line})", body


def compound(first, fault, point):
    def body(lane):
        lane.strike("KILL", first)
        lane.strike(fault, point)
        lane.recover()
    return "recovery " + ("killed" if fault == "KILL" else "failing"), f"KILL {first} then {fault} {point} ({point.line})", body


def kills(points, is_wanted=lambda k: True):
    return [trial("KILL", p) for k, p in enumerate(points) if is_wanted(k)]


def errors(points, suffix="", is_wanted=lambda k: True):
    trials = []
    for k, point in enumerate(points):
        if not is_wanted(k):
            continue
        for name in ERRORS.get(point.name, []):
            # Whoever tries again after a signal does so for ever where signals never end, SQLite too; no kernel does that.
            if name + suffix != "EINTR+":
                trials.append(trial(name + suffix, point))
        if point.line.endswith(" create"):
            trials += [trial(name + suffix, point) for name in ("ENOSPC", "EROFS")]
    return trials


def recoveries(campaign, points, steps, stride=1):
    """A kill right after each step, and in the run after it a kill at each call that changes something, an error at some."""
    trials = []
    for step in steps:
        first = next((p for p in points[step + 1:] if p.name in CHANGING), None)
        if first is None or campaign.is_over:
            continue
        lane = campaign.lanes[0]
        lane.fresh()
        lane.strike("KILL", first)
        changing = [p for p in lane.points() if p.name in CHANGING]
        for k, point in enumerate(changing):
            if k % stride == 0:
                trials.append(compound(first, "KILL", point))
            if k % (stride * 5) == 2:
                trials += [compound(first, name, point) for name in ERRORS.get(point.name, [])[:2]]
    return trials


def quick_choice(points, steps):
    """Right before and right after each step, and every few-th call beside them."""
    near = {k + d for k in steps for d in (0, 1)}
    changing = [k for k, p in enumerate(points) if p.name in CHANGING]
    return near | set(changing[::40]), set(steps[::3]) | set(range(0, len(points), 60))


def main(words):
    is_split = "--originals-elsewhere" in words
    part = (1, 1)
    if "--part" in words:
        at = words.index("--part")
        part = tuple(map(int, words[at + 1].split("/")))
        words = words[:at] + words[at + 2:]
    words = [word for word in words if word != "--originals-elsewhere"]
    what = words[0] if words else "quick"
    with tempfile.TemporaryDirectory(prefix="chartroom-faults-") as scratch:
        campaign = Campaign(scratch, is_split)
        campaign.part = part
        signal.signal(signal.SIGTERM, campaign.finish_early)
        try:
            if what == "one":
                name, number = words[2].split(":")
                campaign.one(trial(words[1], Point(f"{name} {number}")))
                return
            points, steps = campaign.dry_run()
            if what == "quick":
                for_kill, for_error = quick_choice(points, steps)
                campaign.all(kills(points, lambda k: k in for_kill))
                campaign.all(errors(points, "", lambda k: k in for_error))
                campaign.all(recoveries(campaign, points, steps[3::16], stride=25))
            elif what == "kill":
                campaign.all(kills(points, lambda k: points[k].name in CHANGING))
            elif what == "kill-all":
                campaign.all(kills(points))
            elif what in ("errors", "sticky"):
                campaign.all(errors(points, "+" if what == "sticky" else ""))
            elif what == "recovery":
                campaign.all(recoveries(campaign, points, steps))
            else:
                sys.exit(__doc__)
        finally:
            campaign.end()


if __name__ == "__main__":
    main(sys.argv[1:])
