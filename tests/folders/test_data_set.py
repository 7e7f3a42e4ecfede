"""A data set as a person set it up: what is kept beside the pictures, and where more pictures go."""

import json
from pathlib import Path

import pytest

from cnn_core.drawing import png
from cnn_core.errors import InputError
from cnn_core.folders.adding import place_of_classes, placed
from cnn_core.folders.data_set import (
    About,
    change_data_set,
    keep_listing,
    list_data_set,
    listing_that_opens,
    read_about,
    relabelling_all,
    save_about,
)
from cnn_core.folders.listing import load_listing
from cnn_core.folders.tiles import tile_sources


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for shade, name in enumerate(f"{label}/{number}.png" for label in ("cat", "dog") for number in range(5)):
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_picture(20 * shade))
    return tmp_path


def _picture(shade: int) -> bytes:
    import numpy as np

    return png(np.full((12, 12, 3), shade, np.uint8))


def test_what_is_said_about_a_data_set_is_read_again(folder: Path) -> None:
    assert read_about(folder) == About()
    save_about(folder, About("  my\nphotos ", validation=0.4, seed=3))
    assert read_about(folder) == About("my photos", validation=0.4, seed=3)
    assert [len(list_data_set(folder).of(part="validation", label=label)) for label in ("cat", "dog")] == [2, 2]
    with pytest.raises(InputError, match="out of range"):
        save_about(folder, About(validation=2.0))
    for damaged in ("nonsense", "[]", '{"validation": "much", "seed": 0}'):
        (folder / "about.json").write_text(damaged)
        assert read_about(folder) == About()


def test_pictures_may_lie_elsewhere(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    save_about(other, About("elsewhere", root=str(folder / "files")))
    assert len(list_data_set(other).items) == 10


def test_a_list_for_a_run_stays_when_the_data_set_changes(folder: Path) -> None:
    before = keep_listing(folder, list_data_set(folder))
    changes = change_data_set(folder, lambda changes: changes.excluding("cat/1.png"))
    changes = change_data_set(folder, relabelling_all(["cat/2.png", "cat/3.png"], "dog"))
    after = keep_listing(folder, list_data_set(folder, changes=changes))
    assert len(load_listing(before).items) == 10
    assert {label: sum(parts.values()) for label, parts in load_listing(after).counts().items()} == {"cat": 2, "dog": 7}
    assert keep_listing(folder, list_data_set(folder, changes=changes)) == after
    nothing = change_data_set(folder, lambda changes: changes.excluding(*(i.file for i in list_data_set(folder).items)))
    with pytest.raises(InputError, match="no pictures"):
        keep_listing(folder, list_data_set(folder, changes=nothing))
    assert json.loads((folder / "changes.json").read_text())["relabelled"] == {"cat/2.png": "dog", "cat/3.png": "dog"}


def test_more_pictures_go_beside_the_classes_that_are_there(folder: Path, tmp_path: Path) -> None:
    assert place_of_classes(folder / "files") == ""
    assert place_of_classes(folder) == "files/"
    parts = tmp_path / "parts"
    for name in ("set/Train/cat/1.png", "set/Train/dog/1.png", "set/val/cat/2.png"):
        (parts / name).parent.mkdir(parents=True, exist_ok=True)
        (parts / name).write_bytes(_picture(3))
    assert place_of_classes(parts) == "set/Train/"
    assert placed(["new/bird/1.png", "new/bird/2.png"], place="set/Train/") == [
        "set/Train/bird/1.png",
        "set/Train/bird/2.png",
    ]
    assert placed(["new/val/bird/1.png", "new/train/bird/2.png"], place="set/Train/") == [
        "set/val/bird/1.png",
        "set/train/bird/2.png",
    ]
    assert placed(["train/bird/1.png"], place="") == ["train/bird/1.png"]


def test_tiles_show_what_cannot_be_opened_too(folder: Path) -> None:
    (folder / "files/cat/0.png").write_bytes(b"broken")
    sources = tile_sources(list_data_set(folder), ["cat/0.png", "cat/1.png"], side=64)
    assert sources[0].startswith("data:image/svg+xml")
    assert sources[1].startswith("data:image/jpeg")


def test_files_that_cannot_be_opened_are_not_trained_on(folder: Path) -> None:
    (folder / "files/cat/0.png").write_bytes(b"broken")
    listing = list_data_set(folder)
    after = listing_that_opens(listing, cache=folder / "facts.npz")
    assert {item.file for item in listing.items} - {item.file for item in after.items} == {"cat/0.png"}
    assert after.of(label="dog") == listing.of(label="dog")
    # Broken pictures alone are never what a class is judged by.
    for item in listing.of(part="validation", label="cat"):
        (folder / "files" / item.file).write_bytes(b"broken")
    assert len(listing_that_opens(listing, cache=folder / "facts.npz").of(part="validation", label="cat")) == 1
    assert (folder / "facts.npz").is_file()
