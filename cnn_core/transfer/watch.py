"""What a run says while it goes on, and how it hears that it should stop."""

import time
from pathlib import Path
from typing import Any

from cnn_core.runs.folder import append_event, read_progress, stop_asked, write_progress
from cnn_core.transfer.event_file import write_scalars


class StoppedError(Exception):
    """Somebody asked this run to stop; not an error of anybody."""


class Watch:
    """The run folder as training sees it: `batch` behind each batch, `epoch` behind each epoch.

    Args:
        run: the folder; the time that earlier processes have spent on it counts.
        measures: what TensorBoard shows of training, and with `val_` before it of validation.
        began: `time.perf_counter()` when this process began with the run; None for now.
    """

    def __init__(
        self, run: Path, *, measures: tuple[str, ...] = ("loss", "accuracy"), began: float | None = None
    ) -> None:
        self.run = run
        self._measures = measures
        self._began = time.perf_counter() if began is None else began
        spent = read_progress(run).get("seconds")
        self._spent = float(spent) if isinstance(spent, int | float) else 0.0
        self._started = self._began
        self._phase, self._epoch, self._epochs = "", 0, 0
        self._speed: float | None = None
        self._each: float | None = None

    @property
    def seconds(self) -> float:
        """That the run has taken by now, in this process and in those before it."""
        return self._spent + time.perf_counter() - self._began

    def start(self, phase: str, *, epoch: int = 0, epochs: int = 0) -> None:
        """A phase, or an epoch of it, begins."""
        now = time.perf_counter()
        if phase != self._phase:
            self._speed, self._each = None, None
        elif epoch == self._epoch + 1 > 1:
            # From one beginning to the next: judging and keeping an epoch may take longer than its batches.
            self._each = now - self._started
        self._phase, self._epoch, self._epochs = phase, epoch, epochs
        self._started = now
        self.check()
        write_progress(self.run, self._progress(0, 0, 0), now=True)

    def check(self) -> None:
        """Raise `StoppedError` if the run was asked to stop."""
        if stop_asked(self.run):
            raise StoppedError

    def batch(self, done: int, of: int, *, pictures: int) -> None:
        """So many batches of the epoch are done, with so many pictures in all; raises `StoppedError`."""
        self.check()
        write_progress(self.run, self._progress(done, of, pictures), now=done == of)

    def epoch(self, event: dict[str, Any]) -> None:
        """An epoch is done: a line in events.jsonl, and a point on TensorBoard's curves."""
        append_event(self.run, {"kind": "epoch", **event})
        for group, prefix in (("train", ""), ("validation", "val_")):
            names = self._measures if prefix else (*self._measures, "learning_rate")
            scalars = {name: event[prefix + name] for name in names if event.get(prefix + name) is not None}
            if scalars:
                write_scalars(self.run / "logs" / event["phase"] / group, scalars, step=event["epoch"])

    def note(self, text: str, **more: Any) -> None:
        """Something that a person should know, and what programs should."""
        append_event(self.run, {"kind": "note", "text": text, **more})

    def _progress(self, done: int, of: int, pictures: int) -> dict[str, Any]:
        seconds = time.perf_counter() - self._started
        if pictures and seconds > 0:
            # A slow network sees less than one in ten seconds.
            self._speed = round(pictures / seconds, 4)
        each = self._each or (seconds / done * of if done else None)
        # Before an epoch's first batch the speed of the one before it holds: short epochs would show nothing else.
        left = seconds / done * (of - done) if done else each
        if left is not None and each is not None and self._epoch:
            left += each * (self._epochs - self._epoch)
        return {
            "phase": self._phase,
            "epoch": self._epoch,
            "epochs": self._epochs,
            "batch": done,
            "batches": of,
            "images_per_second": self._speed,
            "seconds_left": None if left is None else round(left, 1),
            "seconds": round(self.seconds, 1),
        }
