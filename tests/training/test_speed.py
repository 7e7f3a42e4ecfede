"""What one training says about how long another takes."""

from pathlib import Path

from cnn_core.runs.folder import append_event
from cnn_core.training.config import config_of
from cnn_core.training.speed import FEW, USUAL, Speed, expected_speed, remember_speed

RECIPE, OTHER = config_of({}), config_of({"network": "resnet18"})


def trained(run: Path, *seconds: float) -> Path:
    run.mkdir()
    for epoch, long in enumerate(seconds, 1):
        append_event(run, {"kind": "epoch", "epoch": epoch, "seconds": long})
    return run


def test_the_first_epoch_compiles_and_does_not_count(tmp_path: Path) -> None:
    remember_speed(trained(tmp_path / "run", 90.0, 10.0, 12.0), RECIPE, pictures=20_000)
    assert expected_speed(tmp_path, RECIPE, pictures=45_000) == Speed(2_000.0, True)
    assert expected_speed(tmp_path, RECIPE, pictures=500) == Speed(2_000.0, True)
    assert expected_speed(tmp_path, config_of({"devices": 2}), pictures=45_000) == Speed(USUAL, False)
    assert expected_speed(tmp_path, OTHER, pictures=45_000) is None


def test_a_few_pictures_say_little_about_many(tmp_path: Path) -> None:
    """An epoch of 300 pictures is mostly judging: the full recipe would be said to take a day."""
    few = FEW - 1
    for number, config in enumerate((RECIPE, OTHER)):
        remember_speed(trained(tmp_path / f"run{number}", 90.0, 30.0), config, pictures=few)
    assert expected_speed(tmp_path, RECIPE, pictures=few) == Speed(round(few / 30, 2), True)
    assert expected_speed(tmp_path, RECIPE, pictures=FEW) == Speed(USUAL, False)
    # Better than nothing.
    assert expected_speed(tmp_path, OTHER, pictures=FEW) == Speed(round(few / 30, 2), True)
