"""The check-up finds what was planted, and nothing else; near duplicates against brute force."""

import io
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnn_core.errors import InputError
from cnn_core.folders import facts as facts_module
from cnn_core.folders.changes import Changes
from cnn_core.folders.check_up import CheckUp, check_up, class_weights, require_trainable, training_problems
from cnn_core.folders.duplicates import MOST_BITS, near_pairs, same_picture
from cnn_core.folders.facts import gather_facts
from cnn_core.folders.listing import read_listing
from tests.folders.sets import numbered, picture, write


def photo(seed: int, *, side: int = 120) -> np.ndarray:
    """Smooth random colours: like a photo, most of it is in the large shapes."""
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (side * 4 // 3, side), interpolation=cv2.INTER_CUBIC))


def jpeg(pixels: np.ndarray, quality: int = 92) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return file.getvalue()


def shrunk(pixels: np.ndarray, factor: float) -> np.ndarray:
    return np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))


def checked(root: Path, **options: object) -> CheckUp:
    return check_up(read_listing(root), input_size=(16, 16), **options)  # type: ignore[arg-type]


def problems(root: Path) -> list[str]:
    return [str(problem) for problem in checked(root).problems]


def test_a_sound_set_is_clean(tmp_path: Path) -> None:
    files = {f"{label}/{i}.jpg": jpeg(photo(i + 50 * (label == "dog"))) for label in ("cat", "dog") for i in range(12)}
    seen: list[tuple[int, int]] = []
    report = checked(write(tmp_path, files), progress=lambda done, total: seen.append((done, total)))
    assert report.counts == {label: {"train": 10, "validation": 2, "test": 0} for label in ("cat", "dog")}
    assert (report.unreadable, report.unused, report.duplicates, report.too_small, report.problems) == ((),) * 5
    assert report.class_weights == {"cat": 1.0, "dog": 1.0}
    assert report.all_compared
    assert not report.imbalanced
    assert seen == [(done, 24) for done in range(1, 25)]


def test_duplicates_exact_and_near_within_and_across_parts(tmp_path: Path) -> None:
    one, two, three = photo(1), photo(2), photo(3)
    files = {
        **{
            f"train/{label}/{i}.jpg": jpeg(photo(i + 50 * (label == "dog") + 9))
            for label in ("cat", "dog")
            for i in range(4)
        },
        **{
            f"val/{label}/{i}.jpg": jpeg(photo(i + 50 * (label == "dog") + 99))
            for label in ("cat", "dog")
            for i in range(2)
        },
        "train/cat/one.jpg": jpeg(one),
        "train/cat/one again.jpg": jpeg(one),
        "val/cat/one small and bright.jpg": jpeg(cv2.convertScaleAbs(shrunk(one, 0.5), alpha=0.9, beta=20), 60),
        "train/cat/two.jpg": jpeg(two),
        "train/dog/two.png": jpeg(shrunk(two, 0.7), 70),
        "test/dog/three.jpg": jpeg(three),
        "test/dog/three flipped.jpg": jpeg(three[:, ::-1]),
    }
    report = checked(write(tmp_path, files))
    first, second, third = report.duplicates
    assert first.files == ("train/cat/one again.jpg", "train/cat/one.jpg", "val/cat/one small and bright.jpg")
    assert (first.across_parts, first.labels_disagree, first.exact) == (True, False, False)
    assert second.files == ("train/cat/two.jpg", "train/dog/two.png")
    assert (second.across_parts, second.labels_disagree, second.exact) == (False, True, False)
    assert third.files == ("test/dog/three flipped.jpg", "test/dog/three.jpg")
    assert [group.mirrored for group in report.duplicates] == [False, False, True]
    # The one in validation stays; about two labels for one picture a person decides.
    assert report.repeats == ("test/dog/three.jpg", "train/cat/one again.jpg", "train/cat/one.jpg")
    left = read_listing(tmp_path, changes=Changes().excluding(*report.repeats))
    assert [group.files for group in check_up(left, input_size=(16, 16)).duplicates] == [second.files]


