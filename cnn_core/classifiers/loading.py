"""Any network that is looked at, by its name in the link; own files come from `own_file.open_own`.

Nothing heavy is loaded here: the Keras model is built when the network is first asked for what needs it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.backbones.catalog import STARTER_MODEL
from cnn_core.classifiers.imagenet import IMAGENET, imagenet_model, imagenet_network
from cnn_core.classifiers.lite_files import lite_network
from cnn_core.classifiers.looked_at import LookedAt, Told
from cnn_core.classifiers.predicting import softmax
from cnn_core.classifiers.preparing import Preparation
from cnn_core.classifiers.questions import answer_question
from cnn_core.classifiers.shared_model import SharedModel
from cnn_core.classifiers.untrained import SEED, narrowed, untrained_architecture, untrained_model
from cnn_core.errors import InputError
from cnn_core.imagenet_names import imagenet_names
from cnn_core.results.trained import model_time, trained_network
from cnn_core.starter_models import STARTERS, keras_starter, lite_starter, starter_card
from cnn_core.transfer.history import standing

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]

STARTER = "starter"
RUN = "run:"
UNTRAINED = "untrained:"

# Keras' EfficientNet scales pixels itself; MobileNetV2 is used to both signs.
_UNTRAINED_PIXELS = {"efficientnet_b0": "byte", "mobilenet_v2": "signed"}

_CODE = """\
from cnn_core.classifiers.loading import load_looked_at

network = load_looked_at({name!r})
"""
_RUN_CODE = """\
from pathlib import Path

from cnn_core.classifiers.loading import load_run

