"""The store of runs: everybody sees their own, a link shows one, what is going on stays, and the bounds hold."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.runs.folder import write_status
from cnn_core.runs.store import CLASSROOM_VARIABLE, RunStore
from cnn_core.runs.tickets import add_ticket, make_service_folder, service_folder, waiting, withdraw


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "store", classroom=False)


def made(store: RunStore, owner: str, name: str, *, ended: float, size: int = 1_000) -> Path:
    """A finished run that ended at that time, epoch seconds, and takes somewhat more than that many bytes."""
    run = store.new({"job": "transfer"}, owner=owner, name=name)
    (run / "logs").mkdir()
    (run / "logs" / "events").write_bytes(bytes(size))
    write_status(run, "done")
    write_json(run / "status.json", {**read_json(run / "status.json"), "updated": ended})
    write_json(run / "owner.json", {**read_json(run / "owner.json"), "created": ended - 1})
    return run


def names(store: RunStore, owner: str) -> list[str]:
    return [entry.name for entry in store.list(owner)]


def test_everybody_sees_their_own_runs_the_newest_first(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert store.list("ann") == ()
    made(store, "ann", "a1", ended=1)
    made(store, "bob", "b1", ended=2)
    shared = made(store, "ann", "a2", ended=3)
    make_service_folder(store.folder)
    (store.folder / ("x" * 22)).mkdir()  # No run.
    assert names(store, "ann") == ["a2", "a1"]
    assert names(store, "bob") == ["b1"]
    found = store.find(shared.name)
    assert (found.name, found.owner, found.folder, found.status.state) == ("a2", "ann", shared, "done")
    monkeypatch.setenv(CLASSROOM_VARIABLE, "1")
    assert names(RunStore(store.folder), "bob") == ["a2", "b1", "a1"]
    monkeypatch.setenv(CLASSROOM_VARIABLE, "0")
    assert names(RunStore(store.folder), "bob") == ["b1"]


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30) | st.sampled_from(["../" + "a" * 19, "/etc", "." * 22, ".service", "a" * 21 + "\n"]))
def test_an_id_is_never_a_path(run_id: str) -> None:
    with pytest.raises(InputError, match="no such run"):
        RunStore(Path("/")).find(run_id)


def test_only_the_owner_renames_and_deletes(store: RunStore) -> None:
    run = made(store, "ann", "a", ended=1)
    for change in (lambda: store.rename(run.name, "mine", owner="bob"), lambda: store.delete(run.name, owner="bob")):
        with pytest.raises(InputError, match="somebody else"):
            change()
    store.rename(run.name, " cats\n", owner="ann")
    assert names(store, "ann") == ["cats"]
    assert store.find(run.name).created == 0
    store.delete(run.name, owner="ann")
    assert not run.exists()
    assert store.list("ann") == ()
    with pytest.raises(InputError, match="no such run"):
        store.delete(run.name, owner="ann")


def test_a_run_that_goes_on_or_is_exported_is_not_deleted(store: RunStore) -> None:
    run = made(store, "ann", "a", ended=1)
    for state in ("queued", "running"):
        write_status(run, state)
        with pytest.raises(InputError, match="Stop it"):
            store.delete(run.name, owner="ann")
    write_status(run, "done")
    (run / "exports").mkdir()
    write_status(run / "exports", "running")
    with pytest.raises(InputError, match="Stop it"):
        store.delete(run.name, owner="ann")
    assert run.exists()
    write_status(run / "exports", "failed")
    store.delete(run.name, owner="ann")
    assert not run.exists()


def test_beyond_the_bounds_the_runs_that_ended_first_go_first(tmp_path: Path) -> None:
    store = RunStore(tmp_path, owner_runs=3, all_runs=5, classroom=True)
    for number in range(3):
        made(store, "ann", f"a{number}", ended=10 + number)
    made(store, "bob", "b0", ended=1)
    going_on = made(store, "bob", "b1", ended=2)
    write_status(going_on, "running")
    write_json(going_on / "status.json", {**read_json(going_on / "status.json"), "updated": 0.0})
    # Four of hers would be one too many; then five are there, and one more is too many in all.
    store.new({}, owner="ann", name="new")
    assert sorted(names(store, "")) == ["a1", "a2", "b0", "b1", "new"]
    store.new({}, owner="cid", name="c")
    assert sorted(names(store, "")) == ["a1", "a2", "b1", "c", "new"]


def test_bytes_are_bounded_per_owner_and_in_all(tmp_path: Path) -> None:
    store = RunStore(tmp_path, owner_bytes=25_000, all_bytes=40_000, classroom=True)
    for number in range(2):
        made(store, "ann", f"a{number}", ended=10 + number, size=10_000)
    assert len(store.list("")) == 2
    made(store, "ann", "a2", ended=12, size=10_000)
    store.tidy(owner="ann")
    assert names(store, "") == ["a2", "a1"]
    made(store, "bob", "b", ended=30, size=20_000)
    store.tidy(owner="bob")
    assert names(store, "") == ["b", "a2"]
    assert not list(tmp_path.glob(".deleted-*"))


def test_tickets_keep_the_order_of_submission(store: RunStore) -> None:
    first, second, third = (store.new({}, owner="ann", name="a") for _ in range(3))
    for run in (first, second):
        add_ticket(run)
    add_ticket(first / "exports")
    add_ticket(third, submitted=1.5)
    (service_folder(store.folder) / "queue" / "junk").touch()
    assert waiting(store.folder) == [third, first, second, first / "exports"]
    assert withdraw(first)
    assert not withdraw(first)
    assert waiting(store.folder) == [third, second, first / "exports"]
    with pytest.raises(InputError, match="not a run's folder"):
        withdraw(Path(os.sep) / "tmp")
