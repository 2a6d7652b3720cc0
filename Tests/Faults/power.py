"""Power cuts: a filesystem of its own is shut down under a running `watch` at a random moment, nothing that was not synced stays.

    power.py [--cuts N] [--only ext4|xfs] [--journal same|another]

For ext4 and xfs, with the journal on the same and on another filesystem: files are dropped without pause, the filesystem is
shut down by the ioctl that its own test suites use (no flush of its log), the program is killed, everything is mounted
anew. What was attested (a manifest that could be read before the cut) must be whole; a clean run then completes the rest.
SIGTERM ends it after the cut in hand, and it tells what it had done.
Needs to mount: where that is not permitted it says so and does nothing.
"""

import argparse
import ctypes
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

import hospital
from checker import Checker, files_below, read
from hospital import Failure, Site

KINDS = {"ext4": ("mkfs.ext4", "-q", "-F"), "xfs": ("mkfs.xfs", "-q", "-f")}
CLONE_NEWNS = 0x00020000  # sched.h
GONE = "its file is gone from the drop folder and had not been taken yet"
IMAGE_MB = {"ext4": 96, "xfs": 320}


class Disk:
    """An image file with a filesystem, mounted through a loop device."""

    def __init__(self, kind, scratch, name, tool):
        self.kind, self.tool = kind, tool
        self.image, self.folder = f"{scratch}/{name}.img", f"{scratch}/{name}"
        os.makedirs(self.folder)

    def format(self):
        with open(self.image, "wb") as file:
            file.truncate(IMAGE_MB[self.kind] << 20)
        subprocess.run([*KINDS[self.kind], self.image], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.mount()

    def mount(self):
        # Rarely written back by itself, so that only what is synced stays.
        options = "loop,commit=300" if self.kind == "ext4" else "loop"
        subprocess.run(["mount", "-t", self.kind, "-o", options, self.image, self.folder], check=True)

    def cut(self):
        subprocess.run([self.tool, self.folder, "2"], check=True)

    def unmount(self):
        for _ in range(int(100 * hospital.patience())):
            subprocess.run(["umount", self.folder], stderr=subprocess.DEVNULL)
            # The filesystem lives on, dark, while anybody still ends with a file of it; its loop device tells.
            used = subprocess.run(["losetup", "-j", self.image], capture_output=True, text=True).stdout
            if not used and not os.path.ismount(self.folder):
                return
            time.sleep(0.05)
        raise Failure(f"{self.folder} cannot be unmounted: {used}")

    def close(self):
        subprocess.run(["umount", "-l", self.folder], stderr=subprocess.DEVNULL)


class Cut:
    """One cut: a fresh site, load, darkness, light."""

    def __init__(self, disk, other, dice):
        self.disk, self.other, self.dice = disk, other, dice
        self.folder = disk.folder + "/site"
        journal = other.folder + "/journal" if other else None
        if journal:
            os.makedirs(journal, mode=0o700)
        self.site = Site(self.folder, journal=journal)
        self.site.value["limits"].update({"workers": 2, "batchesInHandMax": 4})
        self.batches = []

    def files(self):
        """What a scanner drops next; it syncs nothing, as most do not."""
        number = len(self.batches)
        kind = self.dice.randrange(3)
        if kind == 0:
            return hospital.filed(f"f{number}.tif", f"{number}", 1 + self.dice.randrange(3), hospital.PATIENTS[number % 4])
        if kind == 1:
            return hospital.divided(f"g{number}.tif", f"{number}", hospital.PATIENTS[1:3])
        return hospital.unlabelled(f"h{number}.png", f"{number}")

    def load(self, seconds):
        watch = self.site.start("watch")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            batch = self.files()
            self.site.drop([batch])
            self.batches.append(batch)
            time.sleep(self.dice.random() * 0.05)
        return watch

    def go(self):
        self.site.make()
        os.sync()
        watch = self.load((0.3 + self.dice.random() * 2) * hospital.patience())
        # The acknowledgment: a source among the originals, which comes after its manifest was made durable. A manifest that
        # is only seen in its place may lack its folder's sync.
        retired = {os.path.basename(os.path.dirname(path)) for path in files_below(self.folder + "/var/originals")}
        attested = {path: read(path) for path in files_below(self.folder + "/var/manifests")
                    if os.path.basename(path).split(".")[0] in retired}
        self.disk.cut()
        if self.other:
            self.other.cut()
        watch.send_signal(signal.SIGKILL)
        said = watch.communicate()[0].decode(errors="replace")
        for disk in filter(None, [self.other, self.disk]):
            disk.unmount()
            disk.mount()
        self.look(attested)
        try:
            self.complete()
        except Failure as failure:
            raise Failure(f"{failure}; watch had said: {said[-600:]}") from None
        return len(attested), len(self.batches)

    def look(self, attested):
        for path, data in attested.items():
            if not os.path.exists(path) or read(path) != data:
                raise Failure(f"{path} was attested and is gone or torn")
        # What the cut took before anybody claimed it was never promised: the scanner had not synced it.
        there = set()
        for folder in ("drop", "claimed", "originals"):
            there |= {hashlib.sha256(read(path)).hexdigest() for path in files_below(f"{self.folder}/var/{folder}")
                      if not os.path.basename(path).startswith(".")}
        manifests = b"".join(read(path) for path in files_below(self.folder + "/var/manifests"))
        lost = [b for b in self.batches if b.sha256 not in there and b.sha256.encode() not in manifests]
        self.lost = lost
        for batch in lost:
            self.forget(batch)
        self.batches = [b for b in self.batches if b not in lost]
        for batch in self.batches:
            if batch.sha256.encode() in manifests:
                continue
            # Its sidecar may have gone where the image stayed: the scanner's loss; dropped again as a person would.
            if batch.sidecar and hashlib.sha256(batch.sidecar).hexdigest() not in there:
                self.forget(batch)
                self.batches = [b for b in self.batches if b is not batch]
        checker = Checker(self.site, self.batches)
        checker.check_manifests(finished=False)
        checker.end()

    def forget(self, batch):
        """Takes away what is left of a file that the cut tore before it was claimed."""
        for name in filter(None, [batch.name, batch.sidecar and batch.sidecar_name]):
            for path in (f"{self.folder}/var/drop/{name}", f"{self.folder}/var/drop/.{name}.part"):
                if os.path.exists(path):
                    os.unlink(path)

    def complete(self):
        for path in list(files_below(self.folder + "/var/drop")):
            if os.path.basename(path).startswith("."):
                os.unlink(path)
        code, said = self.site.run("run", seconds=120)
        # The scanner's bytes went with the light after the claim's row was written: told once, as it should be.
        complaints = [line for line in said.splitlines() if line.startswith("chartroom:")]
        if code == 1 and 0 < len(complaints) <= len(self.lost) and all(GONE in line for line in complaints):
            code, said = self.site.run("run", seconds=120)
        if code not in hospital.DONE:
            raise Failure(f"`run` ended with {code}, {len(self.lost)} files lost: {complaints} {said[-300:]}")
        try:
            Checker(self.site, self.batches).check_finished()
            self.site.demand({0}, "verify", seconds=120)
        except Failure as failure:
            raise Failure(f"{failure}; the clean run said: {said[-400:]}") from None


def may_mount(scratch):
    if os.geteuid() != 0:
        return "mounting needs root"
    # A namespace of our own: another that is made meanwhile would keep copies of our mounts, and with them the disks in use.
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS):
        return f"a mount namespace is not permitted here ({os.strerror(ctypes.get_errno())})"
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    probe = scratch + "/probe"
    os.makedirs(probe)
    done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", probe], capture_output=True, text=True)
    if done.returncode:
        return f"mounting is not permitted here ({done.stderr.strip()})"
    subprocess.run(["umount", probe], check=True)
    return None