def test_a_mirror_image_is_a_duplicate_within_its_class_only(tmp_path: Path) -> None:
    one, two = photo(1), photo(2)
    files = {
        "left/one.jpg": jpeg(one),
        "right/one.jpg": jpeg(one[:, ::-1]),
        "left/two.jpg": jpeg(two),
        "left/two flipped.jpg": jpeg(shrunk(two[:, ::-1], 0.6), 70),
        "left/cut.jpg": jpeg(two[10:-30, 20:]),
        **{f"right/{i}.jpg": jpeg(photo(i + 50)) for i in range(6)},
    }
    (group,) = checked(write(tmp_path, files)).duplicates
    assert group.files == ("left/two flipped.jpg", "left/two.jpg")
    assert group.mirrored


def test_pictures_of_one_plain_colour(tmp_path: Path) -> None:
    """A difference hash of nothing is the same for all of them."""
    plain = {f"cat/{value}.png": jpeg(np.full((40, 40, 3), value, np.uint8)) for value in (0, 2, 90, 255)}
    report = checked(write(tmp_path, {**plain, "dog/a.jpg": jpeg(photo(1)), "dog/b.jpg": jpeg(photo(2))}))
    assert [group.files for group in report.duplicates] == [("cat/0.png", "cat/2.png")]


def test_broken_files_are_named_with_the_reason(tmp_path: Path) -> None:
    good = {f"{label}/{i}.jpg": jpeg(photo(i + 50 * (label == "dog"))) for label in ("cat", "dog") for i in range(3)}
    broken = {
        "cat/cut.jpg": jpeg(photo(7))[:2000],
        "cat/empty.jpg": b"",
        "cat/paper.jpg": b"%PDF-1.7",
        "dog/text.png": b"not a picture",
        "dog/paper.pdf": b"%PDF-1.7",
    }
    report = checked(write(tmp_path, {**good, **broken}))
    reasons = {one.file: one.problem for one in report.unreadable}
    assert reasons.keys() == {"cat/cut.jpg", "cat/empty.jpg", "cat/paper.jpg", "dog/text.png"}
    assert reasons["cat/cut.jpg"].startswith("is damaged or cut short")
    assert reasons["cat/empty.jpg"] == "is empty (0 bytes)"
    assert reasons["cat/paper.jpg"] == "is a PDF document"
    assert all(one.remedy for one in report.unreadable)
    assert [(one.file, one.problem) for one in report.unused] == [("dog/paper.pdf", "is a PDF document")]
    assert {item.file for item in report.usable.items} == good.keys()
    assert not report.problems


def test_a_file_that_goes_or_is_forbidden_during_the_check_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = read_listing(write(tmp_path, [*numbered("cat", 3), *numbered("dog", 3)]))
    (tmp_path / "cat/0.png").unlink()
    read = Path.read_bytes

    def forbidden(path: Path) -> bytes:
        if path.name == "1.png" and path.parent.name == "dog":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    report = check_up(listing, input_size=16)
    assert {one.file: one.problem for one in report.unreadable} == {
        "cat/0.png": "is no longer there, or cannot be read",
        "dog/1.png": "may not be read",
    }


def test_pictures_far_smaller_than_the_input(tmp_path: Path) -> None:
    files = {f"{label}/{i}.png": picture(i + 50 * (label == "b"), rows=48) for label in "ab" for i in range(3)}
    files |= {"a/low.png": picture(8, rows=47), "b/narrow.png": picture(9, rows=90, columns=23)}
    report = check_up(read_listing(write(tmp_path, files)), input_size=(96, 48))
    assert {(one.file, one.rows, one.columns) for one in report.too_small} == {
        ("a/low.png", 47, 24),
        ("b/narrow.png", 90, 23),
    }


def test_imbalance_and_its_remedy(tmp_path: Path) -> None:
    report = checked(write(tmp_path, [*numbered("cat", 30), *numbered("dog", 10)]))
    assert report.counts["cat"]["train"] == 24
    assert report.imbalance == 3
    assert report.imbalanced
    assert report.class_weights == pytest.approx({"cat": 32 / (2 * 24), "dog": 32 / (2 * 8)})


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text(max_size=3), st.integers(1, 1000), min_size=1, max_size=6))
def test_under_class_weights_all_classes_count_the_same(counts: dict[str, int]) -> None:
    weights = class_weights(counts)
    sums = [weights[label] * count for label, count in counts.items()]
    assert sums == pytest.approx([sum(counts.values()) / len(counts)] * len(counts))


