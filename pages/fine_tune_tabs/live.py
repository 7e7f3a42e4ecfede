"""A training run of this page, watched."""

from typing import Any

from cnn_core.runs.store import RunEntry
from cnn_core.transfer.history import history_of
from pages.fine_tune_tabs.curves import draw_curves
from pages.fine_tune_tabs.opened import open_run
from pages.fine_tune_tabs.words import PHASES
from pages.ui import run_live


def draw_live(entry: RunEntry) -> None:
    """Progress, curves and notes; stop and resume."""
    run_live.draw_live(entry, run_live.Watched("fine_tune", PHASES, _curves, see=_see))


def _curves(events: list[dict[str, Any]]) -> None:
    draw_curves(history_of(events), key="fine_tune_curves")


def _see(run_id: str) -> None:
    open_run(run_id, "Result")
