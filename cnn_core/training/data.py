"""Pictures of a training from scratch, all in memory as bytes: to train on, to choose the best epoch by, to test.

What is held out follows from the data alone, not from the run's seed: runs are compared on the same pictures. The test
part is asked about once, when training has ended.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.folders.pictures import picture_from_pixels
from cnn_core.folders.ready_made import CIFAR_CLASSES
from cnn_core.runtime import usable_memory
from cnn_core.scenes import CLASSES, Scene, scene
from cnn_core.training.cifar import COUNTS, cifar_is_here, download_cifar, read_file, read_part
from cnn_core.training.config import ScratchConfig
from cnn_core.transfer.dataset import dataset_of
from cnn_core.transfer.pictures import in_background, read_pixels

Pixels = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Progress = Callable[[int, int], None]

CIFAR_HELD_OUT = 5_000
SHAPES_USUAL = 6_000
# Held-out pictures for a training on few: a fifth of them, within these bounds; the test part has twice as many.
_LEAST_HELD_OUT = 500
_MOST_BYTES = 4_000_000_000
# Scenes from which the shapes are cut, and how long a cut is, in sides of the shape.
_SCENE = (96, 96)
_ROOM = (1.2, 2.0)
_SCENE_SEEDS = {"train": 5_000_000, "validation": 5_000_001, "test": 5_000_002}


@dataclass(frozen=True)
class Judged:
    """A picture that is not trained on.

    Attributes:
        file: its name: in the listing, in CIFAR-10's archive, or "<part>/<class>/<number>" of a drawn one.
        part: "validation" or "test".
    """

    file: str
    part: str


@dataclass(frozen=True, eq=False)
class ScratchData:
    """The pictures of a run.

    Attributes:
        classes: their names, in the order of the network's outputs.
        pixels: (N, rows, columns, 3) uint8 to train on.
        truth: (N,) class numbers.
        judged: (M, rows, columns, 3) uint8: those of the validation part, then those of the test part.
        judged_truth: (M,) class numbers.
        items: their names and parts.
    """

    classes: tuple[str, ...]
    pixels: Pixels
    truth: Numbers
    judged: Pixels
    judged_truth: Numbers
    items: tuple[Judged, ...]

    @property
    def validation(self) -> int:
        """How many of `judged` are the validation part's."""
        return sum(item.part == "validation" for item in self.items)


@dataclass(frozen=True)
class Counts:
    """How many pictures of each part a configuration means."""

    train: int
    validation: int
    test: int


def load_data(config: ScratchConfig, *, progress: Progress | None = None) -> ScratchData:
    """Read or draw the pictures that a configuration means.

    Args:
        config: its `data`, `listing`, `pictures` and `input_size` count.
        progress: told pictures (or bytes of a download) done and of all; it may raise.

    Raises:
        InputError: CIFAR-10 is neither here nor can be downloaded; a picture that cannot be read; too many for memory.

    Example:
        >>> data = load_data(ScratchConfig(data="shapes", pictures=20))
        >>> data.pixels.shape, data.validation, len(data.items)
        ((20, 32, 32, 3), 500, 1500)
    """
    load = {"cifar10": _cifar, "shapes": _shapes, "listing": _listing}[config.data]
    data = load(config, progress or (lambda _done, _of: None))
    return _present(data)


