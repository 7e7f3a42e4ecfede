"""Which pictures a network got wrong, and how sure it was: the pictures behind a cell of the confusion matrix."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.results.predictions import Predictions


@dataclass(frozen=True)
class Answered:
    """One picture and what the network said.

    Attributes:
        file: the picture.
        part: "validation" or "test".
        truth, predicted: indices of classes.
        confidence: probability of the predicted class.
        true_probability: probability of the true class.
    """

    file: str
    part: str
    truth: int
    predicted: int
    confidence: float
    true_probability: float

    @property
    def right(self) -> bool:
        """Whether the predicted class is the true one."""
        return self.truth == self.predicted


def confident_mistakes(predictions: Predictions, *, count: int = 24) -> tuple[Answered, ...]:
    """The mistakes of which the network was most sure, the surest first: wrong labels are among them.

    Args:
        predictions: of any parts.
        count: at most so many.

    Example:
        >>> from cnn_core.results.predictions import make_predictions
        >>> answers = make_predictions(classes=("cat", "dog"), files=("a", "b", "c"), parts=("test",) * 3,
        ...     truth=[0, 0, 1], probabilities=[[0.4, 0.6], [0.1, 0.9], [0.2, 0.8]])
        >>> [mistake.file for mistake in confident_mistakes(answers)]
        ['b', 'a']
    """
    return _listed(predictions, predictions.truth != predictions.predicted)[:count]


def cell_pictures(predictions: Predictions, *, truth: str, predicted: str) -> tuple[Answered, ...]:
    """The pictures of one cell of the confusion matrix, the surest answer first.

    Args:
        predictions: of any parts.
        truth: name of the true class, the row.
        predicted: name of the predicted class, the column.

    Raises:
        InputError: there is no such class.

    Example:
        >>> from cnn_core.results.predictions import make_predictions
        >>> answers = make_predictions(classes=("cat", "dog"), files=("a", "b"), parts=("test",) * 2,
        ...     truth=[0, 1], probabilities=[[0.4, 0.6], [0.1, 0.9]])
        >>> cell_pictures(answers, truth="cat", predicted="dog")[0].file
        'a'
    """
    row, column = (_index(predictions, name) for name in (truth, predicted))
    return _listed(predictions, (predictions.truth == row) & (predictions.predicted == column))


def _listed(predictions: Predictions, wanted: npt.NDArray[np.bool_]) -> tuple[Answered, ...]:
    predicted, confidence = predictions.predicted, predictions.confidence
    places = np.flatnonzero(wanted)
    # By name among equals, so that the page does not change from one visit to the next.
    ordered = sorted(places.tolist(), key=lambda k: (-confidence[k], predictions.files[k]))
    return tuple(
        Answered(
            predictions.files[k],
            predictions.parts[k],
            int(predictions.truth[k]),
            int(predicted[k]),
            float(confidence[k]),
            float(predictions.probabilities[k, predictions.truth[k]]),
        )
        for k in ordered
    )


def _index(predictions: Predictions, name: str) -> int:
    if name not in predictions.classes:
        raise InputError("There is no such class", f"Choose one of {', '.join(predictions.classes)}", name=name)
    return predictions.classes.index(name)


def most_frequent_mistake(matrix: npt.NDArray[np.int64]) -> tuple[int, int]:
    """True and predicted class of the mistake that was made most often; the first class twice where there is none.

    Args:
        matrix: (K, K) pictures of each true (row) and predicted class.

    Example:
        >>> most_frequent_mistake(np.array([[5, 1, 0], [0, 4, 3], [2, 0, 9]]))
        (1, 2)
        >>> most_frequent_mistake(np.eye(2, dtype=int))
        (0, 0)
    """
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    row, column = divmod(int(wrong.argmax()), len(wrong))
    return row, column
