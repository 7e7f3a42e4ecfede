"""One training of a pair: a side with a seed, an epoch at a time, and what is measured when it has ended."""

import shutil
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.runs.folder import read_events
from cnn_core.training.config import ScratchConfig
from cnn_core.training.data import ScratchData, load_data
from cnn_core.training.evidence import LOOKED_AT, evidence_of, frozen_statistics, statistics_moved
from cnn_core.training.monitor import dead_shares
from cnn_core.training.pair_config import PairConfig
from cnn_core.training.train import CHECKPOINT, Training, change_of, phase_of
from cnn_core.transfer.checkpoint import load_checkpoint
from cnn_core.transfer.loop import Outcome, train_epochs
from cnn_core.transfer.pictures import epoch_order
from cnn_core.transfer.watch import Watch

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

PHASE = "pair"
# Held-out pictures behind each epoch; the verdict is about the test part, which is asked about once.
WATCHED = 256


@dataclass(frozen=True, eq=False)
class Judged:
    """A training that has ended.

    Attributes:
        figures: for a JSON file.
        right: (T,) bool: whether it is right about each picture of the sound test part, prepared as it should be.
    """

    figures: dict[str, Any]
    right: npt.NDArray[np.bool_]


class Leg:
    """A side of a pair with a seed.

    Attributes:
        folder: of its own.
        epoch: whole epochs that are trained.
    """

    def __init__(self, run: Path, pair: PairConfig, side: str, seed: int, watch: Watch) -> None:
        """Nothing is read or built before `begin`."""
        self.folder, self.epoch = leg_folder(run, side, seed), 0
        self._run, self._phase = run, f"{side}-{seed}"
        self._config, self._label = pair.training(side, seed), pair.labels()[side]
        self._sound = replace(self._config, mistake="")
        place = (seed - pair.seed) * 2 + (side == "second")
        self._watch = _LegWatch(watch, side=side, seed=seed, place=place, pair=pair)
        self._astray = ""

    @property
    def is_finished(self) -> bool:
        """Whether its answers are there."""
        return (self.folder / "right.npz").is_file()

    def begin(self, loaded: dict[Any, ScratchData]) -> None:
        """Pictures, network, and the checkpoint where there is one.

        Args:
            loaded: pictures that were read for this run, by what they follow from; more are added.

        Raises:
            InputError: as `Training`.
        """
        change = change_of(self._config)
        broken = change.config(self._config) if change.config else self._config
        self._honest = self._loaded(self._sound, loaded)
        self._training = Training(self._config, self._watch, data=self._loaded(broken, loaded))
        self._before = frozen_statistics(self._training.model)
        self.folder.mkdir(parents=True, exist_ok=True)
        resumed = load_checkpoint(self.folder / CHECKPOINT)
        self.epoch = resumed.epoch if resumed else 0
        training = self._training
        self._epochs: Generator[int, None, Outcome] = train_epochs(
            training.model,
            phase_of(training.config, pictures=len(training.data.truth)),
            training.examples(),
            watch=self._watch,
            folder=self.folder / CHECKPOINT,
            resumed=resumed,
        )

    def next_epoch(self) -> bool:
        """Train for an epoch; False where none was left, or the loss is no number any more.

        Raises:
            InputError: the memory does not suffice.
            StoppedError: somebody asked for it.
        """
        try:
            self.epoch = next(self._epochs)
        except StopIteration:
            return False
        except InputError as error:
            if all(np.isfinite(values).all() for values in self._training.model.get_weights()):
                raise
            self._astray = f"{self._label}: {str(error).split('.')[0]}."
            self._watch.note(self._astray)
            return False
        return True

    def judged(self) -> Judged:
        """Ask about the test part: as the run does it, and as it should be done."""
        training, model = self._training, self._training.model
        self._watch.start("evaluating")
        data = training.data
        test = np.array([item.part == "test" for item in data.items], bool)
        reported = np.nan_to_num(training.answers(model, data.judged[test]))
        sound = np.array([item.part == "test" for item in self._honest.items], bool)
        truth = self._honest.judged_truth[sound]
        # Where nothing is broken, what the run reports is what it is worth.
        answers = self._asked(self._honest.judged[sound]) if self._config.mistake else reported
        right = answers.argmax(axis=1) == truth
        shown = data.pixels[np.random.default_rng(0).permutation(len(data.truth))[:LOOKED_AT]]
        dead = dead_shares(model, shown.astype(np.float32))
        figures = evidence_of(
            data,
            answers=lambda pixels: np.nan_to_num(training.answers(model, pixels)),
            judged=training.judged_inputs,
            probabilities=reported,
            orders=self._orders(),
            seed=self._config.seed,
        )
        epochs = [event for event in read_events(self._run) if event.get("phase") == self._phase]
        first, last = (epochs[0], epochs[-1]) if epochs else ({}, {})
        figures |= {
            "train_accuracy": last.get("accuracy"),
            "first_loss": first.get("loss"),
            "last_loss": last.get("loss"),
            "dead_relu": max(dead.values(), default=0.0),
            "moved_statistics": statistics_moved(self._before, frozen_statistics(model)),
            "really": float(right.mean()),
            "parameters": int(model.count_params()),
            "pictures": len(data.truth),
            "held_out": int(sound.sum()),
            "astray": self._astray,
        }
        return Judged(figures, right)

    def forget(self) -> None:
        """Let the network go, and the checkpoint that only a resume needs."""
        self._epochs.close()
        del self._training
        shutil.rmtree(self.folder / CHECKPOINT, ignore_errors=True)

    def _loaded(self, config: ScratchConfig, loaded: dict[Any, ScratchData]) -> ScratchData:
        key = (config.data, config.pictures, config.input_size)
        if key not in loaded:
            self._watch.start("reading")
            found = load_data(config, progress=lambda done, of: self._watch.batch(done, of, pictures=done))
            loaded[key] = _watched(found)
        return loaded[key]

    def _asked(self, pixels: Pixels) -> Floats:
        """Answers about pixels as they are, in batches of the shape that training has."""
        model: keras.Model = self._training.model
        size = min(self._config.batch_size, len(pixels))
        answers = []
        for first in range(0, len(pixels), size):
            some = pixels[first : first + size].astype(np.float32)
            whole = np.concatenate([some, np.repeat(some[-1:], size - len(some), axis=0)])
            answers.append(np.asarray(model.predict_on_batch(whole), np.float32)[: len(some)])
            self._watch.check()
        return np.nan_to_num(np.concatenate(answers))

    def _orders(self) -> list[npt.NDArray[np.int64]]:
        config, count = self._training.config, len(self._training.data.truth)
        phase = phase_of(config, pictures=count)
        order = np.arange(count)
        if config.shuffle:
            order = epoch_order(count, seed=phase.seed, phase=phase.name, epoch=1)
        size = phase.recipe.batch_size
        return [order[first : first + size] for first in range(0, count, size)]