def test_what_makes_training_impossible_is_told_by_class(tmp_path: Path) -> None:
    assert problems(write(tmp_path / "one", numbered("cat", 3)))[0].startswith("There is one class only, 'cat'.")
    root = write(tmp_path / "empty", [*numbered("cat", 2), *numbered("dog", 2)])
    (root / "bird").mkdir()
    assert problems(root) == ["The class 'bird' has no pictures. Add pictures, or leave the class out."]
    with pytest.raises(InputError, match="'bird' has no pictures"):
        require_trainable(read_listing(root))
    require_trainable(read_listing(root, changes=Changes(without=frozenset({"bird"}))))

    two = problems(write(tmp_path / "two", ["cat/1.png", "dog/1.png"]))
    assert [text.split(".")[0] for text in two] == [
        f"The class '{name}' has one picture only" for name in ("cat", "dog")
    ]
    files = [*numbered("train/cat", 2), *numbered("train/dog", 2), *numbered("val/cow", 2)]
    assert problems(write(tmp_path / "parts", files))[0].startswith("The class 'cow' has pictures for validation")
    copies = {**{name: picture(0) for name in numbered("cat", 3)}, **{f"dog/{i}.png": picture(i) for i in (1, 2)}}
    assert problems(write(tmp_path / "copies", copies))[0].startswith("The 3 pictures of the class 'cat' are copies")
    papers = {"cat/1.png": b"%PDF-1", "cat/2.png": b"%PDF-1", "dog/1.png": picture(1), "dog/2.png": picture(2)}
    message = problems(write(tmp_path / "papers", papers))[0]
    assert message.startswith("None of the 2 pictures of the class 'cat' can be opened: cat/1.png is a PDF document")
    assert not training_problems(read_listing(write(tmp_path / "least", [*numbered("a", 2), *numbered("b", 2)])))


def test_facts_come_from_the_cache_until_a_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(
        tmp_path / "set", {**{name: picture(i) for i, name in enumerate(numbered("cat", 3))}, "dog/1.png": b""}
    )
    listing, cache = read_listing(root), tmp_path / "facts.npz"
    first = gather_facts(listing, cache=cache)
    looked: list[str] = []
    look_at = facts_module.look_at
    monkeypatch.setattr(facts_module, "look_at", lambda listing, file: looked.append(file) or look_at(listing, file))
    assert gather_facts(listing, cache=cache) == first
    assert looked == []
    (root / "cat/1.png").write_bytes(picture(77, rows=30))
    changed = gather_facts(listing, cache=cache)
    assert looked == ["cat/1.png"]
    assert changed["cat/1.png"].rows == 30
    assert {**changed, "cat/1.png": None} == {**first, "cat/1.png": None}
    for content in (b"", b"PK\x03\x04rubbish", cache.read_bytes()[:300]):
        cache.write_bytes(content)
        assert gather_facts(listing, cache=cache) == changed


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.integers(0, MOST_BITS))
def test_near_pairs_are_those_of_brute_force(seed: int, count: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    # Around a few centres, so that many pairs are near, at all distances.
    centres = rng.integers(0, 2**64, 3, dtype=np.uint64)
    flips = rng.random((count, 64)) < rng.choice([0, 0.03, 0.08], (count, 1))
    noise = np.packbits(flips, axis=1).view(np.uint64).ravel() if count else np.zeros(0, np.uint64)
    hashes = rng.choice(centres, count) ^ noise
    found = [tuple(pair) for some in near_pairs(hashes, most_bits=most) for pair in some.tolist()]
    plain = [int(value) for value in hashes]
    wanted = {(i, j) for i, j in combinations(range(count), 2) if (plain[i] ^ plain[j]).bit_count() <= most}
    assert len(found) == len(set(found))
    assert set(found) == wanted


def test_the_same_picture_is_what_correlates() -> None:
    rng = np.random.default_rng(0)
    one = rng.integers(0, 256, (50, 256), dtype=np.uint8)
    mixed = 0.8 * one + rng.uniform(0, 60, one.shape) * rng.random((50, 1))
    other = np.clip(mixed, 0, 255).astype(np.uint8)
    wanted = [np.corrcoef(a, b)[0, 1] >= 0.97 for a, b in zip(one, other, strict=True)]
    assert 0 < sum(wanted) < 50
    assert same_picture(one, other).tolist() == wanted
