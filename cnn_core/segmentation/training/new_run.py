"""A new training run: its options and its photos are checked before there is a folder."""

import math
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from cnn_core.errors import InputError
from cnn_core.runs.store import RunStore
from cnn_core.segmentation.masked_listing import MaskedListing, load_masked_listing
from cnn_core.segmentation.training.config import NEW, config_of, starts
from cnn_core.starter_models import starter_card

# Views that an epoch shows at least, so that few photos do not make epochs of a moment.
_EPOCH_VIEWS = 240
# More of one picture would teach its looks by heart.
MOST_VIEWS = 100


def new_segmentation_training(
    store: RunStore, config: Mapping[str, Any], listing: Path, *, owner: str, data: Mapping[str, Any] | None = None
) -> Path:
    """Make a run that waits to be submitted; its folder.

    Args:
        store: of all runs.
        config: as `default_config` gives it; its "name" names the run, its "data" is replaced.
        listing: a file that `save_masked_listing` wrote and that stays as it is.
        owner: whose run it is.
        data: what the page wants to know of the data again, such as its name.

    Raises:
        InputError: an option out of its range, nothing to train on, a full disk.
    """
    whole = {**config, "data": {**(data or {}), "listing": str(listing)}}
    config_of(whole)
    check_trainable(load_masked_listing(listing))
    return store.new(whole, owner=owner, name=str(config.get("name", "")))


def check_trainable(listing: MaskedListing) -> None:
    """Refuse a listing that nothing can be learned from.

    Raises:
        InputError: fewer than two classes, or no photos to train on.
    """
    if len(listing.names) < 2:
        raise InputError("The masks hold a single class", "Mark what is to be found, and leave the rest as background")
    train = listing.of({"train"})
    if not train:
        raise InputError("There are no photos to train on", "Add some, or keep back fewer for validation")
    if sum(any(item.pixels[label] for item in train) for label in range(len(listing.names))) < 2:
        raise InputError("The masks of the photos to train on hold a single class", "Mark what is to be found")


def fitting_start(names: tuple[str, ...]) -> str:
    """The U-Net starter that knows most of these classes beside the background; random weights where none knows any.

    Example:
        >>> fitting_start(("background", "moon"))
        'new'
    """
    unets = [name for name in starts() if name != NEW and starter_card(name).network.builder == "unet"]
    known = {name: len(set(starter_card(name).classes) & set(names) - {"background"}) for name in unets}
    best = max(known, key=lambda name: known[name], default=NEW)
    return best if known.get(best) else NEW


def usual_views(pictures: int) -> int:
    """Views of each photo in an epoch: one, and more where there are few photos.

    Example:
        >>> usual_views(24), usual_views(1000), usual_views(1)
        (10, 1, 100)
    """
    return min(MOST_VIEWS, max(1, round(_EPOCH_VIEWS / max(1, pictures))))


def input_size_for(listing: MaskedListing, *, side: int, step: int) -> tuple[int, int]:
    """Rows and columns of the input whose longer side is `side`, shaped like the photos.

    Args:
        listing: the photos; the median of their shapes counts.
        side: pixels, brought to the nearest multiple of `step`.
        step: what rows and columns are multiples of.

    Example:
        >>> from cnn_core.segmentation.masked_listing import MaskRule
        >>> input_size_for(MaskedListing(Path("."), ("a", "b"), MaskRule("numbers"), ()), side=200, step=16)
        (192, 192)
    """
    shapes = [math.log(item.size[0] / item.size[1]) for item in listing.items]
    ratio = math.exp(median(shapes)) if shapes else 1.0
    longer = max(step, round(side / step) * step)
    shorter = max(step, round(side * min(ratio, 1 / ratio) / step) * step)
    return (min(shorter, longer), longer) if ratio < 1 else (longer, min(shorter, longer))
