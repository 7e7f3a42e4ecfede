"""Figures of segmenters: a perfect answer, an empty one, and what counts as found. No Keras is imported."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnn_core.starters import measure_segmenter
from cnn_core.starters.measure_segmenter import (
    CLASSES,
    SIZES,
    Example,
    contact_sheet,
    held_out,
    matrix_of,
    measure,
    painted,
    predict_labels,
    task_of,
)


def always(label: int, classes: int):
    return lambda batch: np.broadcast_to(np.eye(classes, dtype=np.float32)[label], (*batch.shape[:3], classes))


def test_names() -> None:
    names = [f"starter_segmenter_{task}" for task in CLASSES] + ["starter_fcn32s", "starter_fcn8s"]
    assert [task_of(name) for name in names] == [*CLASSES, "shapes", "shapes"]
    assert set(CLASSES) == set(SIZES)


def test_always_background_on_people(data_folder: Path) -> None:
    found = measure("starter_segmenter_people", always(0, 2), data_folder, limit=10)
    truth = [example.labels for example in held_out("people", data_folder, limit=10)]
    share = sum((labels == 0).sum() for labels in truth) / sum(labels.size for labels in truth)
    assert found.pictures == 10
    assert found.figures["background IoU"].value == pytest.approx(share)
    assert found.figures["person IoU"].value == 0
    assert found.figures["mean IoU"].value == pytest.approx(share / 2)
    assert found.figures["pixel accuracy"].value == pytest.approx(share)
    assert next(iter(found.figures)) == "mean IoU"


def test_cells_come_first_and_dice_is_twice_the_shared(data_folder: Path) -> None:
    found = measure("starter_segmenter_membranes", always(1, 2), data_folder)
    cells = np.mean([example.labels.mean() for example in held_out("membranes", data_folder, limit=None)])
    assert next(iter(found.figures)) == "cell Dice"
    assert found.figures["cell Dice"].value == pytest.approx(2 * cells / (1 + cells))
    assert found.figures["membrane Dice"].value == 0
    assert found.pictures == 6


def test_a_perfect_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    examples = held_out("shapes", tmp_path, limit=5)
    known = {example.image.tobytes(): example.labels for example in examples}

    def predict(batch: np.ndarray) -> np.ndarray:
        pixels = np.round(batch[0] * 255).astype(np.uint8)
        return np.eye(7, dtype=np.float32)[known[pixels.tobytes()]][None]

    found = measure("starter_fcn8s", predict, tmp_path, limit=5)
    assert found.figures["mean IoU"].value == found.figures["mean IoU"].low == 1
    monkeypatch.setattr(measure_segmenter, "SCENES", 5)
    sheet = contact_sheet("starter_segmenter_shapes", predict, tmp_path)
    assert sheet.dtype == np.uint8
    assert sheet.shape[1] == 8 * 180


def test_the_interval_holds_the_figure_and_shrinks_with_more_pictures(tmp_path: Path) -> None:
    few, many = (measure("starter_fcn8s", always(0, 7), tmp_path, limit=n).figures["pixel accuracy"] for n in (8, 64))
    for figure in (few, many):
        assert figure.low <= figure.value <= figure.high
    assert many.high - many.low < few.high - few.low


def test_everyday_photos_say_what_is_found(data_folder: Path) -> None:
    def predict(batch: np.ndarray) -> np.ndarray:
        answer = np.zeros((*batch.shape[:3], 4), np.float32)
        answer[..., 0] = 0.5
        answer[:, :20, :, 2] = 1.0
        return answer

    found = measure("starter_segmenter_everyday", predict, data_folder)
    assert found.pictures == 79
    assert found.figures["photos with cat found"].value == 1
    assert found.figures["photos with dog found"].value == 0
    assert found.figures["photos with person found"].value == 0
    assert "photos with cat found" not in measure("starter_segmenter_everyday", predict, data_folder, limit=2).figures


def test_probabilities_are_enlarged_before_the_best_is_taken() -> None:
    answer = np.array([[[0.9, 0.1], [0.4, 0.6]]], np.float32)
    found = predict_labels(lambda _: answer[None], np.zeros((4, 16, 3), np.uint8), (1, 2))
    # 0.9 to 0.4 falls through a half at four fifths of the way between the two centres, columns 3.5 and 11.5.
    assert found[0].tolist() == [0] * 10 + [1] * 6


def test_unknown_pixels_are_not_counted_and_not_painted() -> None:
    example = Example("", np.full((2, 2, 3), 100, np.uint8), np.array([[0, 1], [255, 1]], np.uint8))
    assert matrix_of(example, np.ones((2, 2), np.uint8), 2).tolist() == [[0, 1], [0, 2]]
    shown = painted(example, example.labels)
    assert (shown[1, 0] == 100).all()
    assert (shown[0, 1] != 100).any()


def test_measuring_imports_no_keras() -> None:
    code = "import sys, cnn_core.starters.measure_segmenter as m; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
