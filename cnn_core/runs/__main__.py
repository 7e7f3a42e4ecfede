"""`python -m cnn_core.runs STORE`: the service that works off the store's queue, see `cnn_core.runs.service`."""

import argparse
from pathlib import Path

from cnn_core.runs.job_process import LIGHT, PRELOADED
from cnn_core.runs.jobs import JOBS
from cnn_core.runs.service import IDLE_SECONDS, run_service


def main() -> None:
    """Read the command line and work until there is nothing to do, or at once end where another service does."""
    parser = argparse.ArgumentParser(prog="python -m cnn_core.runs", description="Work off the queue of a store.")
    parser.add_argument("store", type=Path, help="the folder of all runs")
    parser.add_argument("--at-once", type=int, help="trainings at a time; else one a graphics processor, or one")
    parser.add_argument("--idle-seconds", type=float, default=IDLE_SECONDS, help="ends after so long without work")
    parser.add_argument("--no-preload", action="store_true", help="import no Keras for the jobs beforehand")
    parser.add_argument("--job", action="append", default=[], metavar="NAME=MODULE:FUNCTION", help="one more job")
    given = parser.parse_args()
    run_service(
        given.store.resolve(),
        preload=LIGHT if given.no_preload else PRELOADED,
        at_once=given.at_once,
        jobs={**JOBS, **dict(text.split("=", 1) for text in given.job)},
        idle_seconds=given.idle_seconds,
    )


# The jobs' processes import what the service's main module is, unless it is called `__main__` as here.
if __name__ == "__main__":
    main()
