"""Uploads on their way to disk: what is kept, what is refused, what is bounded; zips from hostile hands."""

import io
import os
import stat
import struct
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.folders.intake import DataStore, Taken, allowed_folders, allowed_path
from cnn_core.folders.names import is_junk, safe_path
from tests.folders.sets import picture

Entries = list[tuple[str | zipfile.ZipInfo, bytes]]


def packed(entries: Entries, *, method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    file.seek(0)
    return file


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        call()
    return str(caught.value)


def test_files_are_kept_as_they_come(tmp_path: Path) -> None:
    store = DataStore(tmp_path)
    data = store.new("ann")
    assert store.add_file(data, "photos/cat/1.png", picture(1)) == "photos/cat/1.png"
    assert store.add_file(data, "photos/cat/ü.png", io.BytesIO(picture(2))) == "photos/cat/ü.png"
    assert store.add_file(data, "photos/.DS_Store", b"x") is None
    # The same name again: the same content is a copy, another content gets a number.
    assert store.add_file(data, "photos/cat/1.png", picture(1)) == "photos/cat/1.png"
    assert store.add_file(data, "photos/cat/1.png", picture(3)) == "photos/cat/1 (2).png"
    kept = {"photos/cat/1.png": picture(1), "photos/cat/ü.png": picture(2), "photos/cat/1 (2).png": picture(3)}
    assert everything(store.root(data)) == kept
    expected = Taken(files=3, bytes=sum(map(len, kept.values())), junk=1, copies=1)
    assert store.taken(data) == expected
    again = DataStore(tmp_path).taken(data)
    assert (again.files, again.bytes) == (expected.files, expected.bytes)
    assert not [path for path in store.folder(data).iterdir() if path.name.startswith("part-")]


def test_a_name_is_safe_or_refused_and_nothing_is_written_elsewhere(tmp_path: Path) -> None:
    store = DataStore(tmp_path / "store")
    data = store.new("ann")
    for name in ("../../evil.png", "cat/../../evil.png", "..\\evil.png"):
        assert name in refusal(lambda name=name: store.add_file(data, name, b"x"))
    assert store.add_file(data, "/etc/evil.png", b"x") == "etc/evil.png"
    assert store.add_file(data, "C:\\evil.png", b"y") == "evil.png"
    assert set(everything(store.root(data))) == {"etc/evil.png", "evil.png"}
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
    assert "is an archive" in refusal(lambda: store.add_file(data, "cat/more.zip", b"PK"))
    assert "name of a file" in refusal(lambda: store.add_file(data, "evil.png/1.png", b"x"))


def test_bounds_on_files_and_bytes(tmp_path: Path) -> None:
    store = DataStore(tmp_path, max_files=2, max_bytes=100)
    data = store.new("ann")
    store.add_file(data, "a/1.png", b"x" * 60)
    assert "'a/2.png' this data set is larger" in refusal(lambda: store.add_file(data, "a/2.png", b"y" * 50))
    assert "larger than" in refusal(lambda: store.add_file(data, "a/3.png", b"y" * 101))
    store.add_file(data, "a/2.png", b"y" * 40)
    assert "one too many" in refusal(lambda: store.add_file(data, "a/4.png", b""))
    assert "too many files" in refusal(lambda: store.add_zip(data, packed([("a/5.png", b"")])))
    assert set(everything(store.root(data))) == {"a/1.png", "a/2.png"}
    assert sorted(path.name for path in store.folder(data).iterdir()) == ["files", "owner.json"]


def test_old_sets_go_and_those_in_use_stay(tmp_path: Path) -> None:
    used: list[str] = []
    store = DataStore(tmp_path, max_sets=2, max_age=1000, in_use=lambda: used)
    first, second = store.new("ann"), store.new("ann")
    other = store.new("bob")
    for age, data in ((300, first), (200, second)):
        os.utime(tmp_path / data, (time.time() - age,) * 2)
    third = store.new("ann")
    # It may still come to nothing: then none may have gone for it.
    assert store.owned("ann") == [first, second, third]
    gone: list[str] = []
    store.make_room("ann", keep=third, tell=lambda data_id: gone.append(store.root(data_id).parent.name))
    assert gone == [first]
    assert store.owned("ann") == [second, third]
    assert "no longer here" in refusal(lambda: store.root(first))
    used.append(second)
    for data in (second, other):
        os.utime(tmp_path / data, (time.time() - 2000,) * 2)
    store.remove_old()
    assert store.owned("bob") == []
    assert set(store.owned("ann")) == {second, third}


def test_sets_that_are_never_completed_are_bounded_too(tmp_path: Path) -> None:
    store = DataStore(tmp_path, max_sets=2)
    for age in range(9, 0, -1):
        os.utime(tmp_path / store.new("ann"), (time.time() - age,) * 2)
    assert len(store.owned("ann")) == 4


def test_all_sets_together_are_bounded(tmp_path: Path) -> None:
    store = DataStore(tmp_path, max_total=100)
    sets = []
    for number in range(3):
        sets.append(store.new(f"owner {number}"))
        store.add_file(sets[-1], "a/1.png", b"x" * 60)
        os.utime(tmp_path / sets[-1], (time.time() - 100 + number,) * 2)
    store.remove_old()
    assert [store.owned(f"owner {number}") for number in range(3)] == [[], [], [sets[2]]]


@pytest.mark.parametrize("data_id", ["", "..", "../x", "a" * 22, "x/../../etc", "a" * 21 + "\n"])
def test_an_id_is_never_a_path(tmp_path: Path, data_id: str) -> None:
    store = DataStore(tmp_path / "store")
    store.remove(data_id)
    for call in (store.root, store.folder, store.taken, lambda name: store.add_file(name, "a.png", b"")):
        assert "no longer here" in refusal(lambda call=call: call(data_id))
    assert (tmp_path / "store").is_dir()


@pytest.mark.parametrize("by_zip", [False, True])
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_zip: bool) -> None:
    store = DataStore(tmp_path)
    data = store.new("ann")
    store.add_file(data, "cat/1.png", picture(1))

    class Full(io.BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            raise OSError(28, "No space left on device")

    if by_zip:
        monkeypatch.setattr("cnn_core.folders.disk.shutil.disk_usage", lambda _: _Usage)
        message = refusal(lambda: store.add_zip(data, packed([("cat/2.png", b"x")]), name="cats.zip"))
        assert "cats.zip was not kept" in message
    else:
        message = refusal(lambda: store.add_file(data, "cat/2.png", Full()))
    assert "disk is full" in message
    assert set(everything(tmp_path / data)) == {"files/cat/1.png", "owner.json"}


class _Usage:
    free = 1_000


def test_a_zip_comes_out_whole(tmp_path: Path) -> None:
    store = DataStore(tmp_path)
    data = store.new("ann")
    entries: Entries = [
        ("./", b""),
        ("set/", b""),
        ("set/bird/", b""),
        ("set/cat/1.png", picture(1)),
        ("set\\dog\\2.png", picture(2)),
        ("set/dog/größer.png", picture(3)),
        ("__MACOSX/set/cat/._1.png", b"x"),
        ("set/Thumbs.db", b"x"),
    ]
    taken = store.add_zip(data, packed(entries), name="set.zip")
    kept = {"set/cat/1.png": picture(1), "set/dog/2.png": picture(2), "set/dog/größer.png": picture(3)}
    assert everything(store.root(data)) == kept
    assert taken == Taken(files=3, bytes=sum(map(len, kept.values())), junk=2)
    assert (store.root(data) / "set/bird").is_dir()
    assert store.add_zip(data, packed(entries)) == Taken(junk=2, copies=3)


def test_utf_8_names_that_do_not_say_so(tmp_path: Path) -> None:
    """As the Finder of macOS writes them: in UTF-8, decomposed, without the flag."""
    file = packed([("caXX/1.png", b"x")], method=zipfile.ZIP_STORED)
    # The local header and the directory both hold the name.
    content = file.getvalue().replace(b"caXX", "caé".encode())
    store = DataStore(tmp_path)
    data = store.new("ann")
    store.add_zip(data, io.BytesIO(content))
    assert everything(store.root(data)) == {"caé/1.png": b"x"}


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("cat/link.png")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def pipe() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("cat/pipe.png")
    info.external_attr = (stat.S_IFIFO | 0o666) << 16
    return info


def many(count: int) -> Entries:
    return [(f"cat/{number}.png", b"") for number in range(count)]


def lying() -> io.BytesIO:
    """An entry that declares ten bytes and unpacks to two million."""
    content = bytearray(packed([("cat/1.png", bytes(2_000_000))]).getvalue())
    for place in (22, content.rindex(b"PK\x01\x02") + 24):
        content[place : place + 4] = struct.pack("<I", 10)
    return io.BytesIO(bytes(content))


def encrypted() -> io.BytesIO:
    content = bytearray(packed([("cat/secret.png", b"x")]).getvalue())
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    return io.BytesIO(bytes(content))


def rotten() -> io.BytesIO:
    content = bytearray(packed([("cat/0.png", b"good"), ("cat/rotten.png", os.urandom(5000))]).getvalue())
    content[3000] ^= 255
    return io.BytesIO(bytes(content))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: packed([("cat/0.png", b"x"), ("../evil.png", b"x")]), "'../evil.png' leaves its folder"),
        (lambda: packed([("cat/0.png", b"x"), ("cat/../../evil.png", b"x")]), "leaves its folder"),
        (lambda: packed([(link(), b"/etc/passwd")]), "'cat/link.png' in up.zip is a link"),
        (lambda: packed([(pipe(), b"")]), "'cat/pipe.png' in up.zip is no ordinary file"),
        (lambda: packed([("cat/0.png", b"x"), ("cat/more.zip", b"PK")]), "another archive, 'cat/more.zip'"),
        (lambda: packed([("cat/bomb.png", bytes(3_000_000))]), "'cat/bomb.png' in up.zip would unpack to"),
        (lambda: packed([(f"{i}.bmp", bytes(9_000_000)) for i in range(8)]), "up.zip would unpack to 72 MB"),
        (lambda: packed([("a.png", os.urandom(90_001)), ("b.png", os.urandom(90_000))]), "Upload pictures of at most"),
        (lambda: packed(many(51)), "up.zip holds too many files"),
        (lambda: packed(many(1_300)), "up.zip holds too many files"),
        (lambda: packed([(f"{'a/' * 13}{i}.png", b"") for i in range(3)]), "folders deep"),
        (encrypted, "'cat/secret.png' in up.zip is encrypted"),
        (lambda: packed([("cat/0.png", b"x" * 100)], method=zipfile.ZIP_LZMA), "compressed in an unusual way"),
        (rotten, "'cat/rotten.png' in up.zip is damaged"),
        (lying, "'cat/1.png' in up.zip is damaged"),
        (lambda: io.BytesIO(packed(many(3)).getvalue()[:-30]), "up.zip is damaged"),
        (lambda: io.BytesIO(b"%PDF"), "up.zip is no zip"),
        (lambda: io.BytesIO(b""), "up.zip is empty"),
    ],
)
def test_a_hostile_or_broken_zip_is_refused_and_nothing_of_it_stays(
    tmp_path: Path, make: Callable[[], io.BytesIO], words: str
) -> None:
    store = DataStore(tmp_path / "store", max_files=50, max_bytes=180_000 if "at most" in words else 80_000_000)
    data = store.new("ann")
    store.add_file(data, "cat/mine.png", b"mine")
    assert words in refusal(lambda: store.add_zip(data, make(), name="up.zip"))
    assert everything(store.folder(data)).keys() == {"files/cat/mine.png", "owner.json"}
    assert store.taken(data) == Taken(files=1, bytes=4)
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


