"""Disks that refuse under a running `watch`: intake stops, the drop folder stays as it is, `status` says why, and when the cause
is gone it goes on by itself.

    disks.py [--quick] [--only NAME]

Full by bytes and by inodes, read-only, unmounted, moved away, a disk whose every sync fails for a while, a right that is lost; each
for every folder of the site. Needs to mount; where that is not permitted only the scenarios without mounts are run, and it says so.
"""

import argparse
import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import hospital
from checker import Checker
from hospital import Failure, Site
from power import may_mount

PLACES = ["archive", "claimed", "originals", "manifests", "journal"]
FILES = 12
# Batches that may be in claimed storage when the disk refuses: those in hand, and one that was being taken.
IN_HAND_MAX = 5
WAIT_SECONDS = 30


class Scene:
    """A site of which one folder lies on a small filesystem of its own."""

    def __init__(self, scratch, place, cover=None):
        """cover: words for mount(8) that lay another filesystem over the folder."""
        self.scratch, self.place, self.cover = scratch, place, cover
        self.folder = f"{scratch}/site"
        self.mounted = f"{self.folder}/{place}" if place == "journal" else f"{self.folder}/var/{place}"
        os.makedirs(self.folder + "/var", mode=0o700)
        if cover:
            os.makedirs(self.mounted, mode=0o700)
            self.mount()
        self.site = Site(self.folder, journal=self.mounted if place == "journal" else None)
        self.site.value["limits"]["batchesInHandMax"] = IN_HAND_MAX - 1
        self.site.make()
        self.batches, self.watch = [], None

    def mount(self):
        subprocess.run(["mount", *self.cover, self.mounted], check=True)

    def unmount(self):
        """The watch holds nothing there for long; it may be looking at this very moment."""
        for _ in range(200):
            if subprocess.run(["umount", self.mounted], stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.02)
        raise Failure(f"{self.mounted} stays busy")

    def close(self):
        if self.watch:
            self.watch.kill()
            self.watch.communicate()
        if self.cover:
            subprocess.run(["umount", "-l", self.mounted], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, through=()):
        self.watch = self.site.start("watch", through=through)
        self.settle(2)

    def settle(self, files):
        """The watch is at work: these files are filed."""
        self.add(files)
        self.await_(lambda: not self.in_drop() and not self.in_claimed(), "the watch does not work even on a good disk")

    def add(self, count):
        for _ in range(count):
            number = len(self.batches)
            batch = hospital.filed(f"s{number}.tif", f"{self.place}{number}", 1, hospital.PATIENTS[number % 4])
            self.batches.append(batch)
            self.site.drop([batch])

    def in_drop(self):
        return [n for n in os.listdir(self.folder + "/var/drop") if n.endswith(".tif")]

    def in_claimed(self):
        return os.listdir(self.folder + "/var/claimed") if os.path.isdir(self.folder + "/var/claimed") else []

    def await_(self, is_so, what, seconds=WAIT_SECONDS):
        end = time.monotonic() + seconds * hospital.patience()
        while time.monotonic() < end:
            if is_so():
                return
            if self.watch.poll() is not None:
                raise Failure(f"{what}: the watch ended with {self.watch.returncode}: {self.said()}")
            time.sleep(0.05)
        self.watch.send_signal(signal.SIGTERM)
        raise Failure(f"{what}: {len(self.in_drop())} in drop, {len(self.in_claimed())} claimed; it said {self.said()}")

    def said(self):
        try:
            return self.watch.communicate(timeout=20 * hospital.patience())[0].decode(errors="replace")[-900:]
        except subprocess.TimeoutExpired:
            self.watch.kill()
            return "(hangs)" + self.watch.communicate()[0].decode(errors="replace")[-900:]

    def expect_stopped(self, words, through=()):
        """Several rounds later the files still are where their station sees them, and `status` says why."""
        time.sleep(2.5)
        left, taken = len(self.in_drop()), len(self.in_claimed())
        if left < FILES - IN_HAND_MAX:
            raise Failure(f"intake went on: {left} of {FILES} files are still in the drop folder, {taken} claimed")
        code, said = self.site.run("status", through=through)
        if not any(word in said for word in words):
            raise Failure(f"status ({code}) does not say why: {said}")

    def expect_resumed(self):
        self.await_(lambda: not self.in_drop() and not self.in_claimed(), "intake does not go on by itself")
        self.watch.send_signal(signal.SIGTERM)
        code, said = self.watch.wait(timeout=30 * hospital.patience()), self.watch.communicate()[0].decode(errors="replace")
        self.watch = None
        if code not in (0, 1):
            raise Failure(f"the watch ended with {code}: {said[-900:]}")
        self.site.demand(hospital.DONE, "run")
        Checker(self.site, self.batches).check_finished()


