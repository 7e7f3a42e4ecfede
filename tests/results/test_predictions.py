"""Predictions on disk, and what is refused."""

import numpy as np
import pytest

from cnn_core.errors import InputError
from cnn_core.results.predictions import make_predictions, read_labels, read_predictions
from tests.results.drawn import drawn_predictions, write_run

GIVEN = {"classes": ("a", "b"), "files": ("1", "2"), "parts": ("test", "test"), "truth": [0, 1]}
ROWS = [[0.5, 0.5], [0.1, 0.9]]


def test_what_training_writes_is_read(tmp_path):
    drawn = drawn_predictions(30, 3)
    back = read_predictions(write_run(tmp_path, drawn))
    assert (back.classes, back.files, back.parts) == (drawn.classes, drawn.files, drawn.parts)
    np.testing.assert_array_equal(back.truth, drawn.truth)
    np.testing.assert_array_equal(back.probabilities, drawn.probabilities)
    assert back.probabilities.dtype == np.float32


def test_none_at_all_are_read_too(tmp_path):
    none = make_predictions(classes=("a",), files=(), parts=(), truth=[], probabilities=np.zeros((0, 1)))
    assert len(read_predictions(write_run(tmp_path, none))) == 0
    assert read_predictions(tmp_path).predicted.shape == (0,)


def test_names_of_classes_keep_every_character(tmp_path):
    names = ("Kätzchen 🐱", "with space ", "form\u0085feed\u2028")
    (tmp_path / "labels.txt").write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    assert read_labels(tmp_path) == names
    (tmp_path / "labels.txt").unlink()
    with pytest.raises(InputError, match="no classes yet"):
        read_labels(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"files": ("1",)}, "do not fit together"),
        ({"truth": [0]}, "do not fit together"),
        ({"classes": ("a", "b", "c")}, "do not fit together"),
        ({"truth": [0, 2]}, "whole numbers from 0 to 1"),
        ({"truth": [-1, 0]}, "whole numbers from 0 to 1"),
        ({"truth": [0.0, 1.0]}, "whole numbers from 0 to 1"),
        ({"probabilities": [[0.5, 0.9], [0.1, 0.9]]}, "no probabilities"),
        ({"probabilities": [[1.5, -0.5], [0.1, 0.9]]}, "no probabilities"),
        ({"probabilities": [[np.nan, 1], [0.1, 0.9]]}, "no probabilities"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        make_predictions(**{**GIVEN, "probabilities": ROWS, **change})


def test_a_damaged_or_missing_file_is_named(tmp_path):
    write_run(tmp_path, drawn_predictions(30, 3))
    whole = (tmp_path / "predictions.npz").read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"no archive"):
        (tmp_path / "predictions.npz").write_bytes(content)
        with pytest.raises(InputError, match=r"predictions.npz of this run is damaged"):
            read_predictions(tmp_path)
    (tmp_path / "predictions.npz").unlink()
    with pytest.raises(InputError, match="no predictions yet"):
        read_predictions(tmp_path)


def test_a_pickle_in_the_file_is_not_opened(tmp_path):
    write_run(tmp_path, drawn_predictions(2, 2))
    with (tmp_path / "predictions.npz").open("wb") as file:
        np.savez(
            file, classes=["a"], files=np.array([print, print], dtype=object), parts=[], truth=[], probabilities=[]
        )
    with pytest.raises(InputError, match="damaged"):
        read_predictions(tmp_path)
