"""A new training run: its options and its pictures are checked before there is a folder."""

import math
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from cnn_core.detection.boxed_listing import BoxedListing, load_boxed_listing
from cnn_core.detection.training.config import NEW, SIDES, STEP, config_of, starts
from cnn_core.detection.training.train import check_trainable
from cnn_core.runs.store import RunStore
from cnn_core.starter_models import starter_card

# Pictures that an epoch shows at least, so that few pictures do not make epochs of a moment.
_EPOCH_VIEWS = 300
# More of one picture would teach its looks by heart.
MOST_VIEWS = 100


def new_detection_training(
    store: RunStore, config: Mapping[str, Any], listing: Path, *, owner: str, data: Mapping[str, Any] | None = None
) -> Path:
    """Make a run that waits to be submitted; its folder.

    Args:
        store: of all runs.
        config: as `default_config` gives it; its "name" names the run, its "data" is replaced.
        listing: a file that `save_boxed_listing` wrote and that stays as it is.
        owner: whose run it is.
        data: what the page wants to know of the data again, such as its name.

    Raises:
        InputError: an option out of its range, nothing to train on, a full disk.
    """
    whole = {**config, "data": {**(data or {}), "listing": str(listing)}}
    config_of(whole)
    check_trainable(load_boxed_listing(listing))
    return store.new(whole, owner=owner, name=str(config.get("name", "")))


def fitting_start(names: tuple[str, ...]) -> str:
    """The starter that knows most of these classes; of equals the first.

    Example:
        >>> fitting_start(("star", "ring"))  # doctest: +SKIP
        'starter_detector_shapes'
    """
    known = {name: len(set(starter_card(name).classes) & set(names)) for name in starts() if name != NEW}
    return max(known, key=lambda name: known[name], default=NEW)


def usual_views(pictures: int) -> int:
    """Views of each picture in an epoch: one, and more where there are few pictures.

    Example:
        >>> usual_views(40), usual_views(1000), usual_views(1)
        (8, 1, 100)
    """
    return min(MOST_VIEWS, max(1, round(_EPOCH_VIEWS / max(1, pictures))))


def input_size_for(listing: BoxedListing, *, side: int) -> tuple[int, int]:
    """Rows and columns of the input whose longer side is `side`, shaped like the pictures.

    Args:
        listing: the pictures; the median of their shapes counts.
        side: pixels, a multiple of `STEP`.

    Example:
        >>> input_size_for(BoxedListing(Path("."), (), ()), side=192)
        (192, 192)
    """
    shapes = [math.log(item.size[0] / item.size[1]) for item in listing.items]
    ratio = math.exp(median(shapes)) if shapes else 1.0
    shorter = max(SIDES[0], round(side * min(ratio, 1 / ratio) / STEP) * STEP)
    return (min(shorter, side), side) if ratio < 1 else (side, min(shorter, side))


def smallest_objects(listing: BoxedListing, *, input_size: tuple[int, int]) -> float:
    """The shorter side of a small object in pixels of the input: nine of ten are larger; NaN without boxes.

    Example:
        >>> smallest_objects(BoxedListing(Path("."), (), ()), input_size=(192, 192))
        nan
    """
    sides: list[float] = []
    for item in listing.items:
        scale = min(input_size[0] / item.size[0], input_size[1] / item.size[1])
        corners = item.truth.boxes.corners
        sides += ((corners[:, 2:] - corners[:, :2]).min(axis=1) * scale).tolist()
    return sorted(sides)[len(sides) // 10] if sides else float("nan")
