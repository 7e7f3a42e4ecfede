"""What a detector's training is: `config.json`, checked, as one frozen dataclass."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from cnn_core.detection.training.views import Augmentation
from cnn_core.errors import InputError
from cnn_core.starter_models import STARTERS, starter_card

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
    for name in values:
        if name not in _FIELDS:
            raise InputError("The configuration has a field that does not exist", "Leave it out", field=name)
    start = values.get("start")
    if start not in starts():
        raise InputError("There is no such beginning", f"Choose one of {', '.join(starts())}", start=start)
    listing = (values.get("data") or {}).get("listing")
    if not listing:
        raise InputError("The configuration names no pictures", 'Give data: {"listing": path}', data=values.get("data"))
    size = values.get("input_size") or default_config("", start=start)["input_size"]
    low, high = SIDES
    whole = isinstance(size, list | tuple) and len(size) == 2 and all(isinstance(side, int) for side in size)
    if not whole or not all(low <= side <= high and side % STEP == 0 for side in size):
        raise InputError(
            "The network does not take pictures of this size",
            f"Choose rows and columns from {low} to {high} that are multiples of {STEP}",
            input_size=size,
        )
    return DetectionConfig(
        start=start,
        listing=Path(listing),
        name=str(values.get("name", "")),
        input_size=(size[0], size[1]),
        epochs=_whole(values, "epochs", 1, 10_000, 20),
        views=_whole(values, "views", 1, 1_000, 1),
        batch_size=_whole(values, "batch_size", 1, 256, 16),
        learning_rate=_number(values, "learning_rate", 1e-9, 1.0, 1e-3),
        early_stopping=_whole(values, "early_stopping", 0, 10_000, 0),
        augmentation=augmentation_of(values.get("augmentation") or {}),
        seed=_whole(values, "seed", 0, 2**31 - 1, 0),
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
    for name in values:
        if name not in Augmentation.__dataclass_fields__:
            raise InputError("Augmentation has a field that does not exist", "Leave it out", field=name)
    zooms = {}
    for name in ("zoom", "mosaic_zoom"):
        zoom = values.get(name, list(getattr(usual, name)))
        pair = isinstance(zoom, list | tuple) and len(zoom) == 2 and all(isinstance(one, int | float) for one in zoom)
        if not pair or not 0.1 <= zoom[0] <= zoom[1] <= 10:
            raise InputError(f"{name} is out of its range", "Choose a smallest and a largest from 0.1 to 10", zoom=zoom)
        zooms[name] = (float(zoom[0]), float(zoom[1]))
    return Augmentation(
        zoom=zooms["zoom"],
        mosaic=_number(values, "mosaic", 0.0, 1.0, usual.mosaic),
        mosaic_zoom=zooms["mosaic_zoom"],
        stretch=_number(values, "stretch", 0.0, 1.0, usual.stretch),
        mirror=bool(values.get("mirror", usual.mirror)),
        turns=bool(values.get("turns", usual.turns)),
        colour=_number(values, "colour", 0.0, 3.0, usual.colour),
        least_visible=_number(values, "least_visible", 0.0, 1.0, usual.least_visible),
    )


_FIELDS = {field.name for field in fields(DetectionConfig)} - {"listing"} | {"job", "data"}


def _whole(values: dict[str, Any], name: str, low: int, high: int, default: int) -> int:
    value = values.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"{name} is out of its range", f"Choose a whole number from {low} to {high}", **{name: value})
    return value


def _number(values: dict[str, Any], name: str, low: float, high: float, default: float) -> float:
    value = values.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InputError(f"{name} is out of its range", f"Choose a number from {low:g} to {high:g}", **{name: value})
    return float(value)
