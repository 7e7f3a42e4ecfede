"""An answer before any training: how well a closed-form head on the features that are there tells classes apart.

Needs no Keras, so that a page can show it anew after each change of data or classes. `features_run` and
`rescaled_features_run` compute features ahead, as jobs of the run service.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnn_core.backbones.loading import load_backbone
from cnn_core.child_process import read_json
from cnn_core.confidence import Interval, wilson_interval
from cnn_core.runs.folder import write_status
from cnn_core.transfer.closed_form import closed_form
from cnn_core.transfer.config import config_of
from cnn_core.transfer.dataset import example_weights
from cnn_core.transfer.device import prepare_device
from cnn_core.transfer.extraction import LoadBackbone
from cnn_core.transfer.feature_cache import FeatureCache
from cnn_core.transfer.features import OWN, cached_features
from cnn_core.transfer.materials import Materials
from cnn_core.transfer.watch import StoppedError


@dataclass(frozen=True)
class QuickAnswer:
    """What the closed-form head says.

    Attributes:
        accuracy: on the validation pictures whose features are there, with its 95 % interval; None where there are too
            few to tell: no validation picture, or fewer than two classes to train on.
        trained: pictures that it was fitted on.
        judged: pictures that it was judged by.
        missing: pictures of both parts whose features are not there yet.
        wrong: files of those that it gets wrong, and what it takes them for.
    """

    accuracy: Interval | None
    trained: int
    judged: int
    missing: int
    wrong: tuple[tuple[str, str], ...] = ()


def quick_answer(
    listing: Any,
    *,
    backbone: str,
    input_size: tuple[int, int],
    cache: FeatureCache,
    pooling: str = "average",
    balanced: bool = True,
    identity: str = "",
    preprocessing: str = OWN,
) -> QuickAnswer:
    """Fit a head on the training part's cached features, and judge it on the validation part's.

    Args:
        listing: the pictures.
        backbone: one of `BACKBONES`.
        input_size: rows and columns that the network sees.
        cache: of features, in the folder `.features` of the runs.
        pooling: "average" or "max".
        balanced: whether every class counts alike.
        identity, preprocessing: as in `features_of`.

    Raises:
        InputError: a picture can no longer be read; the backbone's weights are not here.
    """
    items = [item for item in listing.items if item.part in {"train", "validation"}]
    values, there = cached_features(
        listing,
        items,
        backbone=backbone,
        input_size=input_size,
        cache=cache,
        identity=identity,
        preprocessing=preprocessing,
    )
    known = [item for item, found in zip(items, there, strict=True) if found]
    number = {label: index for index, label in enumerate(listing.classes)}
    truth = np.array([number[item.label] for item in known], np.int64)
    training = np.array([item.part == "train" for item in known], bool)
    missing, trained, judged = len(items) - len(known), int(training.sum()), int((~training).sum())
    if not judged or len(set(truth[training])) < 2:
        return QuickAnswer(None, trained, judged, missing)
    half = values.shape[1] // 2
    features = values[:, :half] if pooling == "average" else values[:, half:]
    classes = len(listing.classes)
    weights = example_weights(truth[training], classes, balanced=balanced)
    head = closed_form(features[training], truth[training], classes, weights=weights)
    said, asked = head.classes_of(features[~training]), [item for item in known if item.part != "train"]
    right = said == truth[~training]
    wrong = tuple(
        (item.file, listing.classes[answer]) for item, answer, good in zip(asked, said, right, strict=True) if not good
    )
    return QuickAnswer(wilson_interval(int(right.sum()), judged), trained, judged, missing, wrong)


def features_run(run: Path, *, load: LoadBackbone = load_backbone) -> None:
    """Compute the features that a run of this config.json would need, and keep them; a job of the run service.

    Raises:
        InputError: as `train_run`.
    """
    _compute(run, load, lambda materials: materials.features)


def rescaled_features_run(run: Path, *, load: LoadBackbone = load_backbone) -> None:
    """The same, and features of all pictures with the classic mistake, 1/255 for every network, too.

    Raises:
        InputError: as `train_run`.
    """
    _compute(run, load, lambda materials: (materials.features, materials.rescaled_features))


def _compute(run: Path, load: LoadBackbone, what: Callable[[Materials], object]) -> None:
    write_status(run, "running")
    config = config_of(read_json(run / "config.json") or {})
    try:
        prepare_device()
        what(Materials(run, config, load=load))
        write_status(run, "done")
    except StoppedError:
        write_status(run, "stopped", reason="It was stopped")
