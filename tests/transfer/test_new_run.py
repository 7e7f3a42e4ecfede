"""A new run is checked first: what could not be trained leaves no folder behind."""

from pathlib import Path

import pytest

from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.folders.listing import Item, Listing, load_listing, save_listing
from cnn_core.runs.folder import read_status
from cnn_core.runs.store import RunStore
from cnn_core.transfer.config import config_of, default_config
from cnn_core.transfer.new_run import data_of, new_training

ITEMS = tuple(Item(f"{label}/{n}.jpg", label, "train") for label in ("cat", "dog") for n in range(3))
CONFIG = default_config("", backbone="starter", name="pets")


def listed(folder: Path, items: tuple[Item, ...]) -> Path:
    save_listing(Listing(folder, ("cat", "dog"), items), folder / "listing.json")
    return folder / "listing.json"


def test_a_new_run_knows_its_options_and_its_pictures(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "runs")
    run = new_training(store, CONFIG, listed(tmp_path, ITEMS), owner="me", data={"name": "photos", "follows": "before"})
    config = read_json(run / "config.json")
    assert load_listing(config_of(config).listing).items == ITEMS
    assert (data_of(config)["name"], data_of(config)["follows"]) == ("photos", "before")
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
        new_training(store, config, listed(tmp_path, items), owner="me")
    assert not store.list("me")
