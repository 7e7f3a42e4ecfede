"""Answers to take home: tables of probabilities as CSV, and the bars as a picture."""

import csv
import io
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from cnn_core.classifiers.answers import TOP, Answer
from cnn_core.classifiers.together import Together
from cnn_core.drawing import OKABE_ITO, shrink

Pixels = npt.NDArray[np.uint8]

_WIDE, _LINE, _EDGE, _LABELS = 560, 34, 20, 190
_PHOTO = 420
# A cell that begins with one of these is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def answers_csv(answers: Mapping[str, Answer]) -> bytes:
    """Every class's probability, a row each, a column for each answer; classes that one does not know are empty.

    Args:
        answers: by whom, or about what.

    Example:
        >>> answer = Answer(("cat", "dog"), np.array([0.75, 0.25], np.float32), {})
        >>> print(answers_csv({"Starter": answer}).decode().replace("\\r", ""))
        class,Starter
        cat,0.75
        dog,0.25
        <BLANKLINE>
    """
    labels = list(dict.fromkeys(label for answer in answers.values() for label in answer.classes))
    known = {
        title: dict(zip(answer.classes, answer.probabilities.tolist(), strict=True))
        for title, answer in answers.items()
    }
    rows = [[label, *(_number(values.get(label)) for values in known.values())] for label in labels]
    return _csv(["class", *answers], rows)


def together_csv(together: Together) -> bytes:
    """A row for each member with its weight, its vote and its probabilities, and one for all of them."""
    combined = together.combined
    rows = [
        [member.network, member.view, f"{weight:.6g}", together.label(vote), *(f"{value:.6g}" for value in values)]
        for member, weight, vote, values in zip(
            together.members,
            combined.weights.tolist(),
            combined.votes.tolist(),
            combined.members.tolist(),
            strict=True,
        )
    ]
    both = ["all", combined.method, "1", together.label(combined.winner)]
    rows.append([*both, *(f"{value:.6g}" for value in combined.probabilities.tolist())])
    return _csv(["network", "view", "weight", "vote", *together.classes], rows)


def bars_picture(photo: Pixels, answers: Mapping[str, Sequence[tuple[str, float]]], *, top: int = TOP) -> Pixels:
    """The photo with the most probable classes of each answer as bars beside it, on white.

    Args:
        photo: (H, W, 3) uint8.
        answers: classes with their probabilities, the largest first, by title.
        top: bars of each.

    Returns:
        (H', W', 3) uint8.

    Example:
        >>> bars_picture(np.zeros((40, 60, 3), np.uint8), {"Starter": [("cat", 0.8), ("dog", 0.2)]}).shape
        (184, 680, 3)
    """
    small = shrink(photo, side=_PHOTO)
    lines = sum(1 + len(list(answer)[:top]) for answer in answers.values())
    height = max(small.shape[0], lines * _LINE + (len(answers) - 1) * _EDGE) + 2 * _EDGE
    sheet = Image.new("RGB", (small.shape[1] + _WIDE + 3 * _EDGE, max(height, 184)), "white")
    sheet.paste(Image.fromarray(small), (_EDGE, _EDGE))
    draw, y = ImageDraw.Draw(sheet), _EDGE
    for title, answer in answers.items():
        left = small.shape[1] + 2 * _EDGE
        draw.text((left, y), _short(title, 60), fill="black", font=_font(18))
        y += _LINE
        for number, (label, value) in enumerate(list(answer)[:top]):
            draw.text((left, y + 3), _short(label, 24), fill="black", font=_font(15))
            start = left + _LABELS
            width = (_WIDE - _LABELS - 80) * value
            draw.rectangle((start, y, start + width, y + _LINE - 10), fill=OKABE_ITO[4] if not number else "#8893A2")
            draw.text((start + width + 6, y + 3), f"{100 * value:.1f} %", fill="black", font=_font(15))
            y += _LINE
        y += _EDGE
    return np.asarray(sheet)


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([[_cell(word) for word in row] for row in (header, *rows)])
    return text.getvalue().encode()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