def leg_folder(run: Path, side: str, seed: int) -> Path:
    """Where a side with a seed is kept.

    Example:
        >>> leg_folder(Path("run"), "first", 3).as_posix()
        'run/legs/first-3'
    """
    return run / "legs" / f"{side}-{seed}"


def _watched(data: ScratchData) -> ScratchData:
    """With fewer validation pictures: they are asked about behind each epoch."""
    kept = [*range(min(WATCHED, data.validation)), *range(data.validation, len(data.items))]
    items = tuple(data.items[place] for place in kept)
    return replace(data, judged=data.judged[kept], judged_truth=data.judged_truth[kept], items=items)


class _LegWatch(Watch):
    """The run's watch as one training sees it: events say of which they are, progress is that of the whole run."""

    def __init__(self, watch: Watch, *, side: str, seed: int, place: int, pair: PairConfig) -> None:
        self.run, self._whole = watch.run, watch
        self._side, self._seed, self._place, self._in_turn = side, seed, place, not pair.case
        self._legs = 2 * pair.seeds

    @property
    def seconds(self) -> float:
        return self._whole.seconds

    def start(self, phase: str, *, epoch: int = 0, epochs: int = 0) -> None:
        if not epochs:
            self._whole.start(phase)
            return
        done = self._place * epochs + epoch
        if self._in_turn:
            done = self._place // 2 * 2 * epochs + 2 * epoch - 1 + self._place % 2
        self._whole.start(PHASE, epoch=done, epochs=self._legs * epochs)

    def check(self) -> None:
        self._whole.check()

    def batch(self, done: int, of: int, *, pictures: int) -> None:
        self._whole.batch(done, of, pictures=pictures)

    def epoch(self, event: dict[str, Any]) -> None:
        # A phase of its own: an epoch that is trained again after a kill stands for this training's alone.
        self._whole.epoch(event | {"phase": f"{self._side}-{self._seed}", "side": self._side, "seed": self._seed})

    def note(self, text: str, **more: Any) -> None:
        self._whole.note(text, **more)
