"""Features of a listing's pictures and of augmented views of them, each computed once and kept.

The random numbers of a view depend on the seed, the picture's content and the view's number alone: neither the order of
pictures nor a picture that is added changes them.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.augmentation import Augmentation, augmented
from cnn_core.backbones.loading import load_backbone
from cnn_core.backbones.preprocessing import wrong_preprocessing
from cnn_core.backbones.weights import weights_identity
from cnn_core.runtime import usable_cores
from cnn_core.transfer.extraction import Extract, LoadBackbone, open_extractor
from cnn_core.transfer.feature_cache import FeatureCache, feature_key
from cnn_core.transfer.pictures import read_pixels

Floats = npt.NDArray[np.float32]

# Pictures that go through the network at once: a stop is seen between two of them.
_BATCH = 16
# What a change of the code that makes pictures or features must raise.
_VERSION = 1

# Which pixels the network gets: those that it was trained on, or the classic mistake, see `wrong_preprocessing`.
OWN, UNIT = "own", "1/255"

# Called with the pictures that are done and those in all; it may raise to stop.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Features:
    """Features of some pictures.

    Attributes:
        values: (N, 1 + views, 2 x channels) float32; the picture itself is first. See `extraction`.
    """

    values: Floats

    def of(self, pooling: str, *, view: int = 0) -> Floats:
        """(N, channels) of one view, by "average" or "max" pooling."""
        channels = self.values.shape[2] // 2
        return self.values[:, view, :channels] if pooling == "average" else self.values[:, view, channels:]


def features_of(
    listing: Any,
    items: Sequence[Any],
    *,
    backbone: str,
    input_size: tuple[int, int],
    cache: FeatureCache,
    augmentation: Augmentation = Augmentation(),  # noqa: B008  # frozen
    views: int = 0,
    seed: int = 0,
    progress: Progress = lambda done, of: None,  # noqa: ARG005
    load: LoadBackbone = load_backbone,
    identity: str = "",
    preprocessing: str = OWN,
) -> Features:
    """Features of these items; what the cache lacks is computed, and kept batch by batch.

    Args:
        listing: where the pictures are.
        items: of the listing.
        backbone: one of `BACKBONES`.
        input_size: rows and columns that the network sees.
        cache: where features are kept.
        augmentation: how views are made.
        views: how many views of each picture beside itself.
        seed: of the views.
        progress: called behind each batch.
        load: loads the network where Keras is to run it.
        identity: tells apart the weights of a network that is not `BACKBONES`' own, which Keras then runs.
        preprocessing: `OWN` or `UNIT`.

    Raises:
        InputError: a picture that can no longer be read; weights that cannot be loaded.
    """
    wanted = _keys(
        *(listing, items, backbone, input_size, cache),
        identity=identity,
        preprocessing=preprocessing,
        augmentation=augmentation,
        views=views,
        seed=seed,
    )
    found = cache.load([key for keys in wanted for key in keys])
    missing = [(row, view) for row, keys in enumerate(wanted) for view, key in enumerate(keys) if key not in found]
    progress(0, len(missing))
    if missing:
        extract = open_extractor(
            backbone,
            input_size=input_size,
            folder=cache.folder,
            pictures=len(missing),
            load=load,
            by_keras=bool(identity),
        )

        def make(where: tuple[int, int]) -> npt.NDArray[Any]:
            row, view = where
            pixels = read_pixels(listing, items[row].file, size=input_size)
            if view:
                pixels = augmented(pixels, augmentation, _random(wanted[row][view]))
            return pixels if preprocessing == OWN else wrong_preprocessing(backbone, pixels)

        done = 0
        for some, values in _through(extract, make, missing):
            new = {wanted[row][view]: value for (row, view), value in zip(some, values, strict=True)}
            cache.save(new)
            found |= new
            done += len(some)
            progress(done, len(missing))
    return Features(np.stack([[found[key] for key in keys] for keys in wanted]))


def cached_features(
    listing: Any,
    items: Sequence[Any],
    *,
    backbone: str,
    input_size: tuple[int, int],
    cache: FeatureCache,
    identity: str = "",
    preprocessing: str = OWN,
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """What the cache has of these items, without computing anything and without Keras.

    Returns:
        (M, 2 x channels) float32 of the items that are there, and (N,) bool, which these are.

    Raises:
        InputError: as `features_of`.
    """
    wanted = _keys(listing, items, backbone, input_size, cache, identity=identity, preprocessing=preprocessing)
    found = cache.load([key for (key,) in wanted])
    there = np.array([key in found for (key,) in wanted], bool)
    rows = [found[key] for (key,) in wanted if key in found]
    return np.stack(rows) if rows else np.zeros((0, 0), np.float32), there


def _keys(
    listing: Any,
    items: Sequence[Any],
    backbone: str,
    input_size: tuple[int, int],
    cache: FeatureCache,
    *,
    identity: str,
    preprocessing: str,
    augmentation: Augmentation = Augmentation(),  # noqa: B008  # frozen
    views: int = 0,
    seed: int = 0,
) -> list[list[bytes]]:
    """For each item the key of the picture, and of each of its views."""
    identity = identity or weights_identity(backbone)
    paths = [Path(listing.root) / item.file for item in items]
    digests = cache.digests(paths)
    common: tuple[object, ...] = (_VERSION, backbone, identity, *input_size)
    if preprocessing != OWN:
        common = (*common, preprocessing)
    options = asdict(augmentation) | {"mixup": 0.0, "views": 0}
    varied = (*common, seed, *(f"{name}={value}" for name, value in sorted(options.items())))
    return [
        [
            feature_key(digests[path], *common),
            *(feature_key(digests[path], *varied, view) for view in range(1, views + 1)),
        ]
        for path in paths
    ]


def _random(key: bytes) -> np.random.Generator:
    return np.random.default_rng(int.from_bytes(hashlib.sha256(key).digest()[:8]))


def _through(
    extract: Extract, make: Callable[[tuple[int, int]], npt.NDArray[Any]], work: list[tuple[int, int]]
) -> Iterator[tuple[list[tuple[int, int]], Floats]]:
    """Batches through the network; the next ones are decoded meanwhile, and no more than four wait."""
    batches = [work[first : first + _BATCH] for first in range(0, len(work), _BATCH)]
    with ThreadPoolExecutor(max_workers=usable_cores() + 1) as pool:
        waiting = [[pool.submit(make, where) for where in batch] for batch in batches[:3]]
        try:
            for number, batch in enumerate(batches):
                pictures = np.stack([future.result() for future in waiting.pop(0)])
                if number + 3 < len(batches):
                    waiting.append([pool.submit(make, where) for where in batches[number + 3]])
                yield batch, _same_shape(extract, pictures)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _same_shape(extract: Extract, pictures: npt.NDArray[Any]) -> Floats:
    """The last batch is filled up: another shape would be compiled, or allocated, once more."""
    count = len(pictures)
    if count == _BATCH:
        return extract(pictures)
    filled = np.concatenate([pictures, np.repeat(pictures[-1:], _BATCH - count, axis=0)])
    return extract(filled)[:count]
