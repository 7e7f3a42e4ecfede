"""A visitor's own network that classifies, in a Keras, ONNX or LiteRT file.

The file is not trusted: it is looked through first, then opened, asked and looked into in a child process with limits
(`cnn_core.untrusted`). Nothing but arrays and JSON comes out of it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.classifiers.looked_at import LookedAt, Told
from cnn_core.classifiers.predicting import softmax
from cnn_core.classifiers.preparing import ORDERS, PIXELS, PLACEMENTS, Preparation
from cnn_core.errors import InputError
from cnn_core.imagenet_names import imagenet_names
from cnn_core.untrusted.network_worker import question
from cnn_core.untrusted.picture_network import (
    PictureNetwork,
    changed_arguments,
    check_choices,
    check_names,
    check_size,
    open_network,
)

Floats = npt.NDArray[np.float32]

DEFAULT_SIDE = 224
OUTPUTS = {
    "probabilities": "probabilities as they are",
    "logits": "scores: softmax makes them probabilities",
}
# A row of probabilities may miss 1 by what half precision loses.
_NEAR_ONE = 0.01


@dataclass(frozen=True)
class OwnOptions:
    """What a file does not say of itself; "auto" takes what such networks usually want.

    Attributes:
        names: the classes; empty takes those in the file, ImageNet's where there are 1,000, else numbers.
        placement: one of `PLACEMENTS`; usually the middle.
        order: one of `ORDERS`.
        pixels: one of `PIXELS`. Usually 0 to 255 with a Rescaling or Normalization layer; -1 to 1 where a Keras file
            has depthwise convolutions, as MobileNets have; PyTorch's where channels come first; else 0 to 1.
        outputs: one of `OUTPUTS`; usually what its answer about a black picture looks like.
        size: rows and columns of the input, where the file leaves them open.
    """

    names: tuple[str, ...] = ()
    placement: str = "auto"
    order: str = "auto"
    pixels: str = "auto"
    outputs: str = "auto"
    size: tuple[int, int] = (DEFAULT_SIDE, DEFAULT_SIDE)

    def __post_init__(self) -> None:
        known = {"placement": PLACEMENTS, "order": ORDERS, "pixels": PIXELS, "outputs": OUTPUTS}
        check_choices(vars(self), known)
        check_names(self.names)
        check_size(self.size)


def open_own(data: bytes, *, name: str, options: OwnOptions | None = None) -> LookedAt:
    """A network from the content of a file. Opening takes seconds, a `.keras` file as long as importing Keras.

    One whose output is no list of classes has no classes; a Keras one can still be looked into.

    Args:
        data: the whole file.
        name: its name, which says by its end what it is, and what messages call it.
        options: what the file does not say of itself.

    Raises:
        InputError: another kind of file; damaged, too large, or with parts that are not run here; no or several
            pictures as input; names that do not fit its classes.
    """
    options = options or OwnOptions()
    network = open_network(data, name=name, size=options.size, grey=True)
    count = _count(network)
    preparation = _preparation(network, options)
    logits = _gives_logits(network, options) if count > 1 else False
    classes = _classes(network, count, options)

    def answer(batch: Floats) -> Floats:
        rows = np.stack([_row(network, _batch(network, picture), logits=logits) for picture in batch])
        return np.concatenate([1 - rows, rows], axis=1) if count == 1 else rows

    def look(asked: str, batch: Floats, given: Mapping[str, Any]) -> Told:
        if network.files.kind != "keras":
            raise InputError(f"{network.name} can only be asked, not looked into", "Bring the network as a .keras file")
        values, arrays = question(network.files, asked, batch, given, loading=network.loading)
        return Told(values, arrays)

    return LookedAt(
        name="own",
        title=network.name,
        about=_about(network, preparation, count),
        classes=classes,
        size=network.size,
        channels=3 if 3 in network.described.input_shape[1:] else 1,
        key=f"own {network.files.key} {options}",
        preparation=preparation,
        answer=answer,
        look=look,
        code=_code(network.name, options),
    )


def _count(network: PictureNetwork) -> int:
    """Numbers in its only output, where that is one row; 0 where it is something else."""
    if len(network.described.outputs) != 1:
        return 0
    sides = network.described.outputs[0][1]
    # Some exports keep the two axes of the last map: (1, C, 1, 1).
    return int(np.prod(sides)) if sides and max(sides) == np.prod(sides) and len(sides) > 1 and sides[0] == 1 else 0


def _classes(network: PictureNetwork, count: int, options: OwnOptions) -> tuple[str, ...]:
    if not count:
        if options.names:
            raise InputError(
                f"The output of {network.name} is no list of classes",
                "Leave the class names empty",
                names=len(options.names),
            )
        return ()
    expected = max(2, count)
    if options.names and len(options.names) != expected:
        raise InputError(
            f"{network.name} has {expected:,} classes", f"Give {expected:,} names, or none", names=len(options.names)
        )
    if options.names:
        return _told_apart(options.names)
    if len(network.class_names) == expected:
        return _told_apart(network.class_names)
    if expected == len(imagenet_names()):
        return imagenet_names()
    return tuple(f"class {number}" for number in range(expected))


def _told_apart(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, with their numbers where one stands for several classes."""
    times = Counter(names)
    return tuple(f"{name} ({number})" if times[name] > 1 else name for number, name in enumerate(names))