told_to_end = []


def campaign(kind, has_other, cuts, scratch, tool):
    name = f"{kind}, journal on {'another' if has_other else 'the same'} filesystem"
    survived, attested, dropped, failures = 0, 0, 0, 0
    for number in range(cuts):
        if told_to_end:
            cuts = number
            break
        seed = f"{kind}-{has_other}-{number}"
        disk = Disk(kind, scratch, f"{seed}-a", tool)
        other = Disk(kind, scratch, f"{seed}-b", tool) if has_other else None
        try:
            for each in filter(None, [disk, other]):
                each.format()
            seen, files = Cut(disk, other, random.Random(seed)).go()
            survived, attested, dropped = survived + 1, attested + seen, dropped + files
        except Failure as failure:
            failures += 1
            print(f"FAILED {name}, cut {number}: {failure}", flush=True)
        finally:
            for each in filter(None, [disk, other]):
                each.close()
                if os.path.exists(each.image):
                    os.unlink(each.image)
    print(f"{name}: {survived} of {cuts} cuts survived, {attested} manifests attested before a cut, {dropped} files dropped", flush=True)
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--only", choices=KINDS)
    parser.add_argument("--journal", choices=["same", "another"], help="on which filesystem; left out: each in turn")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: told_to_end.append(True))
    with tempfile.TemporaryDirectory(prefix="chartroom-power-") as scratch:
        why = may_mount(scratch)
        if why:
            return hospital.skip(f"power cuts: {why}")
        tool = hospital.build_tool("shutdown", scratch)
        failures = 0
        for kind in [options.only] if options.only else KINDS:
            if subprocess.run(["which", KINDS[kind][0]], stdout=subprocess.DEVNULL).returncode:
                hospital.skip(f"power cuts on {kind}: {KINDS[kind][0]} is not installed")
                continue
            for has_other in {"same": [False], "another": [True], None: [False, True]}[options.journal]:
                failures += campaign(kind, has_other, options.cuts, scratch, tool)
        if failures:
            sys.exit(f"{failures} cuts lost something")


if __name__ == "__main__":
    main()