def full_by_bytes(scene):
    ballast = scene.mounted + "/ballast"
    scene.start()
    with open(ballast, "wb", buffering=0) as file:
        try:
            while file.write(b"\1" * 4096):
                pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    scene.add(FILES)
    scene.expect_stopped(["No space left", "full", "0 B", "Little room"])
    os.unlink(ballast)
    scene.expect_resumed()


def full_by_inodes(scene):
    folder = scene.mounted + "/ballast"
    scene.start()
    os.makedirs(folder)
    number = 0
    try:
        while True:
            os.mknod(f"{folder}/{number}")
            number += 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
    scene.add(FILES)
    scene.expect_stopped(["No space left", "full", "Little room"])
    shutil.rmtree(folder)
    scene.expect_resumed()


def read_only(scene):
    scene.start()
    if scene.place == "drop":
        scene.add(FILES)  # it may take some before it notices; none is lost
    subprocess.run(["mount", "-o", "remount,ro", scene.mounted], check=True)
    if scene.place != "drop":
        scene.add(FILES)
        scene.expect_stopped(["ead-only"])
    else:
        time.sleep(1)
        if "read-only" not in scene.site.run("status")[1] and scene.in_drop():
            raise Failure("status does not say that the drop folder is read-only")
    subprocess.run(["mount", "-o", "remount,rw", scene.mounted], check=True)
    scene.expect_resumed()


def unmounted(scene):
    """Another filesystem is bound over the folder; without it the bare folder below is seen."""
    scene.start()
    scene.unmount()
    # A process that begins now never saw the mount: the journal knows of it.
    code, said = scene.site.run("run")
    if code != 78 or "nothing is mounted there now" not in said:
        raise Failure(f"run ends with {code} where {scene.place} is not mounted: {said}")
    before = sorted(os.listdir(scene.mounted))
    if scene.place != "drop":
        scene.add(FILES)
    time.sleep(2.5)
    if scene.place != "drop" and len(scene.in_drop()) != FILES:
        raise Failure(f"files were taken although {scene.place} is not mounted")
    if sorted(os.listdir(scene.mounted)) != before:
        raise Failure(f"something was made where {scene.place} is not mounted: {os.listdir(scene.mounted)}")
    scene.mount()
    if scene.place == "drop":
        scene.add(FILES)
    scene.expect_resumed()


def moved_away(scene):
    scene.start()
    away = scene.mounted + ".away"
    os.rename(scene.mounted, away)
    if scene.place != "drop":
        scene.add(FILES)
    time.sleep(2.5)
    if os.path.exists(scene.mounted):
        raise Failure(f"the missing folder {scene.place} was made anew")
    code, said = scene.site.run("status")
    if code != 78 or "missing" not in said:
        raise Failure(f"status ends with {code} where {scene.place} is missing: {said}")
    os.rename(away, scene.mounted)
    if scene.place == "drop":
        scene.add(FILES)
    scene.expect_resumed()


