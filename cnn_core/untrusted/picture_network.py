"""A visitor's network in a Keras, ONNX or LiteRT file that takes one picture: looked through, opened in a child, fed.

What its outputs mean is for others to say: boxes for `cnn_core.detection.own_file`, masks for
`cnn_core.segmentation.own_file`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cnn_core.backbones.preprocessing import pixels_for
from cnn_core.errors import InputError
from cnn_core.images import to_grey
from cnn_core.untrusted.keras_file import CheckedFile, check_keras_file
from cnn_core.untrusted.lite_file import check_lite_file
from cnn_core.untrusted.model import check_weight_bytes, write_checked
from cnn_core.untrusted.network_worker import LOAD_SECONDS, Described, NetworkFiles, ask, describe
from cnn_core.untrusted.onnx_file import check_onnx_file

SUFFIXES = {".keras": "keras", ".onnx": "onnx", ".tflite": "lite"}
CHANNELS = {"rgb": "RGB", "bgr": "BGR"}
PIXELS = {
    "unit": "0 to 1",
    "byte": "0 to 255",
    "signed": "-1 to 1",
    "caffe": "0 to 255, BGR, ImageNet's mean subtracted (Caffe)",
    "torch": "0 to 1, ImageNet's mean and deviation (PyTorch)",
}
MOST_NAMES = 2_000
MOST_SIDE = 2_048

_MEMORY = 2_000_000_000
_KINDS = {"byte": "own", "signed": "signed", "caffe": "caffe", "torch": "torch"}


@dataclass(frozen=True, eq=False)
class PictureNetwork:
    """A network that is open in a child.

    Attributes:
        files: what the child needs.
        described: what it takes and gives.
        class_names: those that the file names; empty where it names none.
        layers: a Keras file's layers, their classes and names; empty for others.
        loading: seconds that opening it may take, where no child has it.
    """

    files: NetworkFiles
    described: Described
    class_names: tuple[str, ...] = ()
    layers: tuple[tuple[str, str], ...] = ()
    loading: float = LOAD_SECONDS

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.files.name

    @property
    def channels_first(self) -> bool:
        """Whether it takes (1, C, rows, columns)."""
        shape = self.described.input_shape
        return shape[1] in {1, 3} and shape[3] not in {1, 3}

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of its input."""
        shape = self.described.input_shape
        return (shape[2], shape[3]) if self.channels_first else (shape[1], shape[2])

    @property
    def rescales(self) -> bool:
        """Whether a layer of its own scales pixels, so that it takes them from 0 to 255."""
        return any(kind == "Rescaling" for kind, _ in self.layers)

    def pixel_words(self, pixels: str) -> str:
        """The range of the pixels that it is given, in words."""
        return "0 to 255 (8 bits)" if self.described.input_dtype == "uint8" else PIXELS[pixels]

    def batch(self, image: npt.NDArray[np.float32], *, channels: str, pixels: str) -> npt.NDArray:
        """A picture of its input's size as the batch that it wants.

        Args:
            image: (rows, columns, 3) in [0, 1], RGB.
            channels: one of `CHANNELS`; "caffe" is BGR by itself.
            pixels: one of `PIXELS`; a network that takes eight bits gets them as they are.
        """
        values = image[..., ::-1] if channels == "bgr" and pixels != "caffe" else image
        if self.described.input_dtype == "uint8":
            values = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
        elif pixels != "unit":
            values = pixels_for(_KINDS[pixels], values * np.float32(255))
        if 3 not in self.described.input_shape[1:]:
            grey = to_grey(values.astype(np.float32))
            values = np.rint(grey).astype(np.uint8) if values.dtype == np.uint8 else grey
        if self.channels_first:
            values = np.moveaxis(values, -1, 0)
        return np.ascontiguousarray(values)[None]

    def ask(self, batch: npt.NDArray) -> tuple[npt.NDArray[np.float32], ...]:
        """What the network gives for a batch of one.

        Raises:
            InputError: it cannot be run, or gives no answer in time.
        """
        return ask(self.files, batch, loading=self.loading)


def check_names(names: Sequence[str]) -> None:
    """Refuse class names that cannot be used.

    Raises:
        InputError: too many, or one that is empty or long.

    Example:
        >>> check_names(("cat", "dog"))
    """
    if len(names) > MOST_NAMES or any(not name or len(name) > 80 for name in names):
        raise InputError(
            "The class names cannot be used",
            f"Give at most {MOST_NAMES:,}, each of 1 to 80 letters",
            names=len(names),
        )


