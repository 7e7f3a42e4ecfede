"""A visitor's own network, in a Keras, ONNX or LiteRT file, as a detector.

The file is not trusted: it is looked through first, then opened and run in a child process with limits
(`cnn_core.untrusted`). What goes in and what comes out is worked on here.
"""

import hashlib
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_rgb
from cnn_core.coco_names import COCO
from cnn_core.detection.candidates import Candidates
from cnn_core.detection.detector import Detector
from cnn_core.detection.head_plan import HEADS, HeadPlan, plan_head
from cnn_core.detection.head_rows import read_outputs
from cnn_core.errors import InputError
from cnn_core.letterbox import GREY, Letterboxed, letterbox, stretched
from cnn_core.untrusted.keras_file import CheckedFile, check_keras_file
from cnn_core.untrusted.lite_file import check_lite_file
from cnn_core.untrusted.model import check_weight_bytes, write_checked
from cnn_core.untrusted.network_worker import Described, NetworkFiles, ask, describe
from cnn_core.untrusted.onnx_file import check_onnx_file

SUFFIXES = {".keras": "keras", ".onnx": "onnx", ".tflite": "lite"}
PLACEMENTS = {"centre": "in the middle", "corner": "at the upper left", "stretch": "stretched"}
CHANNELS = {"rgb": "RGB", "bgr": "BGR"}
PIXELS = {"unit": "0 to 1", "byte": "0 to 255", "signed": "-1 to 1"}
MOST_NAMES = 2_000
MOST_SIDE = 2_048
DEFAULT_SIDE = 640

_MEMORY = 2_000_000_000


@dataclass(frozen=True)
class FileOptions:
    """What a file does not say of itself; "auto" takes what networks with such a head usually want.

    Attributes:
        names: the classes; empty takes those in the file, or COCO's 80 where there are 80.
        placement: where the photo lies in the input, one of `PLACEMENTS`. YOLOX wants the upper left.
        channels: "rgb" or "bgr". YOLOX wants BGR.
        pixels: the range of the pixels, one of `PIXELS`. YOLOX, and Keras files with a Rescaling layer, want 0 to 255.
        head: how the outputs are read, one of `head_plan.HEADS`.
        size: rows and columns of the input, where the file leaves them open.
    """

    names: tuple[str, ...] = ()
    placement: str = "auto"
    channels: str = "auto"
    pixels: str = "auto"
    head: str = "auto"
    size: tuple[int, int] = (DEFAULT_SIDE, DEFAULT_SIDE)

    def __post_init__(self) -> None:
        for name, known in (("placement", PLACEMENTS), ("channels", CHANNELS), ("pixels", PIXELS), ("head", HEADS)):
            if getattr(self, name) not in {"auto", *known}:
                raise InputError(
                    f"This {name} does not exist",
                    f"Choose one of auto, {', '.join(known)}",
                    **{name: getattr(self, name)},
                )
        if len(self.names) > MOST_NAMES or any(not name or len(name) > 80 for name in self.names):
            raise InputError(
                "The class names cannot be used",
                f"Give at most {MOST_NAMES:,}, each of 1 to 80 letters",
                names=len(self.names),
            )
        if len(self.size) != 2 or not all(32 <= side <= MOST_SIDE for side in self.size):
            raise InputError("The input size is out of range", f"Choose sides from 32 to {MOST_SIDE}", size=self.size)


@dataclass(frozen=True, eq=False)
class _Opened:
    """A network that is open, and how photos are brought to it."""

    files: NetworkFiles
    described: Described
    plan: HeadPlan
    names: tuple[str, ...]
    options: FileOptions
    channels_first: bool

    @property
    def size(self) -> tuple[int, int]:
        sides = self.described.input_shape[2:] if self.channels_first else self.described.input_shape[1:3]
        return sides[0], sides[1]


def open_file(data: bytes, *, name: str, options: FileOptions | None = None) -> Detector:
    """A detector from the content of a file. Opening takes seconds, a `.keras` file as long as importing Keras.

    Args:
        data: the whole file.
        name: its name, which says by its end what it is, and what messages call it.
        options: what the file does not say of itself.

    Raises:
        InputError: another kind of file; damaged, too large, or with parts that are not run here; no or several
            pictures as input; no head that can be read; names that do not fit its classes.
    """
    options = options or FileOptions()
    kind = SUFFIXES.get(Path(name).suffix.lower())
    shown = "".join(letter if letter.isprintable() else "�" for letter in Path(name).name[:80])
    if kind is None:
        raise InputError(
            f"{shown} is not a network that can be opened here", f"Use a file that ends in {', '.join(SUFFIXES)}"
        )
    if not data:
        raise InputError(f"{shown} is empty (0 bytes)", "Copy or save the file again")
    named: tuple[str, ...] = ()
    rescales = False
    if kind == "keras":
        checked = check_keras_file(data, name=shown)
        files = _keras_files(checked, data, options)
        rescales = '"class_name": "Rescaling"' in json.dumps(checked.config)
    else:
        if kind == "onnx":
            named = check_onnx_file(data, name=shown).class_names
        else:
            check_lite_file(data, name=shown)
        files = _plain_files(data, kind, shown, options)
    described = describe(files)
    shape = described.input_shape
    first = shape[1] == 3 and shape[3] != 3
    size = (shape[2], shape[3]) if first else (shape[1], shape[2])
    shapes = [sides for _, sides in described.outputs]
    plan = plan_head(shapes, size, classes=len(options.names) or None, head=options.head)
    names = options.names or _default_names(plan, named)
    if not options.names and plan.classes is None and named:
        names = named
    opened = _Opened(files, described, plan, names, _filled(options, plan, rescales), first)

    def look(image: npt.NDArray) -> Candidates:
        return _look(opened, image)

    return Detector(
        name=shown,
        title=shown,
        classes=names,
        about=_about(opened, shown),
        code=_code(shown, options),
        look=look,
    )


