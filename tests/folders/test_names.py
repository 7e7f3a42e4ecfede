"""Names from outside: whatever they are, what comes out stays inside its folder and can be a file's name."""

import os
import unicodedata
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.folders.names import MOST_BYTES, is_junk, safe_part, safe_path

# Letters that matter more often than chance would bring them.
TRICKY = st.text(st.sampled_from('./\\:*?"<>| \0\n\t~aéÄ猫\u202e\ud800'), max_size=12)
NAMES = st.one_of(
    st.text(max_size=30), TRICKY, st.sampled_from(["CON", "nul.jpg", "..", ".", "", "a" * 300, "猫" * 200])
)


@settings(max_examples=50, deadline=None)
@given(NAMES)
def test_a_safe_part_is_one_plain_name(name: str) -> None:
    part = safe_part(name)
    assert 1 <= len(part.encode()) <= MOST_BYTES
    assert part not in {".", ".."}
    assert not set(part) & set('<>:"|?*/\\\0\n')
    assert all(
        letter.isprintable() or letter in "\u200c\u200d " or unicodedata.category(letter) in {"Zs", "Co", "Cn"}
        for letter in part
    )
    assert part == part.strip(" ")
    assert not part.endswith(".")
    assert part.split(".")[0].upper() not in {"CON", "NUL", "AUX", "PRN", "COM1", "LPT1"}
    assert safe_part(part) == part


@settings(max_examples=50, deadline=None)
@given(st.lists(NAMES, max_size=14).map("/".join))
def test_a_path_stays_inside_or_is_refused(name: str) -> None:
    try:
        path = safe_path(name)
    except InputError:
        return
    assert not PurePosixPath(path).is_absolute()
    assert ".." not in PurePosixPath(path).parts
    assert os.path.normpath(os.path.join("/store/files", path)).startswith("/store/files/")
    assert safe_path(path) == path


@settings(max_examples=50, deadline=None)
@given(NAMES, NAMES)
def test_two_names_do_not_become_one(one: str, other: str) -> None:
    if unicodedata.normalize("NFC", one) != unicodedata.normalize("NFC", other) and "~" not in one + other:
        assert safe_part(one) != safe_part(other)


@pytest.mark.parametrize("name", ["../x.jpg", "cat/../../x.jpg", "cat\\..\\..\\x.jpg", "C:\\..\\x.jpg", "cat/.."])
def test_a_name_that_leaves_its_folder_is_refused_by_name(name: str) -> None:
    with pytest.raises(InputError, match="leaves its folder") as caught:
        safe_path(name)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("/etc/passwd", "etc/passwd"),
        ("C:\\photos\\cat\\1.jpg", "photos/cat/1.jpg"),
        ("\\\\server\\share\\1.jpg", "server/share/1.jpg"),
        ("Straße/Ä b.JPG", "Straße/Ä b.JPG"),
        ("caf\u0065\u0301/1.jpg", "caf\u00e9/1.jpg"),
    ],
)
def test_names_that_are_mended(name: str, path: str) -> None:
    assert safe_path(name) == path


def test_200_letters_of_any_script_keep_their_ending_and_are_a_file(tmp_path: Path) -> None:
    for name in ("a" * 196 + ".jpg", "猫" * 196 + ".jpg", "é" * 300 + ".jpeg", "x." + "y" * 250):
        part = safe_part(name)
        (tmp_path / part).write_bytes(b"")
        assert name.startswith("x.") or part.endswith((".jpg", ".jpeg"))
    assert safe_part("a" * 196 + ".jpg") == "a" * 196 + ".jpg"
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize(
    ("name", "junk"),
    [
        ("cat/Thumbs.db", True),
        ("__MACOSX/cat/._1.jpg", True),
        (".git/config", True),
        ("cat/.hidden.jpg", True),
        ("cat\\desktop.ini", True),
        ("cat/1.jpg", False),
        ("../1.jpg", False),
        ("cat/thumbs.jpg", False),
    ],
)
def test_junk(name: str, junk: bool) -> None:
    assert is_junk(name) is junk