network = load_run(Path({folder!r}))
"""


def load_looked_at(name: str) -> LookedAt:
    """A network by its name; to be kept by the caller, for its Keras model is built once for each object.

    Args:
        name: "starter", another one of `STARTERS`, one of `IMAGENET`, or "untrained:" and one of `untrained_names()`.

    Raises:
        InputError: there is none of this name.

    Example:
        >>> network = load_looked_at("untrained:lenet5")
        >>> network.size, network.channels, len(network.classes)
        ((32, 32), 1, 10)
    """
    if name == STARTER:
        return _starter(name, STARTER_MODEL)
    if name in STARTERS:
        return _starter(name, name)
    if name in IMAGENET:
        return _imagenet(name)
    if name.startswith(UNTRAINED):
        return _untrained(name)
    raise InputError(
        "There is no network of this name", f"Choose one of {', '.join([STARTER, *IMAGENET])}", name=name[:80]
    )


def title_of(name: str) -> str:
    """What people call a network that `load_looked_at` gives, without loading it.

    Raises:
        InputError: there is none of this name.

    Example:
        >>> title_of("untrained:lenet5"), title_of("mobilenet_v2")
        ('LeNet-5, untrained', 'MobileNetV2')
    """
    if name == STARTER:
        return "Starter"
    if name in STARTERS:
        return f"Starter {name.removeprefix('starter_').replace('_', ' ')}"
    if name in IMAGENET:
        return IMAGENET[name].backbone.title
    return f"{untrained_architecture(name.removeprefix(UNTRAINED)).title}, untrained"


def _measured(folder: Path) -> str:
    """How good a finished run is, to go on in a sentence."""
    found = standing(folder)
    if not found.final or found.accuracy is None:
        return ""
    return f", {100 * found.accuracy:.1f} % of the pictures right that were kept aside"


def load_run(folder: Path, *, title: str = "") -> LookedAt:
    """The network of a finished fine-tuning; imports Keras.

    Args:
        folder: of the run.
        title: for people; the folder's name where there is none.

    Raises:
        InputError: the run has no network yet, or its file is damaged.
    """
    trained = trained_network(folder)

    def look(question: str, batch: Floats, options: Mapping[str, Any]) -> Told:
        network = trained_network(folder)
        with network.turn:
            return answer_question(network.model, question, batch, options)

    return LookedAt(
        name=f"{RUN}{folder.name}",
        title=title or folder.name,
        about=f"Trained here to tell {len(trained.classes):,} classes apart{_measured(folder)}.",
        classes=trained.classes,
        size=trained.size,
        channels=3,
        key=f"{RUN}{folder.name} {model_time(folder)}",
        preparation=Preparation("stretch", "byte"),
        answer=lambda batch: trained_network(folder)(batch),
        look=look,
        code=_RUN_CODE.format(folder=str(folder)),
    )


def _starter(name: str, starter: str) -> LookedAt:
    card = starter_card(starter)
    shared = SharedModel(lambda: starter_model(starter))
    classifies = card.task == "classification"

    def answer(batch: Floats) -> Floats:
        logits, _ = lite_starter(starter)(batch)
        return softmax(logits)

    data = ", ".join(part.name for part in card.data)
    figure = card.metrics.figures.get("cifar10_top1")
    measured = f" Top-1 {100 * figure.value:.1f} % on its test set." if figure else ""
    return LookedAt(
        name=name,
        title=title_of(name),
        about=f"Trained by this project on {data}: {len(card.classes)} classes.{measured}",
        classes=card.classes if classifies else (),
        size=card.input.photo_size,
        channels=3,
        key=f"{starter} {card.lite.sha256[:16]}",
        preparation=Preparation("stretch" if card.input.resize == "stretch" else "letterbox", "unit"),
        answer=answer,
        look=shared.look,
        code=_CODE.format(name=name),
    )


def starter_model(name: str) -> "keras.Model":
    """A starter at the size in which photos are shown to it; a classifier with softmax behind its logits.

    Its layers are not nested, and their shapes are known.

    Args:
        name: one of `STARTERS`.

    Raises:
        InputError: there is no starter of this name.

    Example:
        >>> starter_model("starter_classifier").output_shape  # doctest: +SKIP
        (None, 10)
    """
    import keras

    card = starter_card(name)
    network = keras_starter(name)
    image = keras.Input((*card.input.photo_size, 3), name="image")
    clone = keras.models.clone_model(
        network, input_tensors=image, clone_function=lambda layer: layer.__class__.from_config(layer.get_config())
    )
    clone.set_weights(network.get_weights())
    output = clone.output
    if card.task == "classification":
        output = keras.layers.Softmax(name="probabilities")(output)
    return keras.Model(clone.input, output, name=name)


def _imagenet(name: str) -> LookedAt:
    network = imagenet_network(name)
    shared = SharedModel(lambda: imagenet_model(name))

    def answer(batch: Floats) -> Floats:
        lite = lite_network(name)
        return lite(batch) if lite else shared.predict(batch)

    return LookedAt(
        name=name,
        title=title_of(name),
        about=f"{network.backbone.family}. Trained on ImageNet: 1,000 classes; published top-1 {network.top1:.1f} %.",
        classes=imagenet_names(),
        size=network.size,
        channels=3,
        key=f"{name} imagenet",
        preparation=network.preparation,
        answer=answer,
        look=shared.look,
        code=_CODE.format(name=name),
    )


def _untrained(name: str) -> LookedAt:
    architecture = name.removeprefix(UNTRAINED)
    entry = untrained_architecture(architecture)
    shared = SharedModel(lambda: untrained_model(architecture))
    narrow = narrowed(architecture)
    said = f" Its dense layers have {next(iter(narrow.values()))} units here, to take less memory." if narrow else ""
    rows, columns, channels = entry.input_shape
    classifies = entry.task == "classification"
    return LookedAt(
        name=name,
        title=title_of(name),
        about=f"Untrained: random weights of seed {SEED}. What it answers means nothing.{said}",
        classes=tuple(f"class {number}" for number in range(entry.num_classes)) if classifies else (),
        size=(rows, columns),
        channels=channels,
        key=name,
        preparation=Preparation("crop", _UNTRAINED_PIXELS.get(architecture, "unit")),
        answer=shared.predict,
        look=shared.look,
        code=_CODE.format(name=name),
    )