NAMES = st.lists(st.sampled_from(["a", "b", "é", ".", "..", "/", "\\", "C:", " "]), min_size=1, max_size=6).map("".join)


def _is_folder(name: str) -> bool:
    """Folders, and the archive's own `./`, are no files. Junk is counted as such, whatever it is."""
    return not is_junk(name) and (name.endswith(("/", "\\")) or not name.strip("./"))


@settings(max_examples=40, deadline=None)
@given(entries=st.lists(st.tuples(NAMES, st.binary(max_size=20)), max_size=5))
def test_any_zip_is_taken_or_refused_as_a_whole(tmp_path_factory: pytest.TempPathFactory, entries: Entries) -> None:
    place = tmp_path_factory.mktemp("any")
    store = DataStore(place / "store")
    data = store.new("ann")
    with warnings.catch_warnings():
        # Two entries of one name are meant.
        warnings.simplefilter("ignore", UserWarning)
        file = packed(entries)
    try:
        taken = store.add_zip(data, file)
    except InputError:
        assert everything(store.root(data)) == {}
    else:
        kept = everything(store.root(data))
        assert len(kept) == taken.files
        assert len(kept) + taken.junk + taken.copies == len(entries) - sum(_is_folder(name) for name, _ in entries)
        for content in kept.values():
            assert content in {content for _, content in entries}
        assert all(safe_path(name) == name for name in kept)
    assert [path.name for path in place.iterdir()] == ["store"]


