"""Networks that nobody vouches for, run in child processes that stay: the second picture takes milliseconds.

Each network has a child of its own, limited in memory, processor time and files. It opens the network and answers until
it is idle for `IDLE_SECONDS`, or is the least recently used of more than `MOST_WORKERS`. A child that takes too long is
ended; it is started again at the next question.
"""

import atexit
import contextlib
import math
import os
import subprocess
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.child_process import kill_child, start_answering, write_json
from cnn_core.errors import InputError
from cnn_core.untrusted.frames import Broken, TooLate, read_frame, write_frame

MOST_WORKERS = 3
IDLE_SECONDS = 300.0
LOAD_SECONDS = 300.0
ANSWER_SECONDS = 60.0
QUESTION_SECONDS = 120.0
# Waiting for a child that answers others, or for one of the places.
_TURN_SECONDS = 120.0
_LOOK_SECONDS = 5.0


@dataclass(frozen=True, eq=False)
class NetworkFiles:
    """What a child needs to open a network.

    Attributes:
        key: the same for the same network.
        kind: one of `network_child.OPENERS`.
        name: what messages call it.
        write: puts the files into the folder that the child is given.
        memory: bytes beyond what the libraries take.
        task: what the opener is told besides.
    """

    key: str
    kind: str
    name: str
    write: Callable[[Path], None]
    memory: int
    task: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Described:
    """What a network takes and gives, as it was tried out once on zeros.

    Attributes:
        input_shape: with the batch of one.
        input_dtype: "float32", or "uint8", whose numbers are 0 to 255.
        outputs: name and shape of each, in the network's order.
        facts: what else its kind of opener knows.
    """

    input_shape: tuple[int, ...]
    input_dtype: str
    outputs: tuple[tuple[str, tuple[int, ...]], ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


def describe(files: NetworkFiles, *, seconds: float = LOAD_SECONDS) -> Described:
    """Open the network in a child, or ask the one that has it.

    Args:
        files: of the network.
        seconds: time that opening it may take.

    Raises:
        InputError: it cannot be opened, or takes more time or memory than it may.
    """
    with _WORKERS.turn(files) as worker:
        return worker.opened(seconds)


def ask(
    files: NetworkFiles, batch: npt.NDArray, *, seconds: float = ANSWER_SECONDS, loading: float = LOAD_SECONDS
) -> tuple[npt.NDArray[np.float32], ...]:
    """What the network gives for a batch of one.

    Args:
        files: of the network.
        batch: (1, ...) float32 or uint8.
        seconds: time that the answer may take.
        loading: time that opening the network may take, where no child has it.

    Returns:
        float32 arrays in the order of `Described.outputs`.

    Raises:
        InputError: as `describe`, or no answer in time.
    """
    with _WORKERS.turn(files) as worker:
        worker.opened(loading)
        return worker.answer(batch, seconds)


def question(
    files: NetworkFiles,
    asked: str,
    batch: npt.NDArray,
    options: Mapping[str, Any],
    *,
    seconds: float = QUESTION_SECONDS,
    loading: float = LOAD_SECONDS,
) -> tuple[dict[str, Any], dict[str, npt.NDArray]]:
    """What a function of `cnn_core.classifiers.questions` tells of a Keras network's inside, computed in the child.

    Args:
        files: of the network, a Keras one.
        asked: the question's name.
        batch: (N, ...) float32.
        options: what JSON can hold.
        seconds: time that the answer may take.
        loading: time that opening the network may take, where no child has it.

    Returns:
        JSON values, and float32, uint8 or int64 arrays. What strings say is the file's.

    Raises:
        InputError: as `describe`; no answer in time; what the question's function refuses.
    """
    with _WORKERS.turn(files) as worker:
        worker.opened(loading)
        return worker.told(asked, batch, options, seconds)


def end_workers() -> None:
    """End all children."""
    _WORKERS.end(all_of_them=True)


class _Worker:
    """One child, and whose turn it is."""

    def __init__(self, files: NetworkFiles) -> None:
        self.files = files
        self.lock = threading.Lock()
        self.used = time.monotonic()
        self._process: subprocess.Popen[bytes] | None = None
        self._described: Described | None = None

    def opened(self, seconds: float) -> Described:
        if self._process and self._process.poll() is not None:
            self.end()
        if self._described is None:
            self._described = self._open(seconds)
        return self._described

    def _open(self, seconds: float) -> Described:
        with tempfile.TemporaryDirectory(prefix="cnn-playground-") as place:
            folder = Path(place)
            self.files.write(folder)
            task = {"kind": self.files.kind, "name": self.files.name, "memory": self.files.memory}
            write_json(folder / "task.json", {**self.files.task, **task})
            self._process = start_answering("cnn_core.untrusted.network_child", folder)
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            for pipe in (self._process.stdin, self._process.stdout):
                os.set_blocking(pipe.fileno(), False)
            values, _ = self._hear(time.monotonic() + seconds, seconds)
        try:
            shape, dtype = tuple(map(int, values["input_shape"])), str(values["input_dtype"])
            outputs = tuple((str(name)[:80], tuple(map(int, sides))) for name, sides in values["outputs"])
            facts = dict(values["facts"])
        except (KeyError, TypeError, ValueError) as error:
            self.end()
            raise self._unreadable() from error
        return Described(shape, dtype, outputs, facts)

    def answer(self, batch: npt.NDArray, seconds: float) -> tuple[npt.NDArray[np.float32], ...]:
        assert self._described is not None
        _, arrays = self._exchange({}, batch, seconds)
        if len(arrays) != len(self._described.outputs) or any(array.dtype != np.float32 for array in arrays.values()):
            self.end()
            raise self._unreadable()
        return tuple(arrays.values())

    def told(
        self, asked: str, batch: npt.NDArray, options: Mapping[str, Any], seconds: float
    ) -> tuple[dict[str, Any], dict[str, npt.NDArray]]:
        said, arrays = self._exchange({"question": asked, "options": dict(options)}, batch, seconds)
        if "refused" in said:
            raise InputError(_line(said["refused"]), _line(said.get("remedy", "")))
        if not isinstance(said.get("values"), dict):
            self.end()
            raise self._unreadable()
        return said["values"], arrays

    def _exchange(
        self, values: Mapping[str, Any], batch: npt.NDArray, seconds: float
    ) -> tuple[dict[str, Any], dict[str, npt.NDArray]]:
        assert self._process is not None
        assert self._process.stdin is not None
        deadline = time.monotonic() + seconds
        try:
            write_frame(self._process.stdin.fileno(), values, {"batch": batch}, deadline=deadline)
        except (Broken, TooLate) as error:
            self.end()
            raise self._unreadable() from error
        return self._hear(deadline, seconds)

    def _hear(self, deadline: float, seconds: float) -> tuple[dict[str, Any], dict[str, npt.NDArray]]:
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            values, arrays = read_frame(self._process.stdout.fileno(), deadline=deadline)
        except TooLate as error:
            self.end()
            raise InputError(
                f"{self.files.name} gave no answer within {seconds:.0f} s", "Use a smaller model"
            ) from error
        except Broken as error:
            self.end()
            raise self._unreadable() from error
        if "problem" in values:
            self.end()
            raise InputError(_line(values["problem"]), _line(values.get("remedy", "")))
        return values, arrays

    def _unreadable(self) -> InputError:
        return InputError(
            f"{self.files.name} needs more memory or time than it may take here, or is damaged", "Use a smaller model"
        )

    def end(self) -> None:
        if self._process:
            kill_child(self._process)
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    with contextlib.suppress(OSError):
                        pipe.close()
        self._process = self._described = None


class _Workers:
    """The children of this process, the least recently used first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._workers: OrderedDict[str, _Worker] = OrderedDict()
        self._watched = False

    @contextlib.contextmanager
    def turn(self, files: NetworkFiles) -> Any:
        """The network's worker, for one thread at a time."""
        deadline = time.monotonic() + _TURN_SECONDS
        while True:
            worker = self._place(files)
            if worker and worker.lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
                # It may have lost its place while this thread waited.
                if self._workers.get(files.key) is worker:
                    break
                worker.lock.release()
            if time.monotonic() >= deadline:
                raise InputError("Other uploaded models are being run", "Try again in a few minutes")
            if worker is None:
                time.sleep(0.1)
        try:
            yield worker
        finally:
            worker.used = time.monotonic()
            worker.lock.release()

    def _place(self, files: NetworkFiles) -> _Worker | None:
        """The network's worker, a new one where there is none; None while all places are taken by busy ones."""
        with self._lock:
            if files.key not in self._workers:
                if len(self._workers) >= MOST_WORKERS and not self._end_one(before=math.inf):
                    return None
                self._workers[files.key] = _Worker(files)
                self._watch()
            self._workers.move_to_end(files.key)
            return self._workers[files.key]

    def _end_one(self, *, before: float) -> bool:
        """End the first worker that is not busy and was last used before a time; whether there was one."""
        for key, worker in self._workers.items():
            if worker.used < before and worker.lock.acquire(blocking=False):
                del self._workers[key]
                worker.end()
                worker.lock.release()
                return True
        return False

    def _watch(self) -> None:
        if not self._watched:
            self._watched = True
            atexit.register(self.end, all_of_them=True)
            threading.Thread(target=self._end_idle, name="idle-networks", daemon=True).start()

    def _end_idle(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            self.end()

    def end(self, *, all_of_them: bool = False) -> None:
        with self._lock:
            before = math.inf if all_of_them else time.monotonic() - IDLE_SECONDS
            while self._end_one(before=before):
                pass


def _line(text: object) -> str:
    """What a child says, short and on one line."""
    text = " ".join(str(text)[:600].split())
    return "".join(letter if letter.isprintable() else "�" for letter in text)


_WORKERS = _Workers()
