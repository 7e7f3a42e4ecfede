"""A new training run: its options and its pictures checked, and both written into a folder of its own.

The list of pictures is copied into the run, so that later changes to the data do not change what a run was trained on.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnn_core.child_process import write_json
from cnn_core.folders.listing import Listing, save_listing
from cnn_core.runs.disk import disk_full_named
from cnn_core.runs.store import RunStore
from cnn_core.transfer.config import config_of
from cnn_core.transfer.dataset import dataset_of

LISTING = "listing.json"


def new_training(
    store: RunStore, config: Mapping[str, Any], listing: Listing, *, owner: str, data: Mapping[str, Any] | None = None
) -> Path:
    """Make a run that waits to be submitted.

    Args:
        store: of all runs.
        config: as `default_config` gives it; its "name" names the run, its "data" is replaced.
        listing: the pictures.
        owner: whose run it is.
        data: what the page wants to know of the data again: "id" and "name" of the set, "follows" the run before.

    Returns:
        Its folder.

    Raises:
        InputError: an option out of its range, fewer than two classes, a class with nothing to train on, a full disk.
    """
    config_of({**config, "data": {"listing": LISTING}})
    dataset_of(listing)
    run = store.new(config, owner=owner, name=str(config.get("name", "")))
    path = run / LISTING
    save_listing(listing, path)
    with disk_full_named(run):
        write_json(run / "config.json", {**config, "data": {**(data or {}), "listing": str(path)}})
    return run


def data_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a run's config.json says about its data; empty where it says nothing.

    Example:
        >>> data_of({"data": {"listing": "a.json", "id": "x"}})["id"], data_of({})
        ('x', {})
    """
    found = config.get("data")
    return dict(found) if isinstance(found, Mapping) else {}
