"""Folders on their way from a browser into a data set, file by file; nothing of them waits in memory.

Streamlit's own folder upload asks the browser to hold the state of every file at once: some hundred are a matter of
seconds, with thousands the page stands still. Here a component sends the names first, then the files a few at a time to
`folder_route`, each of which goes to its place at once. A landing is found by an unguessable token that the page gave
to the component.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from cnn_core.errors import InputError
from cnn_core.folders.data_set import About, read_about, save_about
from cnn_core.folders.intake import DataStore, Taken
from cnn_core.folders.names import shown

MOST_NAMES = 20_000
_MOST_REFUSED = 1_000
_MOST_LANDINGS = 2_000
_AGE = 86_400.0
_IN_PART = ", in part"

Place = Callable[[Sequence[str]], Sequence[str]]


@dataclass
class Landing:
    """One folder that may come, comes, or has come.

    Attributes:
        store: where it goes.
        owner: whose data set it becomes.
        more: the data set that it is added to; None makes a new one with the first names.
        place: the names under which the files are kept.
        data_id: the data set, once there is one.
        before: what it held before.
        targets: a name for each file that was announced.
        turn: how often files were announced; what is left of an earlier time comes no more.
        dealt_with: numbers of those that came, taken or refused.
        refused: why some were not taken.
    """

    store: DataStore
    owner: str
    more: str | None = None
    place: Place = list
    data_id: str | None = None
    before: Taken = field(default_factory=Taken)
    targets: tuple[str, ...] = ()
    turn: int = 0
    dealt_with: set[int] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    used: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def fresh(self) -> bool:
        """Whether it is a data set of its own."""
        return self.more is None

    def announce(self, names: Sequence[str]) -> int:
        """Say which files will come, by their paths with the folder's own name; the number of this turn.

        Raises:
            InputError: none, too many, names that leave the folder, a full disk.
        """
        if not names:
            raise InputError("There is no file in this folder", "Choose a folder with pictures")
        if len(names) > MOST_NAMES:
            raise InputError(
                f"{len(names):,} files are more than {MOST_NAMES:,}", "Choose a part of the folder", files=len(names)
            )
        with self.lock:
            self.targets = tuple(self.place(names))
            self.turn += 1
            self.dealt_with = set()
            if self.fresh and self.data_id is not None:
                # Begun, then failed or left for this one: half of one folder does not stay in another.
                self.store.remove(self.data_id)
                self.data_id, self.refused = None, []
            if self.data_id is None:
                self.data_id = self.more or self.store.new(self.owner)
                self.before = replace(self.store.taken(self.data_id))
            if self.fresh:
                # Whoever leaves the page in the middle finds what came among the data sets, under this name.
                save_about(self.store.folder(self.data_id), About(names[0].partition("/")[0] + _IN_PART))
            return self.turn

    def receive(self, turn: int, number: int, content: BinaryIO) -> str | None:
        """Keep one of the files announced: None, or why it was not taken.

        Args:
            turn: of `announce`.
            number: its place in `targets`.
            content: from where it stands.
        """
        with self.lock:
            if self.data_id is None or turn != self.turn or not 0 <= number < len(self.targets):
                raise LookupError("No such file was announced")
            data_id, target = self.data_id, self.targets[number]
        why = None
        try:
            self.store.add_file(data_id, target, content)
        except InputError as error:
            why = self._refuse(turn, str(error))
        self._deal(turn, number)
        return why

    def end(self) -> str:
        """Name a new data set of which all has come; where it was stopped, a sentence says how much did."""
        with self.lock:
            came, announced = len(self.dealt_with), len(self.targets)
        if came < announced:
            return f"Stopped: {came:,} of {announced:,} files had come."
        if self.fresh and self.data_id is not None:
            folder = self.store.folder(self.data_id)
            about = read_about(folder)
            save_about(folder, replace(about, title=about.title.removesuffix(_IN_PART)))
        return ""

    def too_large(self, turn: int, number: int, megabytes: int) -> str:
        """Remember that a file has more bytes than a photo can have."""
        name = shown(self.targets[number]) if 0 <= number < len(self.targets) else "A file"
        self._deal(turn, number)
        return self._refuse(turn, f"{name} is larger than {megabytes} MB. Save it as JPEG, or leave it out")

    def _refuse(self, turn: int, why: str) -> str:
        with self.lock:
            if turn == self.turn and len(self.refused) < _MOST_REFUSED:
                self.refused.append(why)
        return why

    def _deal(self, turn: int, number: int) -> None:
        with self.lock:
            if turn == self.turn and 0 <= number < len(self.targets):
                self.dealt_with.add(number)


class Landings:
    """The landings of one server by token; those that nothing was sent to for a day go."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Landing] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, landing: Landing) -> str:
        """A token for it."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            while self._open and (
                len(self._open) >= _MOST_LANDINGS or next(iter(self._open.values())).used < time.monotonic() - _AGE
            ):
                self._open.popitem(last=False)
            self._open[token] = landing
        return token

    def get(self, token: str) -> Landing | None:
        """The landing of this token, marked as used now."""
        with self._lock:
            landing = self._open.get(token)
            if landing is not None:
                landing.used = time.monotonic()
                self._open.move_to_end(token)
            return landing

    def close(self, token: str) -> Landing | None:
        """The landing of this token, which nothing more can be sent to."""
        with self._lock:
            return self._open.pop(token, None)


LANDINGS = Landings()
