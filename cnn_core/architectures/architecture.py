"""What the catalog says of a network. Importing this loads no Keras."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Option:
    """One setting of a builder.

    Attributes:
        name: the keyword of the builder.
        title: what a page calls it.
        values: what may be chosen; None where it is a number in [minimum, maximum], or a bool if the default is one.
        default: what the builder takes without it.
        minimum: smallest number; None where it is no number.
        maximum: largest number; None where it is no number.
    """

    name: str
    title: str
    values: tuple[Any, ...] | None
    default: Any
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Architecture:
    """One network of the catalog.

    Attributes:
        title: its usual name.
        year: of the paper.
        paper: authors, title and place.
        url: where the paper is.
        sentence: what it is known for.
        build: makes the uncompiled `keras.Model`: build(input_shape=…, num_classes=…, **options).
        input_shape: rows, columns and channels it is usually given.
        num_classes: usual number of classes; 0 for a block, whose `build` takes no notice of it.
        options: settings beyond size and classes.
        smallest: fewest rows and columns that work with its usual options; counted for networks that classify.
        task: "block" for a part of a network shown alone.
        top1: published ImageNet top-1 accuracy of one central crop, per cent; None where no figure is known for sure.
        top1_source: who published it, and for which variant.
    """

    title: str
    year: int
    paper: str
    url: str
    sentence: str
    build: Callable[..., Any]
    input_shape: tuple[int, int, int]
    num_classes: int
    options: tuple[Option, ...] = ()
    smallest: int = 1
    task: Literal["classification", "detection", "segmentation", "block"] = "classification"
    top1: float | None = None
    top1_source: str = ""