@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 400), octet=st.integers(0, 255), cut=st.integers(0, 500))
def test_a_damaged_zip_raises_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, place: int, octet: int, cut: int
) -> None:
    content = bytearray(packed([("cat/1.png", picture(1)[:60]), ("dog/2.png", b"x" * 90)]).getvalue())
    content[place % len(content)] = octet
    folder = tmp_path_factory.mktemp("damaged")
    store = DataStore(folder / "store")
    data = store.new("ann")
    try:
        store.add_zip(data, io.BytesIO(bytes(content[: len(content) - max(0, cut - 400)])))
    except InputError:
        assert everything(store.root(data)) == {}
    assert [path.name for path in folder.iterdir()] == ["store"]


def test_paths_on_the_server(tmp_path: Path) -> None:
    allowed, secret = tmp_path / "allowed", tmp_path / "secret"
    (allowed / "cats").mkdir(parents=True)
    secret.mkdir()
    (tmp_path / "allowed2").mkdir()
    (allowed / "way out").symlink_to(secret)
    (allowed / "way in").symlink_to(allowed / "cats")
    (allowed / "set.zip").write_bytes(b"PK")
    (allowed / "notes.txt").write_bytes(b"")
    folders = allowed_folders({"CNN_PLAYGROUND_DATA": os.pathsep.join([str(allowed), "", str(tmp_path / "none")])})
    assert allowed_path(str(allowed / "cats"), folders) == allowed / "cats"
    assert allowed_path(" cats ", folders) == allowed / "cats"
    assert allowed_path("way in", folders) == allowed / "cats"
    assert allowed_path(str(allowed), folders) == allowed
    assert allowed_path("set.zip", folders) == allowed / "set.zip"
    outside = [secret, tmp_path, allowed / "way out", allowed / ".." / "secret", tmp_path / "allowed2", "/", "/etc"]
    for text in (*map(str, outside), "../secret", "notes.txt", "no such", "a\0b", "a" * 5000, "~"):
        message = refusal(lambda text=text: allowed_path(text, folders))
        assert message.startswith("There is no folder or zip '"), text
    assert "opens no folders of its own" in refusal(lambda: allowed_path("cats", allowed_folders({})))