def check_choices(chosen: Mapping[str, str], known: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse an option that does not exist; "auto" always does.

    Raises:
        InputError: it is not among those known.

    Example:
        >>> check_choices({"pixels": "unit"}, {"pixels": PIXELS})
    """
    for name, options in known.items():
        if chosen[name] not in {"auto", *options}:
            raise InputError(
                f"This {name} does not exist", f"Choose one of auto, {', '.join(options)}", **{name: chosen[name]}
            )


def check_size(size: Sequence[int]) -> None:
    """Refuse an input size out of range.

    Raises:
        InputError: not two sides from 32 to `MOST_SIDE`.

    Example:
        >>> check_size((640, 640))
    """
    if len(size) != 2 or not all(32 <= side <= MOST_SIDE for side in size):
        raise InputError("The input size is out of range", f"Choose sides from 32 to {MOST_SIDE}", size=tuple(size))


def changed_arguments(options: object) -> str:
    """The fields of a dataclass that are not at their defaults, as Python writes them into a call.

    Example:
        >>> from dataclasses import make_dataclass, field
        >>> Options = make_dataclass("Options", [("side", int, field(default=3)), ("grey", bool, field(default=False))])
        >>> changed_arguments(Options(side=4))
        'side=4'
    """
    default = type(options)()
    given = {key: value for key, value in vars(options).items() if value != getattr(default, key)}
    return ", ".join(f"{key}={value!r}" for key, value in given.items())


def shown_name(name: str) -> str:
    """A file's name as messages call it: short, without its folder and without what cannot be printed.

    Example:
        >>> shown_name("../x/net.onnx")
        'net.onnx'
    """
    return "".join(letter if letter.isprintable() else "�" for letter in Path(name).name[:80])


def open_network(data: bytes, *, name: str, size: tuple[int, int], grey: bool = False) -> PictureNetwork:
    """Look through a file and open its network in a child; a `.keras` file takes as long as importing Keras.

    Args:
        data: the whole file.
        name: its name, which says by its end what it is, and what messages call it.
        size: rows and columns of the input, where the file leaves them open.
        grey: whether an input of one channel will do.

    Raises:
        InputError: another kind of file; damaged, too large, or with parts that are not run here; no or several
            pictures as input.
    """
    kind = SUFFIXES.get(Path(name).suffix.lower())
    shown = shown_name(name)
    if kind is None:
        raise InputError(
            f"{shown} is not a network that can be opened here", f"Use a file that ends in {', '.join(SUFFIXES)}"
        )
    if not data:
        raise InputError(f"{shown} is empty (0 bytes)", "Copy or save the file again")
    named: tuple[str, ...] = ()
    layers: tuple[tuple[str, str], ...] = ()
    task = {"size": size, "grey": grey}
    key = f"{hashlib.sha256(data).hexdigest()} {size} {grey}"
    if kind == "keras":
        checked = check_keras_file(data, name=shown)
        files = _keras_files(checked, data, key, task)
        layers = tuple(_layers(checked.config))
    else:
        if kind == "onnx":
            named = check_onnx_file(data, name=shown).class_names
        else:
            check_lite_file(data, name=shown)
        files = _plain_files(data, kind, shown, key, task)
    return PictureNetwork(files, describe(files), named, layers)


def _keras_files(checked: CheckedFile, data: bytes, key: str, task: dict) -> NetworkFiles:
    if not checked.weights:
        raise InputError(f"{checked.name} has no weights", 'Save the whole model with model.save("model.keras")')
    check_weight_bytes(checked.weight_bytes, checked.name)

    def write(folder: Path) -> None:
        (folder / "config.json").write_text(json.dumps(checked.config))
        write_checked(folder / "model.keras", checked, data)

    return NetworkFiles(key, "keras", checked.name, write, _MEMORY + 6 * checked.weight_bytes, task)


def _plain_files(data: bytes, kind: str, name: str, key: str, task: dict) -> NetworkFiles:
    def write(folder: Path) -> None:
        (folder / "network").write_bytes(data)

    return NetworkFiles(key, kind, name, write, _MEMORY + 6 * len(data), task)


def _layers(config: object) -> list[tuple[str, str]]:
    """Class and name of all layers, those of inner models too."""
    found, waiting = [], [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            kind, inner = part.get("class_name"), part.get("config")
            if isinstance(kind, str) and isinstance(inner, dict):
                found.append((kind, str(inner.get("name", ""))))
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return found
