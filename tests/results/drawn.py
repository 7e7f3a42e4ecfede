"""Predictions drawn from a seed, for the tests of this folder."""

from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from cnn_core.folders.listing import Item
from cnn_core.results.predictions import Predictions, make_predictions
from cnn_core.transfer.evaluation import write_predictions


def drawn_predictions(count: int, classes: int, *, seed: int = 0, sharpness: float = 2.0) -> Predictions:
    """Pictures of random classes; answers that are right more often than not; some classes may be missing."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, max(1, classes - 1), count)
    scores = random.normal(0, 1, (count, classes)) * sharpness
    scores[np.arange(count), truth] += random.random(count) * sharpness
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return make_predictions(
        classes=tuple(f"class {k}" for k in range(classes)),
        files=tuple(f"{k:05}.jpg" for k in range(count)),
        parts=tuple(random.choice(["validation", "test"], count)),
        truth=truth,
        probabilities=powers / powers.sum(axis=1, keepdims=True),
    )


predictions = st.builds(
    drawn_predictions,
    st.integers(1, 60),
    st.integers(1, 9),
    seed=st.integers(0, 2**32 - 1),
    sharpness=st.floats(0.1, 6),
)


def write_run(folder: Path, predictions: Predictions) -> Path:
    """Write predictions as training does."""
    names = predictions.classes
    items = [
        Item(file, names[true], part)
        for file, true, part in zip(predictions.files, predictions.truth, predictions.parts, strict=True)
    ]
    write_predictions(
        folder / "predictions.npz",
        items,
        truth=predictions.truth,
        probabilities=predictions.probabilities,
        classes=names,
    )
    return folder
