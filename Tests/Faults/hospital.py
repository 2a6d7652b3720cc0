"""A site in a folder of its own, driven through the real program, and batches whose outcome is known beforehand."""

import hashlib
import json
import os
import shutil
import subprocess
import sys

import paper

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
BINARY = os.environ.get("CHARTROOM", PROJECT + "/.build/release/chartroom")
PATIENTS = [paper.mrn(1000 + k) for k in range(4)]
# No fault may make the program hang, nor end by a signal of its own making; 75: the journal was held too long.
ORDERLY = {0, 1, 3, 75, 78}
DONE = {0, 3}


class Failure(Exception):
    """An invariant that did not hold."""


def patience():
    """By how much longer a step may take here than on a machine that does nothing else."""
    return max(1.0, os.getloadavg()[0] / os.cpu_count())


def environment(**more):
    return {**os.environ, "SWIFT_BACKTRACE": "enable=no", **more}


class Dropped:
    """A file as the scanner left it, and what must become of each of its pages: ("filed", MRN) or (disposition, None)."""

    def __init__(self, name, data, outcomes, sidecar=None, drop=0):
        self.name, self.data, self.outcomes, self.sidecar, self.drop = name, data, outcomes, sidecar, drop
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.pages = paper.page_digests(data)
        assert len(self.pages) == len(outcomes)

    @property
    def sidecar_name(self):
        return os.path.splitext(self.name)[0] + ".json"


def sidecar(labels):
    value = {"schema": "chartroom.sidecar/1", "labels": [
        {"page": page, "symbology": "code128", "text": text} for page, text in labels]}
    return json.dumps(value).encode()


def filed(name, seed, pages, patient, drop=0):
    """One document, whole."""
    data = paper.tiff([f"{seed}-{k}" for k in range(pages)])
    labels = sidecar([(1, "MRN" + patient), (1, "DOCCONSENT")])
    return Dropped(name, data, [("filed", patient)] * pages, labels, drop)


def divided(name, seed, patients, drop=0):
    """Two documents of two pages with a separator between them."""
    data = paper.tiff([f"{seed}-{k}" for k in range(5)])
    a, b = patients
    labels = [(1, "MRN" + a), (1, "DOCLAB"), (3, "SEPARATOR"), (4, "MRN" + b), (4, "DOCLAB")]
    outcomes = [("filed", a)] * 2 + [("separator", None)] + [("filed", b)] * 2
    return Dropped(name, data, outcomes, sidecar(labels), drop)


def unlabelled(name, seed, drop=0):
    """An exception: nobody can say whose page it is."""
    return Dropped(name, paper.png(seed), [("exception", None)], None, drop)


def few(seed=""):
    """The batches of a fault point: one filed, one divided, one exception, one from a drop folder elsewhere."""
    return [
        filed("a.tif", "a" + seed, 2, PATIENTS[0]), divided("b.tif", "b" + seed, PATIENTS[1:3]),
        unlabelled("c.png", "c" + seed), filed("d.tif", "d" + seed, 1, PATIENTS[3], drop=1)]


class Site:
    def __init__(self, folder, elsewhere=None, journal=None, **claiming):
        """
        folder: of the site. elsewhere: a second drop folder, best on another filesystem. journal: folder of the databases.
        claiming: settings that differ.
        """
        self.folder, self.elsewhere = folder, elsewhere
        self.journal = journal or folder + "/var"
        self.originals = folder + "/var/originals"
        self.drops = [folder + "/var/drop"] + ([elsewhere] if elsewhere else [])
        with open(PROJECT + "/pipeline.json") as file:
            value = json.load(file)
        value["claiming"].update(
            {"drop": self.drops, "settleSeconds": 0.02, "folderQuietSeconds": 0.02, "rescanSeconds": 0.2, **claiming})
        value["journal"], value["index"] = (f"sqlite:{self.journal}/{name}.sqlite" for name in ("journal", "index"))
        value["archiving"].update({"freeBytesMin": 0, "freeInodesMin": 0})
        # One place and one worker: the calls of a batch follow one another, in the same order every time.
        value["limits"].update({"workers": 1, "batchesInHandMax": 1})
        self.value = value

    def write(self):
        with open(self.folder + "/pipeline.json", "w") as file:
            json.dump(self.value, file)

    def make(self):
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        self.write()
        self.demand({0}, "init")
        with open(self.folder + "/patients.csv", "w") as file:
            file.write("mrn,authority,family,given,middle,birth_date,sex,merged_into\n")
            for k, number in enumerate(PATIENTS):
                file.write(f"{number},GENHOSP,Family{k},Given,,1970-01-0{k + 1},F,\n")
        self.demand({0}, "patients", "import", "patients.csv")
        return self

    def drop(self, batches):
        for batch in batches:
            folder = self.drops[batch.drop]
            if batch.sidecar:
                self.place(folder, batch.sidecar_name, batch.sidecar)
            self.place(folder, batch.name, batch.data)

    @staticmethod
    def place(folder, name, data):
        """As a careful scanner does it: the name appears with the whole file."""
        passing = f"{folder}/.{name}.part"
        with open(passing, "wb") as file:
            file.write(data)
        os.rename(passing, f"{folder}/{name}")

    def start(self, *arguments, through=(), env=None, **options):
        options = {"stdout": subprocess.PIPE, **options}
        return subprocess.Popen(
            [*through, BINARY, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
            env=env or environment(), **options)

    def run(self, *arguments, through=(), seconds=75, env=None):
        """The exit code (negative: the signal that ended it) and what it said, its end where it is long."""
        process = self.start(*arguments, through=through, env=env)
        try:
            said = process.communicate(timeout=seconds * patience())[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            process.kill()
            said = process.communicate()[0].decode(errors="replace")
            raise Failure(f"`{' '.join(arguments)}` did not end within {seconds} s: {said[-300:]}") from None
        return process.returncode, said

    def demand(self, codes, *arguments, **options):
        code, said = self.run(*arguments, **options)
        if code not in codes:
            raise Failure(f"`{' '.join(arguments)}` ended with {code}: {said[-700:]}")
        return said

    def json(self, *arguments, codes=(0,)):
        said = self.demand(set(codes), *arguments, "--json")
        return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def build_tool(name, scratch, *flags):
    """Compiles one of the C programs beside this file."""
    target = f"{scratch}/{name}"
    if not os.path.exists(target):
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", *flags, "-o", target, f"{HERE}/{name}.c"], check=True)
    return target


def remove(*folders):
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def skip(what):
    print(f"SKIPPED: {what}", flush=True)
    sys.stdout.flush()
