"""Where the pictures are too few to tell: sentences for the page, each with the figures that it rests on."""

import math
from collections.abc import Mapping
from statistics import NormalDist

from cnn_core.confidence import wilson_interval
from cnn_core.results.figures import Figures

# Beyond five points to either side an accuracy says little; a class of nine may win or lose 30 points by one picture.
HALF_WIDTH = 0.05
FEW_OF_A_CLASS = 10


def too_small_to_tell(figures: Figures, *, half_width: float = HALF_WIDTH) -> tuple[str, ...]:
    """What cannot be said because there are too few pictures; empty where the figures can be relied on.

    Args:
        figures: of a validation or test part.
        half_width: how far from the accuracy its interval may reach.

    Example:
        >>> from cnn_core.results.figures import classification_figures
        >>> from cnn_core.results.predictions import make_predictions
        >>> few = make_predictions(classes=("cat", "dog"), files=tuple("abcd"), parts=("test",) * 4,
        ...     truth=[0, 0, 1, 1], probabilities=[[0.9, 0.1]] * 2 + [[0.2, 0.8]] * 2)
        >>> too_small_to_tell(classification_figures(few))[0]
        'With 4 pictures the accuracy may be anything from 51 % to 100 %; about 73 pictures would tell it within 5
        points.'
    """
    sentences = []
    accuracy = figures.accuracy
    if max(accuracy.high - accuracy.value, accuracy.value - accuracy.low) > half_width:
        sentences.append(
            f"With {_pictures(figures.count)} the accuracy may be anything from {_percent(accuracy.low)} to"
            f" {_percent(accuracy.high)}; about {pictures_needed(accuracy.value, half_width=half_width):,} pictures"
            f" would tell it within {half_width * 100:.0f} points."
        )
    frequent = max(figures.by_class, key=lambda row: row.support)
    guess = frequent.support / figures.count
    if len(figures.by_class) > 1 and accuracy.low <= guess:
        sentences.append(
            f"Always answering {frequent.name} would be right for {_percent(guess)}: these pictures do not show that"
            " the network is better than that."
        )
    none = [row.name for row in figures.by_class if not row.support]
    if none:
        sentences.append(f"There is no picture of {_names(none)} to measure with.")
    few = [row.name for row in figures.by_class if 0 < row.support < FEW_OF_A_CLASS]
    if few:
        sentences.append(
            f"There are fewer than {FEW_OF_A_CLASS} pictures of {_names(few)}: one picture more or less right moves"
            " the figures of such a class by 10 points or more."
        )
    return tuple(sentences)


def too_few_to_judge(
    counts: Mapping[str, int], *, part: str = "validation", half_width: float = 0.1
) -> tuple[str, ...]:
    """What the pictures to judge by will not tell however good the network is; known before any training.

    Args:
        counts: pictures to judge by, of each class.
        part: what they are for, in words.
        half_width: how far from the best accuracy its interval may reach.

    Example:
        >>> too_few_to_judge({"cat": 2, "dog": 2})[0]
        'Only 4 pictures are for validation: even if all answers are right, the accuracy may be anything from 51 % to
        100 %.'
        >>> too_few_to_judge({"cat": 40, "dog": 40})
        ()
    """
    total = sum(counts.values())
    if not total:
        return (f"No picture is for {part}: how good the network is cannot be told.",)
    sentences = []
    low = wilson_interval(total, total).low
    if 1 - low > half_width:
        are = "is" if total == 1 else "are"
        sentences.append(
            f"Only {_pictures(total)} {are} for {part}: even if all answers are right, the accuracy may be anything"
            f" from {_percent(low)} to 100 %."
        )
    if none := [name for name, count in counts.items() if not count]:
        sentences.append(f"No picture of {_names(none)} is for {part}: how well the network knows it cannot be told.")
    few = [name for name, count in counts.items() if 0 < count < FEW_OF_A_CLASS]
    if few and not sentences:
        sentences.append(
            f"Fewer than {FEW_OF_A_CLASS} pictures of {_names(few)} are for {part}: one more or less right moves the"
            " figures of such a class by 10 points or more."
        )
    return tuple(sentences)


def pictures_needed(accuracy: float, *, half_width: float = HALF_WIDTH, level: float = 0.95) -> int:
    """How many pictures tell an accuracy within `half_width`: so many that Wilson's interval reaches no further.

    Args:
        accuracy: as it seems now, in [0, 1].
        half_width: to either side, in (0, 0.5).
        level: confidence in (0, 1).

    Example:
        >>> pictures_needed(0.9)
        196
    """
    square = NormalDist().inv_cdf((1 + level) / 2) ** 2

    def reach(count: int) -> float:
        off_centre = (0.5 - accuracy) * square / count
        spread = math.sqrt(square * accuracy * (1 - accuracy) / count + square**2 / (4 * count**2))
        return (abs(off_centre) + spread) / (1 + square / count)

    few, enough = 0, math.ceil(square / half_width**2)
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if reach(middle) <= half_width else (middle, enough)
    return enough


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count:,} pictures"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _names(names: list[str]) -> str:
    if len(names) <= 6:
        return ", ".join(names)
    return f"{', '.join(names[:5])} and {len(names) - 5} others"
