"""A new training run: its options and its pictures are checked before there is a folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnn_core.folders.listing import load_listing
from cnn_core.runs.store import RunStore
from cnn_core.transfer.config import config_of
from cnn_core.transfer.dataset import dataset_of


def new_training(
    store: RunStore, config: Mapping[str, Any], listing: Path, *, owner: str, data: Mapping[str, Any] | None = None
) -> Path:
    """Make a run that waits to be submitted.

    Args:
        store: of all runs.
        config: as `default_config` gives it; its "name" names the run, its "data" is replaced.
        listing: a file that `save_listing` wrote and that stays as it is.
        owner: whose run it is.
        data: what the page wants to know of the data again, such as its name and the run that this one follows.

    Returns:
        Its folder.

    Raises:
        InputError: an option out of its range, fewer than two classes, a class with nothing to train on, a full disk.
    """
    whole = {**config, "data": {**(data or {}), "listing": str(listing)}}
    config_of(whole)
    dataset_of(load_listing(listing))
    return store.new(whole, owner=owner, name=str(config.get("name", "")))


def data_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a run's config.json says about its data; empty where it says nothing.

    Example:
        >>> data_of({"data": {"listing": "a.json", "name": "x"}})["name"], data_of({})
        ('x', {})
    """
    found = config.get("data")
    return dict(found) if isinstance(found, Mapping) else {}
