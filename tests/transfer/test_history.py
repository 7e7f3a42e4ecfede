"""A run's course from its events, with what is missing or strange in them."""

from pathlib import Path

import pytest

from cnn_core.child_process import write_json
from cnn_core.runs.folder import append_event
from cnn_core.transfer.history import history_of, progress_share, standing


def epoch(phase: str, number: int, **values: float) -> dict:
    return {"kind": "epoch", "phase": phase, "epoch": number, "seconds": 2.0, **values}


def test_curves_follow_one_another_with_gaps() -> None:
    history = history_of(
        [
            epoch("feature_extraction", 1, loss=1.0, val_accuracy=0.5),
            epoch("feature_extraction", 2, loss=float("nan"), val_accuracy=0.75),
            {"kind": "note", "text": "Stopped early."},
            epoch("fine_tuning", 1, loss=0.5),
        ]
    )
    assert history.curves["loss"] == (1.0, None, 0.5)
    assert history.curves["val_accuracy"] == (0.5, 0.75, None)
    assert (len(history), history.tuned_from, history.best_accuracy, history.seconds) == (3, 3, 0.75, 6.0)
    assert history.notes == ("Stopped early.",)


def test_no_events_and_fine_tuning_alone() -> None:
    assert history_of([]).best_accuracy is None
    assert history_of([]).tuned_from is None
    assert history_of([epoch("fine_tuning", 1)]).tuned_from is None


def test_standing_of_a_run_that_goes_on_and_of_one_that_is_done(tmp_path: Path) -> None:
    assert standing(tmp_path).accuracy is None
    append_event(tmp_path, epoch("feature_extraction", 1, val_accuracy=0.5))
    assert (standing(tmp_path).accuracy, standing(tmp_path).seconds) == (0.5, 2.0)
    write_json(tmp_path / "result.json", {"validation": {"accuracy": 0.75}, "seconds": 9.5})
    assert (standing(tmp_path).accuracy, standing(tmp_path).seconds) == (0.75, 9.5)


@pytest.mark.parametrize(
    ("progress", "share"),
    [
        ({"batch": 3, "batches": 4, "epoch": 0, "epochs": 0}, 0.75),
        ({"batch": 4, "batches": 4, "epoch": 4, "epochs": 4}, 1.0),
        ({"batch": 0, "batches": 0, "epoch": 0, "epochs": 10}, 0.0),
    ],
)
def test_share_of_a_phase(progress: dict, share: float) -> None:
    assert progress_share(progress) == share
