"""A visitor's own network, in a Keras, ONNX or LiteRT file, as a detector.

The file is not trusted: it is looked through first, then opened and run in a child process with limits
(`cnn_core.untrusted`). What goes in and what comes out is worked on here.
"""

import time
from dataclasses import dataclass, replace

import numpy.typing as npt

from cnn_core.arrays import as_rgb
from cnn_core.coco_names import COCO
from cnn_core.detection.candidates import Candidates
from cnn_core.detection.detector import Detector
from cnn_core.detection.head_plan import HEADS, HeadPlan, plan_head
from cnn_core.detection.head_rows import read_outputs
from cnn_core.letterbox import PLACEMENTS, Letterboxed, framed
from cnn_core.untrusted.picture_network import (
    CHANNELS,
    PIXELS,
    PictureNetwork,
    changed_arguments,
    check_choices,
    check_names,
    check_size,
    open_network,
)

DEFAULT_SIDE = 640


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
        check_choices(vars(self), {"placement": PLACEMENTS, "channels": CHANNELS, "pixels": PIXELS, "head": HEADS})
        check_names(self.names)
        check_size(self.size)


@dataclass(frozen=True, eq=False)
class _Opened:
    """A network that is open, how photos are brought to it, and how its outputs are read."""

    network: PictureNetwork
    plan: HeadPlan
    names: tuple[str, ...]
    options: FileOptions


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
    network = open_network(data, name=name, size=options.size)
    shapes = [sides for _, sides in network.described.outputs]
    plan = plan_head(shapes, network.size, classes=len(options.names) or None, head=options.head)
    named = network.class_names
    names = options.names or _default_names(plan, named)
    if not options.names and plan.classes is None and named:
        names = named
    opened = _Opened(network, plan, names, _filled(options, plan, network.rescales))

    def look(image: npt.NDArray) -> Candidates:
        return _look(opened, image)

    return Detector(
        name=network.name,
        title=network.name,
        classes=names,
        about=_about(opened),
        code=_code(network.name, options),
        look=look,
    )


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
    frame, batch = _prepared(opened, image)
    resized = time.perf_counter()
    outputs = opened.network.ask(batch)
    answered = time.perf_counter()
    seen = read_outputs(opened.plan, outputs, frame, names=opened.names)
    seconds = {"resize": resized - begin, "inference": answered - resized, "decoding": time.perf_counter() - answered}
    return replace(seen, seconds=seconds)


def _prepared(opened: _Opened, image: npt.NDArray) -> tuple[Letterboxed, npt.NDArray]:
    """The photo in its frame, and as the batch that the network wants."""
    options, size = opened.options, opened.network.size
    frame = framed(as_rgb(image), size, placement=options.placement)
    return frame, opened.network.batch(frame.image, channels=options.channels, pixels=options.pixels)


def _about(opened: _Opened) -> str:
    options, network = opened.options, opened.network
    rows, columns = network.size
    return (
        "Your own file: nothing is known of its training or its licence. Read as: "
        f"{HEADS[opened.plan.kind]}, {len(opened.names):,} classes. It sees each photo at {columns} × {rows} pixels, "
        f"{PLACEMENTS[options.placement]}, in {CHANNELS[options.channels]} from "
        f"{network.pixel_words(options.pixels)}."
    )


def _code(name: str, options: FileOptions) -> str:
    return (
        "from pathlib import Path\n\n"
        "from cnn_core.detection.loading import load_detector\n"
        "from cnn_core.detection.own_file import FileOptions\n\n"
        f"detector = load_detector(Path({name!r}), options=FileOptions({changed_arguments(options)}))\n"
        "candidates = detector.look(image)\n"
    )
