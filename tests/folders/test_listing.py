"""What folders say: layouts, parts, the split by hash, changes, and messages for folders that say nothing."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.folders.changes import Changes, read_changes, save_changes
from cnn_core.folders.listing import Item, Listing, load_listing, read_listing, save_listing
from cnn_core.folders.split import validation_files
from tests.folders.sets import numbered, picture, write


def parts(listing: Listing) -> dict[str, str]:
    return {item.file: item.part for item in listing.items}


@pytest.mark.parametrize("around", ["", "my pictures/", "a/b/"])
def test_class_folders_with_anything_around_them(tmp_path: Path, around: str) -> None:
    root = write(tmp_path, [around + name for name in (*numbered("cat", 10), *numbered("dog/big", 5))])
    listing = read_listing(root)
    assert listing.classes == ("cat", "dog")
    assert listing.counts() == {
        "cat": {"train": 8, "validation": 2, "test": 0},
        "dog": {"train": 4, "validation": 1, "test": 0},
    }
    bare = read_listing(root / around)
    assert [(item.label, item.part) for item in bare.items] == [(item.label, item.part) for item in listing.items]


@pytest.mark.parametrize("name", ["val", "valid", "Validation", "VAL"])
def test_parts_that_the_folders_name(tmp_path: Path, name: str) -> None:
    files = [
        *numbered("train/cat", 3),
        *numbered("train/dog", 3),
        *numbered(f"{name}/cat", 2),
        *numbered("test/dog", 1),
    ]
    listing = read_listing(write(tmp_path, [*files, f"{name}/dog/x.png"]))
    assert not listing.split_by_seed
    assert listing.counts() == {
        "cat": {"train": 3, "validation": 2, "test": 0},
        "dog": {"train": 3, "validation": 1, "test": 1},
    }


def test_without_a_validation_folder_training_pictures_are_kept_back_and_the_test_stays(tmp_path: Path) -> None:
    files = [f"{part}/{label}/{i}.png" for part in ("train", "test") for label in ("cat", "dog") for i in range(5)]
    listing = read_listing(write(tmp_path, files))
    assert listing.split_by_seed
    assert all(count == {"train": 4, "validation": 1, "test": 5} for count in listing.counts().values())
    assert all(item.part == "test" for item in listing.items if item.file.startswith("test"))


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    listing = read_listing(write(tmp_path, [*numbered("car", 3), *numbered("train", 3)]))
    assert listing.classes == ("car", "train")
    listing = read_listing(write(tmp_path / "deep", [*numbered("car", 3), *numbered("train/steam", 3)]))
    assert listing.classes == ("car", "train")


def test_what_is_no_picture_or_in_no_class_is_told_and_junk_is_not(tmp_path: Path) -> None:
    files = {name: picture(i) for i, name in enumerate((*numbered("cat", 2), *numbered("dog", 2), "loose.png"))}
    extra = {"cat/notes.txt": b"notes", "cat/.DS_Store": b"x", "Thumbs.db": b"x", "dog/no_ending": picture(9)}
    listing = read_listing(write(tmp_path, {**files, **extra}))
    assert listing.others == ("cat/notes.txt", "loose.png")
    assert "dog/no_ending" in parts(listing)


def test_an_empty_class_is_a_class(tmp_path: Path) -> None:
    write(tmp_path, [*numbered("cat", 2), *numbered("dog", 2)])
    (tmp_path / "bird").mkdir()
    assert read_listing(tmp_path).counts()["bird"] == {"train": 0, "validation": 0, "test": 0}


def test_links_lead_nowhere_outside(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", ["secret.png"])
    root = write(tmp_path / "set", [*numbered("cat", 2), *numbered("dog", 2)])
    (root / "cat/out.png").symlink_to(outside / "secret.png")
    (root / "cat/in.png").symlink_to(root / "dog/0.png")
    (root / "bird").symlink_to(outside)
    os.mkfifo(root / "cat/pipe.png")
    listing = read_listing(root)
    assert set(listing.others) == {"cat/out.png", "bird", "cat/pipe.png"}
    assert listing.classes == ("cat", "dog")
    assert "cat/in.png" in parts(listing)


def refusal(root: Path, **options: float) -> str:
    with pytest.raises(InputError) as caught:
        read_listing(root, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_folders_that_cannot_be_listed_are_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "There is no folder" in refusal(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    assert "empty holds no files" in refusal(tmp_path / "empty")
    message = refusal(write(tmp_path / "papers", {"a/one.pdf": b"%PDF-1.7", "b/two.pdf": b"%PDF-1.7"}))
    assert "a/one.pdf" in message
    assert "PDF document" in message
    assert "Choose a folder of pictures" in message
    assert "lie in no class folder" in refusal(write(tmp_path / "loose", ["1.png", "2.png"]))
    message = refusal(write(tmp_path / "half", [*numbered("val/cat", 2), *numbered("test/cat", 2)]))
    assert "none in a folder 'train'" in message
    assert "validation is out of range" in refusal(write(tmp_path / "good", ["a/1.png", "b/1.png"]), validation=0.95)

    def forbidden(path: object) -> object:
        if str(path).rstrip("/").endswith("/b"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    scandir = os.scandir
    monkeypatch.setattr("cnn_core.folders.layout.os.scandir", forbidden)
    assert "no permission to read the folder b" in refusal(tmp_path / "good")


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(st.text("abcd0123", min_size=1, max_size=6), st.sampled_from("xyz"), min_size=1, max_size=40),
    st.sampled_from([0.1, 0.2, 0.5]),
    st.integers(0, 5),
)
def test_the_split_is_stratified_repeats_and_hardly_moves(labels: dict[str, str], fraction: float, seed: int) -> None:
    held = validation_files(labels, fraction=fraction, seed=seed)
    for label in set(labels.values()):
        names = {name for name, own in labels.items() if own == label}
        wanted = min(max(1, round(fraction * len(names))), len(names) - 1)
        assert len(held & names) == wanted
    assert held == validation_files(dict(reversed(labels.items())), fraction=fraction, seed=seed)
    # One more picture moves at most one of its class, and none of the others.
    more = validation_files({**labels, "new one": "x"}, fraction=fraction, seed=seed)
    moved = (held ^ more) - {"new one"}
    assert len(moved) <= 1
    assert all(labels[name] == "x" for name in moved)


def test_seeds_choose_differently_and_about_equally_often() -> None:
    labels = {f"{number}.jpg": "cat" for number in range(20)}
    chosen = [validation_files(labels, fraction=0.2, seed=seed) for seed in range(200)]
    times = [sum(name in held for held in chosen) for name in labels]
    assert len(set(chosen)) > 190
    # Binomial(200, 0.2): mean 40, deviation 5.7; five deviations.
    assert all(12 < count < 68 for count in times)


def test_exact_copies_stay_in_one_part_for_every_seed(tmp_path: Path) -> None:
    files = {
        f"{label}/{number}.png": picture(number + 100 * (label == "dog"))
        for label in ("cat", "dog")
        for number in range(8)
    }
    copies = {"cat/copy of 0.png": picture(0), "cat/again 0.png": picture(0), "dog/a cat.png": picture(1)}
    root = write(tmp_path, {**files, **copies})
    parted = False
    for seed in range(12):
        part = parts(read_listing(root, validation=0.4, seed=seed))
        assert part["cat/0.png"] == part["cat/copy of 0.png"] == part["cat/again 0.png"]
        assert part["cat/1.png"] == part["dog/a cat.png"]
        parted |= part["cat/0.png"] == "validation"
    assert parted, "a group of copies never validates"


def test_changes_take_effect_and_leave_the_others_in_their_parts(tmp_path: Path) -> None:
    root = write(tmp_path, [*numbered("cat", 10), *numbered("dog", 10), *numbered("bird", 3)])
    before = parts(read_listing(root))
    gone = next(file for file, part in before.items() if part == "train" and file.startswith("cat"))
    changes = Changes(without=frozenset({"bird"})).excluding(gone, "cat/not there.png").relabelling("cat/3.png", "dog")
    after = read_listing(root, changes=changes)
    assert after.classes == ("cat", "dog")
    assert gone not in parts(after)
    assert {item.label for item in after.items if item.file == "cat/3.png"} == {"dog"}
    moved = [file for file, part in parts(after).items() if before[file] != part]
    assert len(moved) <= 1
    with pytest.raises(InputError, match=r"'cat/3.png' was given the class 'cow'"):
        read_listing(root, changes=Changes(relabelled={"cat/3.png": "cow"}))


def test_a_picture_of_another_class_stays_in_its_part(tmp_path: Path) -> None:
    root = write(tmp_path, [*numbered("cat", 10), *numbered("dog", 10)])
    before = parts(read_listing(root, validation=0.4))
    for file in before:
        other = "dog" if file.startswith("cat") else "cat"
        assert parts(read_listing(root, validation=0.4, changes=Changes().relabelling(file, other))) == before


def test_a_broken_file_keeps_nothing_back_in_the_place_of_a_picture(tmp_path: Path) -> None:
    root = write(tmp_path / "set", [*numbered("in/cat", 10), *numbered("in/dog", 10)])
    before = read_listing(root)
    broken = [item.file for item in before.of(part="validation", label="cat")]
    assert len(broken) == 2
    after = before.without_broken(broken)
    assert after.counts()["cat"] == {"train": 6, "validation": 2, "test": 0}
    assert after.of(label="dog") == before.of(label="dog")
    # The choice is the same as if the files had never been there.
    for file in broken:
        (root / file).unlink()
    assert after.items == read_listing(root).items


def test_changes_and_listings_come_back_from_their_files(tmp_path: Path) -> None:
    changes = Changes().excluding("cat/1.png").relabelling("cat/ü.png", "dog")
    save_changes(changes, tmp_path / "changes.json")
    back = read_changes(tmp_path / "changes.json")
    assert (back.excluded, dict(back.relabelled), back.without) == (
        changes.excluded,
        dict(changes.relabelled),
        frozenset(),
    )
    assert read_changes(tmp_path / "none.json") == Changes()
    assert changes.restoring("cat/1.png", "cat/ü.png").excluded == frozenset()

    listing = read_listing(write(tmp_path / "set", [*numbered("cat", 3), *numbered("dög", 3), "loose.png"]))
    save_listing(listing, tmp_path / "listing.json")
    assert load_listing(tmp_path / "listing.json") == listing


@pytest.mark.parametrize(
    "item",
    [
        ["../../etc/passwd", 0, "train"],
        ["/etc/passwd", 0, "train"],
        ["x\\..\\..\\y", 0, "train"],
        ["x/1.png", 1, "train"],
        ["x/1.png", -1, "train"],
        ["x/1.png", 0, "exam"],
        [1, 0, "train"],
        "x",
        None,
    ],
)
def test_a_damaged_listing_is_told(tmp_path: Path, item: object) -> None:
    whole = {"root": "/a", "classes": ["x"], "items": [["x/1.png", 0, "train"]], "others": [], "split_by_seed": True}
    path = tmp_path / "listing.json"
    path.write_text(json.dumps(whole))
    assert load_listing(path).items == (Item("x/1.png", "x", "train"),)
    for text in (json.dumps({**whole, "items": [item]}), "", "[]", '{"root": "/a"}'):
        path.write_text(text)
        with pytest.raises(InputError, match="missing or damaged"):
            load_listing(path)


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cnn_core.folders.listing.write_json", full)
    with pytest.raises(InputError, match="disk is full"):
        save_listing(Listing(tmp_path, ("a",), (Item("a/1.png", "a", "train"),)), tmp_path / "listing.json")
