"""All runs of a server: whose they are, who sees them, and how much room they take.

A run is found by its id, which nobody can guess: whoever was given the link sees it. Only its owner changes it.
"""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.runs.disk import disk_full_named
from cnn_core.runs.folder import RunStatus, clean_name, create_run, read_status
from cnn_core.runs.tickets import RUN_ID, SIDE_WORK, locked

# The operator's switch: "1" lets everybody see all runs.
CLASSROOM_VARIABLE = "CNN_PLAYGROUND_CLASSROOM"


@dataclass(frozen=True)
class RunEntry:
    """One run in a list.

    Attributes:
        run_id: what is in its link.
        folder: where it lies.
        owner: who made it.
        name: what people call it.
        created: epoch seconds.
        status: how it stands.
    """

    run_id: str
    folder: Path
    owner: str
    name: str
    created: float
    status: RunStatus

    @property
    def busy(self) -> bool:
        """Whether it, or work beside it, waits or goes on."""
        return self.status.live or _side_work_is_live(self.folder)


@dataclass(frozen=True)
class RunStore:
    """The folder of all runs, and its bounds. Beyond one, runs that ended go, the one that ended first first.

    Attributes:
        folder: where the runs are.
        owner_bytes: of one owner.
        owner_runs: of one owner.
        all_bytes: of everybody.
        all_runs: of everybody.
        classroom: whether everybody sees all runs; the operator's switch where it is not given.
    """

    folder: Path
    owner_bytes: int = 4_000_000_000
    owner_runs: int = 100
    all_bytes: int = 40_000_000_000
    all_runs: int = 2_000
    classroom: bool = field(default_factory=lambda: os.environ.get(CLASSROOM_VARIABLE) == "1")

    def new(self, config: Mapping[str, Any], *, owner: str, name: str) -> Path:
        """Make room within the bounds, then a run; its folder, to be submitted.

        Raises:
            InputError: the disk is full.
        """
        self.tidy(owner=owner, runs=1)
        return create_run(self.folder, config, owner=owner, name=name)

    def list(self, owner: str) -> tuple[RunEntry, ...]:
        """The owner's runs, the newest first; everybody's in a classroom."""
        mine = (entry for entry in self._entries() if self.classroom or entry.owner == owner)
        return tuple(sorted(mine, key=lambda entry: entry.created, reverse=True))

    def find(self, run_id: str) -> RunEntry:
        """The run with this id, whoever asks.

        Raises:
            InputError: there is none.
        """
        entry = _entry(self.folder / run_id) if RUN_ID.fullmatch(run_id) else None
        if entry is None:
            raise InputError("There is no such run", "Look whether the link is whole; its owner may have deleted it")
        return entry

    def rename(self, run_id: str, name: str, *, owner: str) -> None:
        """Call the owner's run by another name.

        Raises:
            InputError: there is none, or it is somebody else's; the disk is full.
        """
        entry = self._own(run_id, owner)
        with disk_full_named(entry.folder):
            write_json(
                entry.folder / "owner.json", {"owner": owner, "name": clean_name(name), "created": entry.created}
            )

    def delete(self, run_id: str, *, owner: str) -> None:
        """Delete the owner's run with all that is in it.

        Raises:
            InputError: there is none, it is somebody else's, or it waits or goes on.
        """
        self._own(run_id, owner)
        if not self._remove(run_id):
            raise InputError("This run is waiting or going on", "Stop it, then delete it")

    def tidy(self, *, owner: str, runs: int = 0) -> None:
        """Delete runs that ended until the owner's and everybody's are within the bounds.

        Args:
            owner: whose runs to look at by themselves.
            runs: how many more are to come.
        """
        entries = list(self._entries())
        sizes = {entry.run_id: _bytes_in(entry.folder) for entry in entries}
        own = [entry for entry in entries if entry.owner == owner]
        for some, most_runs, most_bytes in (
            (own, self.owner_runs, self.owner_bytes),
            (entries, self.all_runs, self.all_bytes),
        ):
            left = {entry.run_id: sizes[entry.run_id] for entry in some if entry.run_id in sizes}
            for entry in sorted(some, key=lambda entry: entry.status.updated):
                if len(left) + runs <= most_runs and sum(left.values()) <= most_bytes:
                    break
                if entry.run_id in left and self._remove(entry.run_id):
                    del left[entry.run_id], sizes[entry.run_id]

    def _entries(self) -> Iterator[RunEntry]:
        if self.folder.is_dir():
            for name in os.listdir(self.folder):
                if RUN_ID.fullmatch(name) and (entry := _entry(self.folder / name)):
                    yield entry

    def _own(self, run_id: str, owner: str) -> RunEntry:
        entry = self.find(run_id)
        if entry.owner != owner:
            raise InputError("This run belongs to somebody else", "Ask its owner, or start one of your own")
        return entry

    def _remove(self, run_id: str) -> bool:
        """Delete it where it does not wait or go on. It is gone in one step; its files follow."""
        gone = self.folder / f".deleted-{secrets.token_hex(8)}"
        with locked(self.folder):
            entry = _entry(self.folder / run_id)
            if entry is not None and entry.busy:
                return False
            with contextlib.suppress(FileNotFoundError):
                (self.folder / run_id).rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        return True


def _entry(folder: Path) -> RunEntry | None:
    owner = read_json(folder / "owner.json")
    if not isinstance(owner, dict):
        return None
    try:
        status = read_status(folder)
    except InputError:
        return None
    return RunEntry(folder.name, folder, owner["owner"], owner["name"], owner["created"], status)


def _side_work_is_live(run: Path) -> bool:
    try:
        return read_status(run / SIDE_WORK).live
    except InputError:
        return False


def _bytes_in(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total
