"""A new run holds its own list of pictures, and is refused where it could not be trained."""

from pathlib import Path

import pytest

from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.folders.listing import Item, Listing, load_listing
from cnn_core.runs.folder import read_status
from cnn_core.runs.store import RunStore
from cnn_core.transfer.config import config_of, default_config
from cnn_core.transfer.new_run import data_of, new_training

ITEMS = tuple(Item(f"{label}/{n}.jpg", label, "train") for label in ("cat", "dog") for n in range(3))
CONFIG = default_config("", backbone="starter", name="pets")


def test_a_new_run_holds_its_options_and_its_pictures(tmp_path: Path) -> None:
    store, listing = RunStore(tmp_path / "runs"), Listing(tmp_path, ("cat", "dog"), ITEMS)
    run = new_training(store, CONFIG, listing, owner="me", data={"id": "set", "follows": "before"})
    config = read_json(run / "config.json")
    assert load_listing(config_of(config).listing) == listing
    assert config_of(config).listing.parent == run
    assert (data_of(config)["id"], data_of(config)["follows"]) == ("set", "before")
    assert {**config, "data": None} == {**CONFIG, "data": None}
    assert [entry.name for entry in store.list("me")] == ["pets"]
    assert read_status(run).resumable


@pytest.mark.parametrize(
    ("config", "items", "named"),
    [
        (CONFIG, ITEMS[:3], "dog"),
        ({**CONFIG, "epochs": 0}, ITEMS, "epochs"),
        ({**CONFIG, "backbone": "none"}, ITEMS, "backbone"),
    ],
)
def test_what_cannot_be_trained_leaves_no_run(tmp_path: Path, config: dict, items: tuple, named: str) -> None:
    store = RunStore(tmp_path / "runs")
    with pytest.raises(InputError, match=named):
        new_training(store, config, Listing(tmp_path, ("cat", "dog"), items), owner="me")
    assert not store.list("me")
