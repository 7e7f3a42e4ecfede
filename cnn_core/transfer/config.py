"""What a run trains: `config.json`, checked, as one frozen dataclass."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from cnn_core.augmentation import Augmentation, augmentation_of
from cnn_core.backbones.catalog import backbone_named
from cnn_core.errors import InputError
from cnn_core.transfer.checked_values import number, one_of, whole_number

FEATURE_EXTRACTION = "feature_extraction"
FINE_TUNING = "fine_tuning"
METHODS = (FEATURE_EXTRACTION, FINE_TUNING, "both")
POOLINGS = ("average", "max")
OPTIMIZERS = ("adam", "adamw", "sgd")
SCHEDULES = ("constant", "cosine", "plateau")
PRECISIONS = ("auto", "float32", "mixed")


@dataclass(frozen=True)
class HeadOptions:
    """The classifier on top: global pooling, a dense layer, dropout, softmax.

    Attributes:
        pooling: "average" or "max" over the last feature maps.
        dense: units of the hidden layer with ReLU; 0 leaves it out.
        dropout: share of its values dropped in training.
        l2: weight of the squared kernels in the loss.
        label_smoothing: share of each label given to all classes alike.
    """

    pooling: str = "average"
    dense: int = 128
    dropout: float = 0.5
    l2: float = 0.0
    label_smoothing: float = 0.0


@dataclass(frozen=True)
class FineTuningOptions:
    """What is unfrozen, and how gently it is trained.

    Attributes:
        layers: the last so many layers of the base, or the name of a stage: that one and all behind it.
        epochs: passes over the pictures.
        learning_rate: small, since good weights are changed.
        batch_norm_inference: batch norm keeps its statistics, and its scale and shift.
    """

    layers: int | str = 20
    epochs: int = 5
    learning_rate: float = 1e-5
    batch_norm_inference: bool = True


@dataclass(frozen=True)
class TransferConfig:
    """Everything that a run's result depends on, the pictures apart; see the fields of `config.json`."""

    backbone: str
    listing: Path
    name: str = ""
    input_size: tuple[int, int] = (96, 96)
    method: str = FEATURE_EXTRACTION
    head: HeadOptions = HeadOptions()
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    epochs: int = 10
    batch_size: int = 32
    early_stopping: int = 5
    fine_tuning: FineTuningOptions = FineTuningOptions()
    augmentation: Augmentation = field(default_factory=Augmentation)
    class_weights: bool = True
    precision: str = "auto"
    seed: int = 0

    @property
    def phases(self) -> tuple[str, ...]:
        """What is trained, in order."""
        return (FEATURE_EXTRACTION, FINE_TUNING) if self.method == "both" else (self.method,)


def default_config(listing: Path | str, *, backbone: str, name: str = "") -> dict[str, Any]:
    """A `config.json` with every field, at good defaults.

    Example:
        >>> default_config("listing.json", backbone="starter")["input_size"]
        [64, 64]
    """
    size = backbone_named(backbone).sizes[0]
    return {
        "job": "transfer",
        "name": name,
        "data": {"listing": str(listing)},
        "backbone": backbone,
        "input_size": [size, size],
        "method": FEATURE_EXTRACTION,
        "head": {"pooling": "average", "dense": 128, "dropout": 0.5, "l2": 0.0, "label_smoothing": 0.0},
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "schedule": "constant",
        "epochs": 10,
        "batch_size": 32,
        "early_stopping": 5,
        "fine_tuning": {"layers": 20, "epochs": 5, "learning_rate": 1e-5, "batch_norm_inference": True},
        "augmentation": {field.name: field.default for field in fields(Augmentation)} | {"flip": True},
        "class_weights": True,
        "precision": "auto",
        "seed": 0,
    }


def config_of(values: dict[str, Any]) -> TransferConfig:
    """A configuration, checked; what is missing has its default.

    Raises:
        InputError: a value out of its range, or a field that does not exist; says which.

    Example:
        >>> config_of(default_config("listing.json", backbone="starter")).phases
        ('feature_extraction',)
    """
    backbone = backbone_named(str(values.get("backbone")))
    for name in values:
        if name not in _FIELDS:
            raise InputError("The configuration has a field that does not exist", "Leave it out", field=name)
    listing = (values.get("data") or {}).get("listing")
    if not listing:
        raise InputError("The configuration names no pictures", 'Give data: {"listing": path}', data=values.get("data"))
    size = values.get("input_size") or [backbone.sizes[0]] * 2
    whole = isinstance(size, list | tuple) and len(size) == 2 and all(isinstance(side, int) for side in size)
    if not whole or not all(backbone.smallest <= side <= 1024 for side in size):
        raise InputError(
            f"{backbone.title} does not take pictures of this size",
            f"Choose rows and columns from {backbone.smallest} to 1024",
            input_size=size,
        )
    head, tuning = values.get("head") or {}, values.get("fine_tuning") or {}
    layers = tuning.get("layers", 20)
    if isinstance(layers, str) and layers not in backbone.stages:
        names = ", ".join(backbone.stages) or "none: give a number of layers"
        raise InputError(f"{backbone.title} has no such stage", f"Its stages are {names}", layers=layers)
    return TransferConfig(
        backbone=backbone.name,
        listing=Path(listing),
        name=str(values.get("name", "")),
        input_size=(size[0], size[1]),
        method=one_of(values, "method", METHODS, FEATURE_EXTRACTION),
        head=HeadOptions(
            pooling=one_of(head, "pooling", POOLINGS, "average"),
            dense=whole_number(head, "dense", 0, 8192, 128),
            dropout=number(head, "dropout", 0.0, 0.95, 0.5),
            l2=number(head, "l2", 0.0, 1.0, 0.0),
            label_smoothing=number(head, "label_smoothing", 0.0, 0.9, 0.0),
        ),
        optimizer=one_of(values, "optimizer", OPTIMIZERS, "adam"),
        learning_rate=number(values, "learning_rate", 1e-9, 10.0, 1e-3),
        schedule=one_of(values, "schedule", SCHEDULES, "constant"),
        epochs=whole_number(values, "epochs", 1, 10_000, 10),
        batch_size=whole_number(values, "batch_size", 1, 4096, 32),
        early_stopping=whole_number(values, "early_stopping", 0, 10_000, 5),
        fine_tuning=FineTuningOptions(
            layers=layers if isinstance(layers, str) else whole_number(tuning, "layers", 1, 10_000, 20),
            epochs=whole_number(tuning, "epochs", 1, 10_000, 5),
            learning_rate=number(tuning, "learning_rate", 1e-9, 10.0, 1e-5),
            batch_norm_inference=bool(tuning.get("batch_norm_inference", True)),
        ),
        augmentation=augmentation_of(values.get("augmentation") or {}),
        class_weights=bool(values.get("class_weights", True)),
        precision=one_of(values, "precision", PRECISIONS, "auto"),
        seed=whole_number(values, "seed", 0, 2**31 - 1, 0),
    )


_FIELDS = {field.name for field in fields(TransferConfig)} - {"listing"} | {"job", "data"}
