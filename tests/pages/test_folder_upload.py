"""Folders go from the browser to their data set file by file; nobody sends what was not announced, or too much."""

import asyncio
import io
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from cnn_core.errors import InputError
from cnn_core.folders.data_set import read_about
from cnn_core.folders.intake import DataStore
from pages.ui import folder_landing, folder_route
from pages.ui.folder_landing import LANDINGS, Landing, Landings

APP = Starlette(routes=folder_route.ROUTES)


def ask(method: str, path: str, pieces: Sequence[bytes] = (b"",), *, broken: bool = False) -> tuple[int, Any]:
    """Status and JSON of a request whose body comes in pieces; `broken`: the browser goes away before its end."""
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages.append({"type": "http.disconnect"} if broken else {"type": "http.request", "body": b""})
    said: list[Any] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        said.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": [], "root_path": ""}
    # In a thread: the browser tests that ran before in this process have left a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, APP(scope, receive, send)).result()
    body = b"".join(message.get("body", b"") for message in said[1:])
    return said[0]["status"], json.loads(body) if body.startswith(b"{") else None


@pytest.fixture
def store(tmp_path: Path) -> DataStore:
    return DataStore(tmp_path / "data", max_bytes=3_000_000)


def announced(store: DataStore, names: list[str], **options: Any) -> tuple[Landing, str]:
    landing = Landing(store, "me", **options)
    address = f"/upload_folder/{LANDINGS.open(landing)}"
    assert ask("POST", address, [json.dumps(names).encode()]) == (200, {"files": len(names), "turn": 1})
    return landing, f"{address}/1"


def kept(store: DataStore, landing: Landing) -> dict[str, bytes]:
    assert landing.data_id is not None
    root = store.root(landing.data_id)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_names_come_first_then_each_file_goes_to_its_place(store: DataStore) -> None:
    names = ["pets/cat/1.jpg", "pets/dog/2.jpg", "pets/dog/.DS_Store"]
    landing, address = announced(store, names, place=lambda given: [name.partition("/")[2] for name in given])
    # A file may come in pieces, some of them larger than what is kept in memory, and in any order.
    large = b"x" * 1_200_000
    assert ask("PUT", f"{address}/1", [large, b"end"])[0] == 204
    assert ask("PUT", f"{address}/0", [b"cat"])[0] == 204
    assert ask("PUT", f"{address}/2", [b"junk"])[0] == 204
    assert kept(store, landing) == {"cat/1.jpg": b"cat", "dog/2.jpg": large + b"end"}
    assert store.taken(str(landing.data_id)).junk == 1
    about = store.folder(str(landing.data_id))
    assert read_about(about).title == "pets, in part"
    assert landing.end() == ""
    assert read_about(about).title == "pets"
    assert store.owned("me") == [landing.data_id]


def test_more_files_join_a_data_set(store: DataStore) -> None:
    first, address = announced(store, ["set/a/1.jpg"])
    ask("PUT", f"{address}/0", [b"one"])
    more, address = announced(store, ["set/a/2.jpg"], more=first.data_id)
    ask("PUT", f"{address}/0", [b"two"])
    assert more.data_id == first.data_id
    assert not more.fresh
    assert more.before.files == 1
    assert kept(store, more) == {"set/a/1.jpg": b"one", "set/a/2.jpg": b"two"}


def test_what_is_refused_is_remembered_by_name_and_the_rest_goes_on(
    store: DataStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_route, "FILE_MEGABYTES", 1)
    landing, address = announced(store, ["a/b.zip", "a/../../evil.jpg", "a/huge.jpg", "a/good.jpg"])
    said = [ask("PUT", f"{address}/{number}", [b"y" * 700_000] * (2 if number == 2 else 1)) for number in range(4)]
    assert [status for status, _ in said] == [422, 422, 422, 204]
    assert [answer["problem"] for _, answer in said[:3]] == landing.refused
    for name, why in zip(("b.zip", "evil", "huge.jpg"), landing.refused, strict=True):
        assert name in why
    assert list(kept(store, landing)) == ["a/good.jpg"]
    assert not list(store.folder(str(landing.data_id)).parent.parent.glob("evil*"))


