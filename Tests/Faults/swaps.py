"""A file that is replaced, rewritten, renamed or deleted while it is looked at: at every system call on it, from the first look
to the claim, somebody else does so in between. What is filed is one file or the other, whole, never a mixture; what still
lies in the drop folder at the end is filed too.

    swaps.py [--stride N]    every N-th of the calls (all)
"""

import argparse
import shlex
import tempfile

import hospital
from checker import Checker
from hospital import Failure
from points import Campaign, NotReached

# By shell, with the file and the other one, which lies ready beside the site. The last does not wait for a lease to be given up.
DEEDS = {
    "replaced": "mv -f {other} {file}",
    "deleted": "rm -f {file}",
    "renamed": "if [ -e {file} ]; then mv {file} {away}; fi",
    "rewritten": "if [ -e {file} ]; then dd if={other} of={file} oflag=nonblock status=none || true; fi",
}


def drop_one(lane):
    """The one file of this lane, and another of the same name and kind; not twice the same length."""
    first, other = hospital.unlabelled("a.png", "first"), hospital.unlabelled("a.png", "the other")
    lane.batches = [first]
    lane.fresh()
    place = lane.folder + "/other.png"
    with open(place, "wb") as file:
        file.write(other.data)
    return first, other, place


def trial(deed, point):
    def body(lane):
        first, other, place = drop_one(lane)
        drop = lane.site.drops[0]
        words = {"other": place, "file": f"{drop}/a.png", "away": f"{drop}/b.png"}
        command = DEEDS[deed].format(**{key: shlex.quote(path) for key, path in words.items()})
        code, said, log = lane.run("--at", str(point), "--run", command)
        if not any(line.startswith(f"INJECTED RUN {point.name} ") for line in log):
            raise NotReached(str(point))
        if code not in hospital.ORDERLY:
            raise Failure(f"it ended with {code}: {said[-600:]}")
        lane.site.demand(hospital.DONE, "run")
        checker = Checker(lane.site, [])
        digests = {source["sha256"] for _, _, value in checker.read_manifests() for source in value.get("sources", [])}
        # Gone before anybody had taken it: only who did that knows.
        there = [batch for batch in (first, other) if batch.sha256 in digests]
        if not there and deed != "deleted":
            raise Failure("neither of the two was filed")
        if deed == "replaced" and other not in there:
            raise Failure("what came in its place was not filed")
        Checker(lane.site, there).check_finished()
        lane.site.demand({0}, "verify")
    return deed, f"{deed} at {point}", body


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--stride", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chartroom-swaps-") as scratch:
        campaign = Campaign(scratch)
        try:
            lane = campaign.lanes[0]
            drop_one(lane)
            points = [point for point in lane.points() if "/a.png" in point.line]
            if len(points) < 5:
                raise Failure(f"the dry run hardly saw the file: {[point.line for point in points]}")
            campaign.all([trial(deed, point) for point in points[::options.stride] for deed in DEEDS])
        finally:
            campaign.end()


if __name__ == "__main__":
    main()