def every_call_fails(scene, tool, name, error):
    """A disk's error stops intake; a right that is lost holds up each batch, and is told."""
    flag = scene.scratch + "/flag"
    log = scene.scratch + "/log"
    if os.path.exists(flag):
        os.unlink(flag)
    faulty = [tool, "--log", log, "--root", scene.folder + "/var", "--at", f"{name}:1", "--error", str(error), "--sticky",
              "--while", flag, "--"]
    scene.start(faulty)
    with open(flag, "w"):
        pass
    scene.add(FILES)
    # Only here every process meets the fault that a real disk would show to all.
    elsewhere = [*faulty[:1], "--log", log + ".status", *faulty[3:]]
    if error == errno.EIO:
        scene.expect_stopped(["errno 5", "I/O error"], elsewhere)
    else:
        time.sleep(2.5)
        code, said = scene.site.run("status", through=elsewhere)
        if "Permission denied" not in said:
            raise Failure(f"status ({code}) does not say what is forbidden: {said}")
    os.unlink(flag)
    scene.expect_resumed()
    with open(log) as file:
        if f"INJECTED {errno.errorcode[error]}" not in file.read():
            raise Failure("no fault was injected")


def tmpfs(options):
    return ["-t", "tmpfs", "-o", "mode=700," + options, "tmpfs"]


def scenarios(scratch):
    """(title, place, words that cover it, what happens); `scratch` and /dev/shm are different filesystems."""
    bound = scratch + "-bound" if os.stat("/dev/shm").st_dev == os.stat(scratch).st_dev else f"/dev/shm/bound-{os.getpid()}"
    for place in PLACES:
        # A journal and its log have some megabytes of their own.
        size = "size=16m" if place == "journal" else "size=3m"
        yield f"{place} is full", place, tmpfs(size), full_by_bytes
        if place != "journal":  # it makes no files after its first three
            yield f"{place} has no inodes left", place, tmpfs("size=30m,nr_inodes=900"), full_by_inodes
        if place != "journal":  # it is open for writing, so that nothing remounts it
            yield f"{place} is read-only", place, tmpfs("size=30m"), read_only
            yield f"{place} is unmounted", place, ["--bind", bound], unmounted
            yield f"{place} is moved away", place, None, moved_away
    yield "drop is read-only", "drop", tmpfs("size=30m"), read_only
    yield "drop is unmounted", "drop", ["--bind", bound], unmounted
    yield "drop is moved away", "drop", None, moved_away
    for name in ("fsync", "syncfs", "pwrite64", "mkdirat"):
        yield f"every {name} fails for a while", "archive", None, (every_call_fails, name, errno.EIO)
    for name in ("mkdirat", "renameat2"):
        yield f"every {name} is forbidden for a while", "archive", None, (every_call_fails, name, errno.EACCES)


QUICK = {"archive is full", "journal is full", "manifests is read-only", "claimed is unmounted", "drop is moved away",
         "every fsync fails for a while"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    failures, done = 0, 0
    with tempfile.TemporaryDirectory(prefix="chartroom-disks-") as scratch:
        why = may_mount(scratch)
        if why:
            hospital.skip(f"full, read-only and unmounted disks: {why}")
        tool = hospital.build_tool("faultpoint", scratch)
        for title, place, cover, happening in scenarios(scratch):
            if options.only not in title or cover and why or options.quick and title not in QUICK:
                continue
            if cover and cover[0] == "--bind":
                hospital.remove(cover[1])
                os.makedirs(cover[1], mode=0o700)
            scene = None
            try:
                scene = Scene(scratch, place, cover)
                if isinstance(happening, tuple):
                    happening[0](scene, tool, *happening[1:])
                else:
                    happening(scene)
                done += 1
            except Failure as failure:
                failures += 1
                print(f"FAILED {title}: {failure}", flush=True)
            finally:
                if scene:
                    scene.close()
                if cover and cover[0] == "--bind":
                    hospital.remove(cover[1])
    print(f"disks that refuse: {done} held, {failures} failed")
    if failures:
        sys.exit(1)


if __name__ == "__main__":
    main()