def _keras_files(checked: CheckedFile, data: bytes, options: FileOptions) -> NetworkFiles:
    if not checked.weights:
        raise InputError(f"{checked.name} has no weights", 'Save the whole model with model.save("model.keras")')
    check_weight_bytes(checked.weight_bytes, checked.name)

    def write(folder: Path) -> None:
        (folder / "config.json").write_text(json.dumps(checked.config))
        write_checked(folder / "model.keras", checked, data)

    memory = _MEMORY + 6 * checked.weight_bytes
    return NetworkFiles(_key(data, options), "keras", checked.name, write, memory, {"size": options.size})


def _plain_files(data: bytes, kind: str, name: str, options: FileOptions) -> NetworkFiles:
    def write(folder: Path) -> None:
        (folder / "network").write_bytes(data)

    memory = _MEMORY + 6 * len(data)
    return NetworkFiles(_key(data, options), kind, name, write, memory, {"size": options.size})


def _key(data: bytes, options: FileOptions) -> str:
    return f"{hashlib.sha256(data).hexdigest()} {options.size}"


def _default_names(plan: HeadPlan, named: tuple[str, ...]) -> tuple[str, ...]:
    if plan.classes is None or plan.classes == len(COCO):
        return named if named and plan.classes == len(named) else COCO
    if len(named) == plan.classes:
        return named
    return tuple(f"class {number}" for number in range(plan.classes))


def _filled(options: FileOptions, plan: HeadPlan, rescales: bool) -> FileOptions:
    """The options with what "auto" stands for."""
    yolox, ssd = plan.kind == "yolox", plan.kind == "ssd"

    def chosen(option: str, usual: str) -> str:
        return usual if option == "auto" else option

    return replace(
        options,
        placement=chosen(options.placement, "corner" if yolox else "stretch" if ssd else "centre"),
        channels=chosen(options.channels, "bgr" if yolox else "rgb"),
        pixels=chosen(options.pixels, "byte" if yolox or rescales else "signed" if ssd else "unit"),
        head=plan.kind,
    )


def _look(opened: _Opened, image: npt.NDArray) -> Candidates:
    begin = time.perf_counter()
    framed, batch = _prepared(opened, image)
    resized = time.perf_counter()
    outputs = ask(opened.files, batch)
    answered = time.perf_counter()
    seen = read_outputs(opened.plan, outputs, framed, names=opened.names)
    seconds = {"resize": resized - begin, "inference": answered - resized, "decoding": time.perf_counter() - answered}
    return replace(seen, seconds=seconds)


def _prepared(opened: _Opened, image: npt.NDArray) -> tuple[Letterboxed, npt.NDArray]:
    """The photo in its frame, and as the batch that the network wants."""
    options = opened.options
    framed = (
        stretched(as_rgb(image), opened.size)
        if options.placement == "stretch"
        else letterbox(as_rgb(image), opened.size, fill=GREY, centred=options.placement == "centre")
    )
    pixels = framed.image[..., ::-1] if options.channels == "bgr" else framed.image
    if opened.described.input_dtype == "uint8":
        pixels = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    elif options.pixels == "byte":
        pixels = pixels * np.float32(255)
    elif options.pixels == "signed":
        pixels = pixels * np.float32(2) - np.float32(1)
    if opened.channels_first:
        pixels = np.moveaxis(pixels, -1, 0)
    return framed, np.ascontiguousarray(pixels)[None]


def _about(opened: _Opened, name: str) -> str:
    options, (rows, columns) = opened.options, opened.size
    pixels = "0 to 255 (8 bits)" if opened.described.input_dtype == "uint8" else PIXELS[options.pixels]
    return (
        f"{name}, your own file: nothing is known of its training or its licence. Read as: "
        f"{HEADS[opened.plan.kind]}, {len(opened.names):,} classes. It sees each photo at {columns} x {rows} pixels, "
        f"{PLACEMENTS[options.placement]}, in {CHANNELS[options.channels]} from {pixels}."
    )


def _code(name: str, options: FileOptions) -> str:
    default = FileOptions()
    given = {key: value for key, value in vars(options).items() if value != getattr(default, key)}
    arguments = ", ".join(f"{key}={value!r}" for key, value in given.items())
    return (
        "from pathlib import Path\n\n"
        "from cnn_core.detection.loading import load_detector\n"
        "from cnn_core.detection.own_file import FileOptions\n\n"
        f"detector = load_detector(Path({name!r}), options=FileOptions({arguments}))\n"
        "candidates = detector.look(image)\n"
    )
