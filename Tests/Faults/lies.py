"""A disk that says "written" and has written nothing, at every write of a batch's life but the databases' own. What is read back
as something else does not count as written: the batch waits, and the next run makes it anew.

    lies.py [--stride N]    every N-th of the writes (all)
"""

import argparse
import tempfile

import hospital
from hospital import Failure
from points import Campaign, NotReached


def trial(point):
    def body(lane):
        code, said, log = lane.run("--at", str(point), "--lie")
        if not any(line.startswith(f"INJECTED LIE {point.name} ") for line in log):
            raise NotReached(str(point))
        if code not in hospital.ORDERLY:
            raise Failure(f"it ended with {code}: {said[-600:]}")
        lane.recover()
        lane.site.demand({0}, "verify")
    return "lies", f"a lie at {point} ({point.line})", body


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--stride", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chartroom-lies-") as scratch:
        campaign = Campaign(scratch)
        try:
            lane = campaign.lanes[0]
            lane.fresh()
            points = [p for p in lane.points() if p.name in ("write", "pwrite64") and ".sqlite" not in p.line]
            if len(points) < 5:
                raise Failure(f"the dry run hardly saw it write: {[point.line for point in points]}")
            campaign.all([trial(point) for point in points[::options.stride]])
        finally:
            campaign.end()


if __name__ == "__main__":
    main()
