"""`python -m cnn_core.transfer RUN_FOLDER`: train what its config.json says, or go on with it; the folder says how it
stands. Ends with 0 if the run is done, or was stopped by its stop file.
"""

import argparse
import sys
from pathlib import Path

from cnn_core.runs.folder import read_status
from cnn_core.runs.jobs import run_job


def main() -> int:
    """Run it; what a person can mend is printed."""
    parser = argparse.ArgumentParser(prog="python -m cnn_core.transfer", description="Train the network of a run.")
    parser.add_argument("run", type=Path, help="a folder with config.json")
    run = parser.parse_args().run.resolve()
    if not (run / "config.json").is_file():
        parser.error(f"{run} has no config.json")
    (run / "stop").unlink(missing_ok=True)
    run_job(run)
    status = read_status(run)
    print(f"{status.state}: {status.reason}" if status.reason else status.state)
    return 1 if status.state == "failed" else 0


if __name__ == "__main__":
    sys.exit(main())
