"""What a detector's training is: `config.json`, checked, as one frozen dataclass."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from cnn_core.detection.training.views import Augmentation
from cnn_core.errors import InputError
from cnn_core.starter_models import STARTERS, starter_card
from cnn_core.transfer.checked_values import check_fields, input_sides, number, pair, whole_number

# Random weights in place of a starter's.
NEW = "new"
SIDES = (64, 640)
# Input sizes are multiples of this, the coarsest stride of all starters.
STEP = 32
# The network that begins with random weights: that of the starter of shapes.
NEW_NETWORK = {"num_boxes": 1, "grid_stride": 8, "base_filters": 8, "coarsest_stride": 32}
_JOB = "detection"


@dataclass(frozen=True)
class DetectionConfig:
    """Everything that a run's result depends on, the pictures apart.

    Attributes:
        start: the starter whose weights are the first, one of `starts()`.
        listing: a file that `save_boxed_listing` wrote.
        name: what people call the run.
        input_size: rows and columns that pictures are letterboxed into.
        epochs: at most.
        views: of each training picture in an epoch.
        batch_size: views an update.
        learning_rate: at its peak, behind a tenth of the steps; then it falls as a cosine to zero.
        early_stopping: epochs without a better mAP that end it; 0 for never. The best weights are kept either way.
        augmentation: how far a view may go.
        seed: of the order, the views and new weights.
    """

    start: str
    listing: Path
    name: str = ""
    input_size: tuple[int, int] = (192, 192)
    epochs: int = 20
    views: int = 1
    batch_size: int = 16
    learning_rate: float = 1e-3
    early_stopping: int = 0
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 0


def starts() -> tuple[str, ...]:
    """What a training can begin with: the starter detectors, and `NEW`.

    Example:
        >>> starts()[-1]
        'new'
    """
    return (*(name for name in STARTERS if starter_card(name).task == "detection"), NEW)


def network_arguments(start: str, *, input_size: tuple[int, int], num_classes: int) -> dict[str, Any]:
    """What `yolo_like` is called with for a beginning.

    Example:
        >>> network_arguments("new", input_size=(64, 96), num_classes=2)["input_shape"]
        (64, 96, 3)
    """
    arguments = dict(NEW_NETWORK) if start == NEW else dict(starter_card(start).network.arguments)
    return arguments | {"input_shape": (*input_size, 3), "num_classes": num_classes}


def default_config(listing: Path | str, *, start: str, name: str = "") -> dict[str, Any]:
    """A `config.json` with every field, at good defaults.

    Example:
        >>> default_config("listing.json", start="new")["input_size"]
        [192, 192]
    """
    size = (192, 192) if start == NEW else starter_card(start).input.photo_size
    config = DetectionConfig(start, Path(listing), name, size)
    return {
        "job": _JOB,
        "name": name,
        "data": {"listing": str(listing)},
        "start": start,
        "input_size": list(size),
        **{key: getattr(config, key) for key in ("epochs", "views", "batch_size", "learning_rate", "early_stopping")},
        "augmentation": {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(Augmentation()).items()
        },
        "seed": 0,
    }


def config_of(values: dict[str, Any]) -> DetectionConfig:
    """A configuration, checked; what is missing has its default.

    Raises:
        InputError: a value out of its range, or a field that does not exist; says which.

    Example:
        >>> config_of(default_config("listing.json", start="new")).epochs
        20
    """
    check_fields(values, _FIELDS, "The configuration")
    start = values.get("start")
    if start not in starts():
        raise InputError("There is no such beginning", f"Choose one of {', '.join(starts())}", start=start)
    listing = (values.get("data") or {}).get("listing")
    if not listing:
        raise InputError("The configuration names no pictures", 'Give data: {"listing": path}', data=values.get("data"))
    size = values.get("input_size") or default_config("", start=start)["input_size"]
    low, high = SIDES
    return DetectionConfig(
        start=start,
        listing=Path(listing),
        name=str(values.get("name", "")),
        input_size=input_sides(size, low=low, high=high, step=STEP),
        epochs=whole_number(values, "epochs", 1, 10_000, 20),
        views=whole_number(values, "views", 1, 1_000, 1),
        batch_size=whole_number(values, "batch_size", 1, 256, 16),
        learning_rate=number(values, "learning_rate", 1e-9, 1.0, 1e-3),
        early_stopping=whole_number(values, "early_stopping", 0, 10_000, 0),
        augmentation=augmentation_of(values.get("augmentation") or {}),
        seed=whole_number(values, "seed", 0, 2**31 - 1, 0),
    )


def augmentation_of(values: dict[str, Any]) -> Augmentation:
    """How far a view may go, checked; what is missing has its default.

    Raises:
        InputError: a value out of its range, or a field that does not exist.

    Example:
        >>> augmentation_of({"zoom": [0.5, 2.0]}).zoom
        (0.5, 2.0)
    """
    usual = Augmentation()
    check_fields(values, Augmentation.__dataclass_fields__, "Augmentation")
    return Augmentation(
        zoom=pair(values, "zoom", 0.1, 10, usual.zoom),
        mosaic=number(values, "mosaic", 0.0, 1.0, usual.mosaic),
        mosaic_zoom=pair(values, "mosaic_zoom", 0.1, 10, usual.mosaic_zoom),
        stretch=number(values, "stretch", 0.0, 1.0, usual.stretch),
        mirror=bool(values.get("mirror", usual.mirror)),
        turns=bool(values.get("turns", usual.turns)),
        colour=number(values, "colour", 0.0, 3.0, usual.colour),
        least_visible=number(values, "least_visible", 0.0, 1.0, usual.least_visible),
    )


_FIELDS = {field.name for field in fields(DetectionConfig)} - {"listing"} | {"job", "data"}
