"""The model card of a starter: what it is, how it was trained, how good it is, and the hashes of its files.

A card is a JSON file whose layout is that of `StarterCard`. Cards are written by this project: one that does not fit is
a bug, and raises ValueError.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from cnn_core.starters.measured import Figure, Measured

Task = Literal["classification", "detection", "segmentation"]
TASKS = ("classification", "detection", "segmentation")


@dataclass(frozen=True)
class CardInput:
    """What the network is given: float32, RGB, in [0, 1].

    Attributes:
        size: rows and columns it was trained and measured at.
        resize: how a photo gets there, "letterbox" (aspect kept, grey beside it) or "stretch".
        any_size: whether its LiteRT file takes other sizes too.
        photo_size: rows and columns that photos are shown at, where that differs from `size`.
    """

    size: tuple[int, int]
    resize: Literal["letterbox", "stretch"]
    any_size: bool
    photo_size: tuple[int, int]


@dataclass(frozen=True)
class CardNetwork:
    """How the network is built.

    Attributes:
        builder: a function of `cnn_core.architectures`, see `starter_models.BUILDERS`.
        arguments: its keyword arguments.
        outputs: layers whose outputs the LiteRT file gives; empty for the network's own one.
        parameters: how many numbers it learned, with batch norm's statistics.
    """

    builder: str
    arguments: Mapping[str, Any]
    outputs: tuple[str, ...]
    parameters: int


@dataclass(frozen=True)
class CardData:
    """What it was trained on: a data set, its licence, and how many of its pictures."""

    name: str
    licence: str
    pictures: int


@dataclass(frozen=True)
class CardTraining:
    """How it was trained: command, code, machine and time.

    Attributes:
        command: as it was typed.
        commit: of the code.
        seed: of all random numbers.
        recipe: epochs, batch size, optimizer and rates.
        backend: of Keras.
        device: what it ran on.
        precision: of the arithmetic.
        images_per_second: median over the epochs.
        seconds: in all.
    """

    command: str
    commit: str
    seed: int
    recipe: Mapping[str, Any]
    backend: str
    device: str
    precision: str
    images_per_second: float
    seconds: float


@dataclass(frozen=True)
class CardSample:
    """A check of seconds: the figures on the first `pictures` held-out pictures, and how far off they may come out."""

    pictures: int
    tolerance: float
    figures: Mapping[str, float]


@dataclass(frozen=True)
class CardFile:
    """One file of a starter: its name beside the card, its size and its hash."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class StarterCard:
    """The model card of a starter.

    Attributes:
        name: e.g. "starter_classifier".
        version: of the starter, raised whenever its weights change.
        task: what it answers.
        classes: in the order of its outputs.
        input: what it is given.
        network: how it is built.
        data: what it was trained on.
        split: file or rule that keeps the held-out pictures apart.
        training: how.
        metrics: how good it is on pictures that it was not trained on.
        bars: for a figure of `metrics`, what was to be reached.
        sample: a small part of `metrics` that a test reproduces.
        agreement: greatest difference between the outputs of the Keras and the LiteRT file on real photos.
        weights: the file for Keras.
        lite: the file for LiteRT.
    """

    name: str
    version: str
    task: Task
    classes: tuple[str, ...]
    input: CardInput
    network: CardNetwork
    data: tuple[CardData, ...]
    split: str
    training: CardTraining
    metrics: Measured
    bars: Mapping[str, float]
    sample: CardSample
    agreement: float
    weights: CardFile
    lite: CardFile

    def __post_init__(self) -> None:
        named = all(name.strip() for name in self.classes)
        _require(self.task in TASKS, f"task is one of {TASKS}", self.task)
        _require(self.classes and named, "classes have names", self.classes)
        _require(self.input.resize in {"letterbox", "stretch"}, "resize is letterbox or stretch", self.input.resize)
        for size in (self.input.size, self.input.photo_size):
            _require(len(size) == 2 and min(size) > 0, "sizes are rows and columns", size)
        _require(self.data and all(data.licence for data in self.data), "every data set has its licence", self.data)
        _require(self.metrics.figures and self.metrics.pictures > 0, "something was measured", self.metrics)
        for name, figure in self.metrics.figures.items():
            _require(figure.low <= figure.value <= figure.high, f"{name} lies in its interval", figure)
        _require(set(self.bars) <= set(self.metrics.figures), "what has a bar was measured", self.bars)
        _require(self.sample.pictures > 0 and self.sample.figures, "the sample has figures", self.sample)
        for file in (self.weights, self.lite):
            _require(re.fullmatch("[0-9a-f]{64}", file.sha256) and file.bytes > 0, "files have sizes and hashes", file)
            _require(Path(file.name).name == file.name, "files lie beside the card", file.name)

    def to_json(self) -> str:
        """The card as the text of its file.

        Example:
            >>> read_card(Path("assets/models/starter_classifier.json")).to_json()[:9]  # doctest: +SKIP
            '{\\n "name"'
        """
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def read_card(path: Path) -> StarterCard:
    """Read a card.

    Raises:
        ValueError: a card that is no JSON, or lacks something, or says what cannot be.
    """
    return parse_card(json.loads(path.read_text(encoding="utf-8")))


def parse_card(values: Mapping[str, Any]) -> StarterCard:
    """A card from what its JSON holds.

    Raises:
        ValueError: a name that is missing or unknown, or a value that cannot be.
    """
    values = dict(values)
    parts = {"input": CardInput, "network": CardNetwork, "training": CardTraining, "sample": CardSample}
    parts |= {"weights": CardFile, "lite": CardFile}
    for name, kind in parts.items():
        values[name] = _build(kind, values.get(name), name)
    values["classes"] = tuple(values.get("classes", ()))
    values["data"] = tuple(_build(CardData, entry, "data") for entry in values.get("data", ()))
    metrics = _build(Measured, values.get("metrics"), "metrics")
    figures = {name: _build(Figure, figure, name) for name, figure in metrics.figures.items()}
    values["metrics"] = Measured(figures, metrics.pictures, metrics.held_out)
    return _build(StarterCard, values, "card")


_Part = TypeVar("_Part")


def _build(kind: type[_Part], values: Any, place: str) -> _Part:
    """A dataclass from a mapping with exactly its names; lists become tuples."""
    expected = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    given = set(values) if isinstance(values, Mapping) else set()
    if given != expected:
        missing, unknown = sorted(expected - given), sorted(given - expected)
        raise ValueError(f"The model card does not fit at {place}: missing {missing}, unknown {unknown}")
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def _require(holds: Any, rule: str, received: object) -> None:
    if not holds:
        raise ValueError(f"The model card does not fit: {rule}. Received: {received!r}")
