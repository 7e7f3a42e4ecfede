"""A run's course from its events, with what is missing or strange in them."""

import time
from pathlib import Path

import pytest

from cnn_core.child_process import write_json
from cnn_core.runs.folder import append_event, read_progress, write_progress
from cnn_core.transfer.history import chose_an_epoch, history_of, progress_share, standing
from cnn_core.transfer.watch import Watch


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
    assert standing(tmp_path).measure == "best accuracy so far"
    # With the time that the features took.
    write_progress(tmp_path, {"seconds": 61.5}, now=True)
    assert standing(tmp_path).seconds == 61.5
    # The epoch whose weights are kept need not be the one of the largest accuracy.
    write_json(tmp_path / "result.json", {"validation": {"accuracy": 0.25}, "seconds": 9.5})
    assert (standing(tmp_path).accuracy, standing(tmp_path).seconds) == (0.25, 9.5)
    assert standing(tmp_path).measure == "accuracy"


@pytest.mark.parametrize(
    ("config", "phases", "chose"),
    [
        ({"early_stopping": 5}, {"feature_extraction": {"epochs": 9, "kept_epoch": 4}}, True),
        ({"early_stopping": 5}, {"feature_extraction": {"epochs": 9, "kept_epoch": 9}}, False),
        ({"early_stopping": 0}, {"feature_extraction": {"epochs": 9, "kept_epoch": 9}}, False),
        ({"method": "both"}, {"fine_tuning": {"epochs": 2, "kept_epoch": 2}}, True),
    ],
)
def test_whether_the_validation_part_chose_the_epoch(
    tmp_path: Path, config: dict, phases: dict, *, chose: bool
) -> None:
    assert not chose_an_epoch(tmp_path)
    write_json(tmp_path / "config.json", config)
    write_json(tmp_path / "result.json", {"phases": phases})
    assert chose_an_epoch(tmp_path) == chose


def test_time_and_speed_go_on_over_legs_and_epochs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    for leg in (1, 2):
        watch = Watch(tmp_path)
        now += 10
        watch.start("features")
        watch.batch(1, 1, pictures=5)
        watch.start("feature_extraction", epoch=1, epochs=4)
        assert read_progress(tmp_path)["images_per_second"] is None
        now += 2
        watch.batch(1, 1, pictures=40)
        # One more second goes into judging and keeping the epoch.
        now += 1
        watch.start("feature_extraction", epoch=2, epochs=4)
        progress = read_progress(tmp_path)
        assert (progress["images_per_second"], progress["seconds_left"], progress["batch"]) == (20.0, 9.0, 0)
        assert progress["seconds"] == watch.seconds == 13.0 * leg
        # Between the legs nobody works.
        now += 500


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
