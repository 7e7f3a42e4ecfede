"""The networks that this project trained and ships in `assets/models`, each as Keras weights and as a LiteRT file.

`lite_starter` answers at once and imports neither Keras nor TensorFlow; `keras_starter` gives the same network to look
into or to train on. `cnn_core.starters` is how they were made and measured.
"""

import hashlib
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_rgb
from cnn_core.errors import InputError
from cnn_core.lite_network import LiteNetwork
from cnn_core.starter_card import CardFile, CardInput, StarterCard, read_card

if TYPE_CHECKING:
    import keras

MODELS = Path(__file__).parents[1] / "assets" / "models"

# The starters that are there, by name.
STARTERS = tuple(sorted(path.stem for path in MODELS.glob("starter_*.json")))

# The builders that cards name, each with its module of `cnn_core.architectures`.
BUILDERS = {"airbench": "airbench", "yolo_like": "yolo", "unet": "unet", "fcn": "fcn"}


@lru_cache(maxsize=32)
def starter_card(name: str, *, folder: Path = MODELS) -> StarterCard:
    """The model card of a starter.

    Args:
        name: one of `STARTERS`.
        folder: where cards and weights are.

    Raises:
        InputError: there is no starter of this name.

    Example:
        >>> starter_card("starter_classifier").classes[3]  # doctest: +SKIP
        'cat'
    """
    known = tuple(sorted(path.stem for path in folder.glob("starter_*.json")))
    if name not in known:
        raise InputError("There is no starter of this name", f"Choose one of {', '.join(known)}", name=name)
    return read_card(folder / f"{name}.json")


@lru_cache(maxsize=8)
def lite_starter(name: str, *, folder: Path = MODELS) -> LiteNetwork:
    """A starter that is ready to answer: (N, H, W, 3) float32 in [0, 1] -> its raw output.

    The same network for every caller, from any thread; the last eight are kept. The classifier gives its logits and its
    last feature maps, a detector the raw numbers of its grid, a segmenter the probabilities of each pixel's classes.

    Args:
        name: one of `STARTERS`.
        folder: where cards and weights are.

    Raises:
        InputError: there is no starter of this name.
        RuntimeError: its file is damaged.

    Example:
        >>> photo = np.zeros((120, 160, 3), np.float32)
        >>> logits, maps = lite_starter("starter_classifier")(  # doctest: +SKIP
        ...     prepare(photo, starter_card("starter_classifier")))
    """
    return LiteNetwork(_checked(folder, starter_card(name, folder=folder).lite))


def keras_starter(name: str, *, folder: Path = MODELS) -> "keras.Model":
    """A starter as an uncompiled Keras model with its trained weights, a new one at each call.

    Args:
        name: one of `STARTERS`.
        folder: where cards and weights are.

    Raises:
        InputError: there is no starter of this name.
        RuntimeError: its file is damaged.

    Example:
        >>> keras_starter("starter_classifier").get_layer("block3").output.shape  # doctest: +SKIP
        (None, None, None, 320)
    """
    card = starter_card(name, folder=folder)
    _checked(folder, card.weights)
    model = build_network(card.network.builder, dict(card.network.arguments))
    model.load_weights(folder / card.weights.name)
    return model


def build_network(builder: str, arguments: dict[str, Any]) -> "keras.Model":
    """A network with new weights, as a card names it; imports Keras.

    Args:
        builder: one of `BUILDERS`.
        arguments: its keywords; lists, as JSON has them, stand for tuples.

    Raises:
        InputError: no such builder, or an argument that it refuses.

    Example:
        >>> build_network("airbench", {"input_shape": [32, 32, 3], "widths": [8, 8, 8]}).output_shape
        (None, 10)
    """
    if builder not in BUILDERS:
        raise InputError("There is no builder of this name", f"Choose one of {', '.join(BUILDERS)}", builder=builder)
    build = getattr(import_module(f"cnn_core.architectures.{BUILDERS[builder]}"), builder)
    return build(**{name: tuple(value) if isinstance(value, list) else value for name, value in arguments.items()})


def with_outputs(model: "keras.Model", outputs: tuple[str, ...]) -> "keras.Model":
    """The model with the outputs of these layers, as `card.network.outputs` names them; as it is where there are none.

    Example:
        >>> network = build_network("airbench", {"widths": [8, 8, 8]})
        >>> with_outputs(network, ("logits", "block3")).output_shape
        [(None, 10), (None, 3, 3, 8)]
    """
    if not outputs:
        return model
    import keras

    return keras.Model(model.input, [model.get_layer(name).output for name in outputs])


def prepare(image: npt.ArrayLike, card: StarterCard) -> npt.NDArray[np.float32]:
    """A photo as a starter wants it: resized as its card says, as a batch of one.

    What a network answers about a letterboxed photo is moved back by `cnn_core.letterbox`, whose `letterbox(image,
    card.input.photo_size)` gives the same pixels.

    Args:
        image: (H, W, 3) in [0, 1], or (H, W) or (H, W, 1), which becomes grey RGB.
        card: of the starter.

    Returns:
        (1, rows, columns, 3) float32 in [0, 1].

    Raises:
        InputError: no picture, or another number of channels.

    Example:
        >>> prepare(np.zeros((120, 160, 3)), starter_card("starter_classifier")).shape  # doctest: +SKIP
        (1, 64, 64, 3)
    """
    return resized(image, card.input)


def resized(image: npt.ArrayLike, wanted: CardInput) -> npt.NDArray[np.float32]:
    """The same as `prepare`, where there is no card yet.

    Example:
        >>> wanted = CardInput(size=(32, 32), resize="stretch", any_size=True, photo_size=(64, 64))
        >>> resized(np.zeros((120, 160, 3)), wanted).shape
        (1, 64, 64, 3)
    """
    import cv2

    from cnn_core.letterbox import letterbox

    picture = as_rgb(image)
    rows, columns = wanted.photo_size
    if wanted.resize == "letterbox":
        return letterbox(picture, (rows, columns)).image[None]
    way = cv2.INTER_AREA if max(rows, columns) < max(picture.shape[:2]) else cv2.INTER_LINEAR
    smaller: npt.NDArray[np.float32] = cv2.resize(picture, (columns, rows), interpolation=way)  # type: ignore[assignment]
    return smaller[None]


def _checked(folder: Path, file: CardFile) -> bytes:
    """What a file holds, if it is what its card says."""
    path = folder / file.name
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != file.sha256:
        state = "is damaged: its sha256 is not the one on its model card" if content else "is missing"
        raise RuntimeError(f"{path} {state}. Install CNN Playground again")
    return content