def _preparation(network: PictureNetwork, options: OwnOptions) -> Preparation:
    kinds = {kind for kind, _ in network.layers}
    if kinds & {"Rescaling", "Normalization"} or network.described.input_dtype == "uint8":
        usual = "byte"
    elif "DepthwiseConv2D" in kinds:
        usual = "signed"
    else:
        usual = "torch" if network.channels_first else "unit"
    return Preparation(
        "crop" if options.placement == "auto" else options.placement,
        usual if options.pixels == "auto" else options.pixels,
        "rgb" if options.order == "auto" else options.order,
    )


def _gives_logits(network: PictureNetwork, options: OwnOptions) -> bool:
    if options.outputs != "auto":
        return options.outputs == "logits"
    rows, columns = network.size
    channels = 3 if 3 in network.described.input_shape[1:] else 1
    row = _row(network, _batch(network, np.zeros((rows, columns, channels), np.float32)), logits=False)
    within = bool(np.isfinite(row).all() and row.min() >= 0 and row.max() <= 1)
    return not (within and abs(float(row.sum()) - 1) < _NEAR_ONE)


def _batch(network: PictureNetwork, picture: Floats) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] = picture
    if network.described.input_dtype == "uint8":
        values = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    if network.channels_first:
        values = np.moveaxis(values, -1, 0)
    return np.ascontiguousarray(values)[None]


def _row(network: PictureNetwork, batch: npt.NDArray[Any], *, logits: bool) -> Floats:
    """(C,) of one picture."""
    row = np.asarray(network.ask(batch)[0], np.float32).reshape(-1)
    return softmax(row) if logits else row


def _about(network: PictureNetwork, preparation: Preparation, count: int) -> str:
    rows, columns = network.size
    classes = f"{max(2, count):,} classes" if count else "its output is no list of classes"
    return (
        "Your own file: nothing is known of its training or its licence. "
        f"It is shown {PLACEMENTS[preparation.placement]}, at {columns} × {rows}, as {ORDERS[preparation.order]} from "
        f"{PIXELS[preparation.pixels]}; {classes}."
    )


def _code(name: str, options: OwnOptions) -> str:
    return (
        "from pathlib import Path\n\n"
        "from cnn_core.classifiers.own_file import OwnOptions, open_own\n\n"
        f"file = Path({name!r})\n"
        f"network = open_own(file.read_bytes(), name=file.name, options=OwnOptions({changed_arguments(options)}))\n"
    )
