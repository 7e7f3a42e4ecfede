"""What a trained network and its pictures look like to somebody who wonders what went wrong: figures, no verdict.

The same figures are taken of every run, so that which of them are listed does not tell.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.training.data import ScratchData
from cnn_core.transfer.updates import values_of

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

# Training pictures that are asked about once more, and those that the ReLUs are looked at with.
ASKED, LOOKED_AT = 300, 64


@dataclass(frozen=True)
class Figure:
    """What a figure is called, how it is written, and what a sound run has.

    Attributes:
        title: in words.
        kind: "share", "number" or "count".
        usual: what is usual, in words.
    """

    title: str
    kind: str
    usual: str


FIGURES: Mapping[str, Figure] = {
    "train_accuracy": Figure("Accuracy in training, last epoch", "share", "a little above the held-out one"),
    "reported": Figure("Accuracy on held-out pictures, as the run reports it", "share", "well above chance"),
    "chance": Figure("Chance: one of so many classes", "share", ""),
    "train_as_judged": Figure(
        "Accuracy on training pictures, asked about in the same way as held-out ones", "share", "as in training"
    ),
    "first_loss": Figure("Loss of the first epoch", "number", "near ln K or below"),
    "last_loss": Figure("Loss of the last epoch", "number", "well below ln K"),
    "chance_loss": Figure("ln K, the loss of an even guess", "number", ""),
    "dead_relu": Figure("Channels that give 0 for every picture, worst layer", "share", "few"),
    "smallest_class": Figure("Training pictures of the smallest class", "count", "about as many as"),
    "largest_class": Figure("Training pictures of the largest class", "count", "of the smallest"),
    "least_recall": Figure("Recall of the class that is found least, held out", "share", "near the accuracy"),
    "most_said": Figure("Share of the answers that name one and the same class, held out", "share", "its share"),
    "one_class_batches": Figure("Batches of the first epoch that hold a single class", "share", "none"),
    "duplicates": Figure("Held-out pictures that are also trained on, pixel by pixel", "share", "none"),
    "new_only": Figure("Accuracy on the held-out pictures that are not trained on", "share", "as reported"),
    "train_mean": Figure("Mean pixel that the network is given in training", "number", "the same"),
    "judged_mean": Figure("Mean pixel that it is given of held-out pictures", "number", "the same"),
    "moved_statistics": Figure(
        "Movement of stored means in layers whose weights are frozen, in standard deviations", "number", "0"
    ),
}


def evidence_of(
    data: ScratchData,
    *,
    answers: Callable[[Pixels], Floats],
    judged: Callable[[Pixels], Floats],
    probabilities: Floats,
    orders: list[Numbers],
    seed: int,
) -> dict[str, Any]:
    """The figures that follow from pictures and answers.

    Args:
        data: what was trained on and judged by, as the run had it.
        answers: asks the network about pixels in the way that held-out ones are asked about.
        judged: what the network is given of held-out pixels.
        probabilities: (T, classes) of the test part.
        orders: numbers of the training pictures in each batch of the first epoch.
        seed: of the pictures that are looked at.
    """
    test = np.array([item.part == "test" for item in data.items], bool)
    truth, pixels = data.judged_truth[test], data.judged[test]
    said = probabilities.argmax(axis=1)
    right = said == truth
    chosen = np.random.default_rng(seed).permutation(len(data.truth))[:ASKED]
    counts = np.bincount(data.truth, minlength=len(data.classes))
    recalls = [float(right[truth == number].mean()) for number in range(len(data.classes)) if (truth == number).any()]
    known = {picture.tobytes() for picture in data.pixels}
    double = np.array([picture.tobytes() in known for picture in pixels], bool)
    return {
        "reported": float(right.mean()),
        "chance": 1 / len(data.classes),
        "train_as_judged": float((answers(data.pixels[chosen]).argmax(axis=1) == data.truth[chosen]).mean()),
        "chance_loss": float(np.log(len(data.classes))),
        "smallest_class": int(counts.min()),
        "largest_class": int(counts.max()),
        "least_recall": min(recalls),
        "most_said": float(np.bincount(said, minlength=len(data.classes)).max() / len(said)),
        "most_said_class": data.classes[int(np.bincount(said, minlength=len(data.classes)).argmax())],
        "one_class_batches": float(np.mean([len(set(data.truth[batch].tolist())) == 1 for batch in orders])),
        "duplicates": float(double.mean()),
        "new_only": float(right[~double].mean()) if (~double).any() else None,
        "train_mean": float(data.pixels[chosen].mean()),
        "judged_mean": float(judged(pixels[:ASKED]).mean()),
    }


def frozen_statistics(model: Any) -> list[tuple[Any, Any]]:
    """(mean, variance) that each batch norm without a weight in training has stored."""
    import keras

    found = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization) and not layer.trainable_variables:
            mean, variance = values_of([layer.moving_mean, layer.moving_variance])
            found.append((mean, variance))
    return found


def statistics_moved(before: list[tuple[Any, Any]], after: list[tuple[Any, Any]]) -> float:
    """The mean distance between stored means, each in its standard deviation before; 0 where there is none.

    Example:
        >>> round(statistics_moved([(np.zeros(2), np.full(2, 4.0))], [(np.array([1.0, 3.0]), np.ones(2))]), 3)
        1.0
    """
    if not before:
        return 0.0
    distances = [np.abs(new[0] - old[0]) / np.sqrt(old[1] + 1e-12) for old, new in zip(before, after, strict=True)]
    return float(np.concatenate(distances).mean())