def counts_of(config: ScratchConfig) -> Counts:
    """How many pictures there will be; nothing is read unless it is a listing.

    Example:
        >>> counts_of(ScratchConfig()), counts_of(ScratchConfig(data="shapes", pictures=2_000)).validation
        (Counts(train=45000, validation=5000, test=10000), 500)
    """
    if config.data == "listing":
        from cnn_core.folders.listing import load_listing

        data = dataset_of(load_listing(config.listing_file))
        train = min(config.pictures or len(data.train), len(data.train))
        return Counts(train, data.validation, len(data.judged) - data.validation)
    most = COUNTS["train"] - CIFAR_HELD_OUT
    usual = most if config.data == "cifar10" else SHAPES_USUAL
    train = min(config.pictures or usual, most)
    held_out = min(max(_LEAST_HELD_OUT, train // 5), CIFAR_HELD_OUT)
    return Counts(train, held_out, 2 * held_out)


def held_out_picture(config: ScratchConfig, file: str) -> Pixels | None:
    """One held-out picture again, by the name that `predictions.npz` has; None where it is no longer at hand.

    Args:
        config: of the run.
        file: as in `Judged`.

    Returns:
        (rows, columns, 3) uint8, as it is, before it is made to fit the network.

    Example:
        >>> held_out_picture(ScratchConfig(data="shapes"), "test/circle/00003").shape
        (32, 32, 3)
    """
    if config.data == "listing":
        from cnn_core.folders.listing import load_listing

        try:
            return read_pixels(load_listing(config.listing_file), file, size=config.input_size)
        except InputError:
            return None
    if config.data == "cifar10":
        return read_file(file)
    part, _, number = file.split("/")
    seed, index = _SCENE_SEEDS[part], int(number)
    found = _scene(seed, index)
    return picture_from_pixels(_around(found.pixels, found.boxes[0], seed, index), size=config.input_size)


def _cifar(config: ScratchConfig, progress: Progress) -> ScratchData:
    counts = counts_of(config)
    _check_memory(config, counts)
    if not cifar_is_here():
        download_cifar(progress=progress)
    total, done = counts.train + counts.validation + counts.test, 0
    first_held_out = COUNTS["train"] - CIFAR_HELD_OUT
    parts = []
    for part, places in (
        ("train", range(counts.train)),
        ("train", range(first_held_out, first_held_out + counts.validation)),
        ("test", range(counts.test)),
    ):
        files, pixels, truth = read_part(part, places, check=partial(_tell, progress, done, total))
        parts.append((files, _resized(pixels, config.input_size), truth))
        done += len(places)
    (_, train, truth), validation, test = parts
    return _joined(CIFAR_CLASSES, train, truth, {"validation": validation, "test": test})


def _tell(progress: Progress, before: int, total: int, read: int) -> None:
    progress(before + read, total)


def _shapes(config: ScratchConfig, progress: Progress) -> ScratchData:
    counts = counts_of(config)
    _check_memory(config, counts)
    total, done = counts.train + counts.validation + counts.test, 0
    parts = {}
    for part, seed in _SCENE_SEEDS.items():
        count = getattr(counts, part)
        files, pixels, truth = [], [], []
        for index, picture, label in _scenes(seed, count, config.input_size):
            files.append(f"{part}/{CLASSES[label]}/{index:05d}")
            pixels.append(picture)
            truth.append(label)
            done += 1
            progress(done, total)
        parts[part] = (tuple(files), np.stack(pixels), np.array(truth, np.int64))
    _, train, truth_of_train = parts.pop("train")
    return _joined(CLASSES, train, truth_of_train, parts)


def _scenes(seed: int, count: int, size: tuple[int, int]) -> Iterator[tuple[int, Pixels, int]]:
    """Parts of scenes of one shape each, in which the shape is large; scenes without room for it are passed over."""
    drawn, index = 0, 0
    while drawn < count:
        found = _scene(seed, index)
        if len(found.labels):
            drawn += 1
            cut = _around(found.pixels, found.boxes[0], seed, index)
            yield index, picture_from_pixels(cut, size=size), int(found.labels[0])
        index += 1


def _scene(seed: int, index: int) -> Scene:
    return scene(seed, index=index, size=_SCENE, shapes=(1, 1), clutter=0.3, occlusion=0.2)


def _around(pixels: Pixels, box: npt.NDArray[np.float32], seed: int, index: int) -> Pixels:
    """A square that holds the box somewhere, 1.2 to 2 times as long as it."""
    random = np.random.default_rng((seed, index, 1))
    left, top, right, bottom = (int(value) for value in box)
    side = min(_SCENE[0], math.ceil(max(right - left, bottom - top) * random.uniform(*_ROOM)))
    corner = []
    for low, high, whole in ((top, bottom, _SCENE[0]), (left, right, _SCENE[1])):
        first, last = max(0, high - side), min(low, whole - side)
        corner.append(int(random.integers(first, last + 1)))
    return pixels[corner[0] : corner[0] + side, corner[1] : corner[1] + side]


def _listing(config: ScratchConfig, progress: Progress) -> ScratchData:
    from cnn_core.folders.listing import load_listing

    data = dataset_of(load_listing(config.listing_file))
    counts = counts_of(config)
    _check_memory(config, counts)
    chosen = np.sort(np.random.default_rng(0).permutation(len(data.train))[: counts.train])
    files = [data.train[place].file for place in chosen] + [item.file for item in data.judged]
    read = in_background(lambda file: read_pixels(data.listing, file, size=config.input_size), files, ahead=16)
    pixels = np.empty((len(files), *config.input_size, 3), np.uint8)
    for number, picture in enumerate(read):
        pixels[number] = picture
        progress(number + 1, len(files))
    items = tuple(Judged(item.file, item.part) for item in data.judged)
    train, judged = pixels[: counts.train], pixels[counts.train :]
    return ScratchData(data.classes, train, data.train_truth[chosen], judged, data.judged_truth, items)


def _joined(
    classes: tuple[str, ...],
    train: Pixels,
    truth: Numbers,
    judged: dict[str, tuple[tuple[str, ...], Pixels, Numbers]],
) -> ScratchData:
    items = tuple(Judged(file, part) for part, (files, _, _) in judged.items() for file in files)
    pixels, labels = (np.concatenate([values[k] for values in judged.values()]) for k in (1, 2))
    return ScratchData(tuple(classes), train, truth, pixels, labels, items)


def _resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    if pixels.shape[1:3] == size:
        return pixels
    return np.stack([picture_from_pixels(picture, size=size) for picture in pixels])


def _present(data: ScratchData) -> ScratchData:
    """With few pictures a class may have none to train on."""
    missing = set(range(len(data.classes))) - set(data.truth.tolist())
    if missing:
        names = ", ".join(data.classes[number] for number in sorted(missing))
        raise InputError(f"There are no pictures to train on of {names}", "Choose more pictures")
    return replace(data, pixels=np.ascontiguousarray(data.pixels))


def _check_memory(config: ScratchConfig, counts: Counts) -> None:
    count = counts.train + counts.validation + counts.test
    needed, most = count * config.input_size[0] * config.input_size[1] * 3, min(_MOST_BYTES, usable_memory() // 4)
    if needed > most:
        raise InputError(
            f"{count:,} pictures of this size take {needed / 1e9:.1f} GB, and {most / 1e9:.1f} GB are left for them",
            "Choose fewer pictures or a smaller input size",
            input_size=config.input_size,
        )
