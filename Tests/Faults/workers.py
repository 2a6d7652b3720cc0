"""Faults at every system call of the workers that touches the site: killed there, or the call fails; then a clean run; then the
checker. A worker that is gone costs a second try, and what a disk does not give is no damaged page: each page comes to
where it belongs.

    workers.py [--stride N]    every N-th of the calls (all)
"""

import argparse
import errno
import tempfile

import hospital
from checker import Checker
from hospital import Failure
from points import ERRORS, Campaign, NotReached


def trial(fault, point):
    def body(lane):
        what = ["--kill"] if fault == "KILL" else ["--error", str(getattr(errno, fault))]
        code, said, log = lane.run("--workers", "--at", str(point), *what)
        if not any(line.startswith(f"INJECTED {fault} {point.name} ") for line in log):
            raise NotReached(str(point))
        if code not in hospital.ORDERLY:
            raise Failure(f"it ended with {code}: {said[-600:]}")
        lane.recover()
    return "workers killed" if fault == "KILL" else "workers' failing calls", f"{fault} {point} in a worker", body


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--stride", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chartroom-workers-") as scratch:
        campaign = Campaign(scratch)
        try:
            lane = campaign.lanes[0]
            lane.fresh()
            points = lane.points("--workers")
            Checker(lane.site, lane.batches).check_finished()
            if sum(point.name == "pread64" for point in points) < 10:
                raise Failure(f"the dry run hardly saw the workers read: {[str(point) for point in points]}")
            campaign.all([
                trial(fault, point) for point in points[::options.stride] for fault in ["KILL", *ERRORS[point.name]]])
        finally:
            campaign.end()


if __name__ == "__main__":
    main()