def test_a_request_that_breaks_off_leaves_nothing(store: DataStore) -> None:
    landing, address = announced(store, ["a/1.jpg"])
    assert ask("PUT", f"{address}/0", [b"half"], broken=True)[0] == 400
    assert kept(store, landing) == {}


@pytest.mark.parametrize("path", ["/upload_folder/nobody/1/0", "/upload_folder/nobody"])
def test_nobody_sends_without_a_token(path: str) -> None:
    method = "PUT" if path.endswith("0") else "POST"
    status, said = ask(method, path, [b"[]"])
    assert status == 404
    assert "Reload" in said["problem"]


def test_only_what_was_announced_is_taken(store: DataStore, monkeypatch: pytest.MonkeyPatch) -> None:
    landing = Landing(store, "me")
    address = f"/upload_folder/{LANDINGS.open(landing)}"
    assert ask("PUT", f"{address}/0/0", [b"x"])[0] == 400
    for wrong in (b"no json", b'{"a": 1}', b"[1, 2]"):
        assert ask("POST", address, [wrong])[0] == 400
    assert ask("POST", address, [b"[]"])[0] == 422
    monkeypatch.setattr(folder_landing, "MOST_NAMES", 2)
    status, said = ask("POST", address, [b'["a/1", "a/2", "a/3"]'])
    assert (status, "3 files are more than 2" in said["problem"]) == (422, True)
    assert ask("POST", address, [b" " * (9 << 20)])[0] == 422
    assert landing.data_id is None
    assert store.owned("me") == []
    announced_now, address = announced(store, ["a/1.jpg"])
    assert ask("PUT", f"{address}/1", [b"x"])[0] == 400
    assert kept(store, announced_now) == {}


def test_a_closed_landing_takes_nothing_more(store: DataStore) -> None:
    landing, address = announced(store, ["a/1.jpg", "a/2.jpg"])
    assert ask("PUT", f"{address}/0", [b"one"])[0] == 204
    assert LANDINGS.close(address.split("/")[2]) is landing
    assert ask("PUT", f"{address}/1", [b"two"])[0] == 404


def test_a_folder_that_was_stopped_says_how_much_of_it_came(store: DataStore) -> None:
    landing, address = announced(store, ["pets/1.jpg", "pets/2.zip", "pets/3.jpg"])
    for number in (0, 1):
        ask("PUT", f"{address}/{number}", [b"x"])
    assert landing.end() == "Stopped: 2 of 3 files had come."
    assert read_about(store.folder(str(landing.data_id))).title == "pets, in part"


def test_another_folder_has_nothing_of_the_one_that_was_left_for_it(store: DataStore) -> None:
    landing, first = announced(store, ["cats/1.jpg", "cats/2.jpg"])
    assert ask("PUT", f"{first}/0", [b"cat"])[0] == 204
    address = first.removesuffix("/1")
    assert ask("POST", address, [b'["dogs/1.jpg", "dogs/2.jpg"]']) == (200, {"files": 2, "turn": 2})
    # What the browser still sends of the first folder would come under the names of the second.
    assert ask("PUT", f"{first}/1", [b"cat"])[0] == 400
    assert ask("PUT", f"{address}/2/0", [b"dog"])[0] == 204
    assert kept(store, landing) == {"dogs/1.jpg": b"dog"}
    assert store.owned("me") == [landing.data_id]


def test_landings_are_bounded(store: DataStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_landing, "_MOST_LANDINGS", 3)
    landings = Landings()
    tokens = [landings.open(Landing(store, "me")) for _ in range(5)]
    assert [landings.get(token) is not None for token in tokens] == [False, False, True, True, True]
    old = landings.get(tokens[2])
    assert old is not None
    for token in tokens[3:]:
        landings.get(token)
    old.used = -1e9
    landings.open(Landing(store, "me"))
    assert landings.get(tokens[2]) is None


def test_a_full_data_set_says_so(store: DataStore) -> None:
    landing, address = announced(store, ["a/1.jpg", "a/2.jpg"])
    assert ask("PUT", f"{address}/0", [b"x" * 2_000_000])[0] == 204
    status, said = ask("PUT", f"{address}/1", [b"x" * 2_000_000])
    assert (status, "larger than 3 MB" in said["problem"]) == (422, True)
    with pytest.raises(InputError):
        store.add_file(str(landing.data_id), "a/3.jpg", io.BytesIO(b"x" * 2_000_000))
