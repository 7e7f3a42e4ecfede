"""A visitor's own network, in a Keras, ONNX or LiteRT file, as a segmenter.

The file is not trusted: it is looked through first, then opened and run in a child process with limits
(`cnn_core.untrusted`). What goes in and what comes out is worked on here.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy.typing as npt

from cnn_core.arrays import as_rgb
from cnn_core.errors import InputError
from cnn_core.letterbox import PLACEMENTS, framed
from cnn_core.masks import Masks, masks_of
from cnn_core.pixel_classes import ADE20K, CITYSCAPES
from cnn_core.segmentation.map_outputs import VALUES, MapPlan, meaning_of, plan_map, read_map
from cnn_core.segmentation.photo_map import over_photo
from cnn_core.segmentation.segmenter import Segmenter
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
from cnn_core.voc_names import VOC

DEFAULT_SIDE = 512
_KNOWN = {len(names): names for names in (VOC, CITYSCAPES, ADE20K)}
_TWO = ("background", "foreground")


@dataclass(frozen=True)
class FileOptions:
    """What a file does not say of itself; "auto" takes what such networks usually want.

    Attributes:
        names: the classes; empty takes those in the file, or Pascal VOC's 21, Cityscapes' 19 or ADE20K's 150 where
            there are so many. A network with a single channel has two: what is not it, and what is.
        placement: where the photo lies in the input, one of `PLACEMENTS`; usually stretched.
        channels: "rgb" or "bgr".
        pixels: the range of the pixels, one of `PIXELS`. Guessed from a Keras file's layers: 0 to 255 with a Rescaling
            layer, Caffe's with ResNet's or VGG's names, -1 to 1 with depthwise convolutions, as MobileNets have; else
            0 to 1. ONNX files whose input has its channels first are taken for PyTorch's.
        values: what the map's numbers are, one of `map_outputs.VALUES`.
        size: rows and columns of the input, where the file leaves them open.
    """

    names: tuple[str, ...] = ()
    placement: str = "auto"
    channels: str = "auto"
    pixels: str = "auto"
    values: str = "auto"
    size: tuple[int, int] = (DEFAULT_SIDE, DEFAULT_SIDE)

    def __post_init__(self) -> None:
        check_choices(vars(self), {"placement": PLACEMENTS, "channels": CHANNELS, "pixels": PIXELS, "values": VALUES})
        check_names(self.names)
        check_size(self.size)


def open_file(data: bytes, *, name: str, options: FileOptions | None = None) -> Segmenter:
    """A segmenter from the content of a file. Opening takes seconds, a `.keras` file as long as importing Keras.

    Args:
        data: the whole file.
        name: its name, which says by its end what it is, and what messages call it.
        options: what the file does not say of itself.

    Raises:
        InputError: another kind of file; damaged, too large, or with parts that are not run here; no or several
            pictures as input; no map among its outputs; names that do not fit its classes.
    """
    options = options or FileOptions()
    network = open_network(data, name=name, size=options.size, grey=True)
    about = "Your own file: nothing is known of its training or its licence."
    return segmenter_of(network, options, about=about, code=own_code(network.name, options))


def segmenter_of(
    network: PictureNetwork, options: FileOptions, *, about: str, code: str, name: str = "", title: str = ""
) -> Segmenter:
    """A segmenter from a network that is open.

    Args:
        network: whatever brought it.
        options: what is not known of it.
        about: its origin; how it is read is added.
        code: as in `Segmenter`.
        name, title: as in `Segmenter`; empty takes the network's name.

    Raises:
        InputError: no map among its outputs, or names that do not fit its classes.
    """
    shapes = [sides for _, sides in network.described.outputs]
    plan = plan_map(shapes, network.size, name=network.name, wanted=len(options.names) or None)
    names = class_names(plan, options.names or network.class_names, name=network.name)
    filled = _filled(options, network, plan)

    def look(image: npt.NDArray) -> Masks:
        begin = time.perf_counter()
        frame = framed(as_rgb(image), network.size, placement=filled.placement)
        batch = network.batch(frame.image, channels=filled.channels, pixels=filled.pixels)
        resized = time.perf_counter()
        outputs = network.ask(batch)
        answered = time.perf_counter()
        found = read_map(outputs[plan.place], plan, name=network.name, values=filled.values, classes=len(names))
        # Where a single channel turns out to number more than two classes, the second is not the foreground.
        known = names[:1] if names == _TWO and found.shape[-1] > len(_TWO) else names
        masks = masks_of(
            over_photo(found, frame),
            size=frame.size,
            names=more_names(known, found.shape[-1]),
            meaning=meaning_of(outputs[plan.place], plan, values=filled.values),
        )
        seconds = {
            "resize": resized - begin,
            "inference": answered - resized,
            "decoding": time.perf_counter() - answered,
        }
        return replace(masks, seconds=seconds)

    return Segmenter(
        name=name or network.name,
        title=title or network.name,
        classes=names,
        about=f"{about} {_read_as(network, plan, filled, names)}",
        code=code,
        input_size=network.size,
        look=look,
    )


def class_names(plan: MapPlan, named: Sequence[str], *, name: str) -> tuple[str, ...]:
    """The names of a map's classes: those given, those of a well-known data set, or numbers.

    Args:
        plan: of the map.
        named: by the visitor or the file; a single channel takes one, or two with that of the rest.
        name: of the network, for messages.

    Raises:
        InputError: another number of names than of classes.

    Example:
        >>> class_names(MapPlan(0, "last", 1, (8, 8)), ["cell"], name="net")
        ('background', 'cell')
    """
    if plan.classes == 1:
        # Its numbers may be those of classes: then there can be any number of names.
        return (_TWO[0], *named) if len(named) == 1 else tuple(named) or _TWO
    if named and len(named) != plan.classes:
        raise InputError(
            f"{name} tells {plan.classes} classes apart, and {len(named)} are named",
            f"Give {plan.classes} names, the first for class 0",
        )
    if named:
        return tuple(named)
    return _TWO if plan.classes == 2 else _KNOWN.get(plan.classes, more_names((), plan.classes))


def more_names(names: Sequence[str], count: int) -> tuple[str, ...]:
    """As many names as there are classes: numbers where there are too few.

    Example:
        >>> more_names(("background",), 3)
        ('background', 'class 1', 'class 2')
    """
    return (*names, *(f"class {number}" for number in range(len(names), count)))[: max(count, len(names))]


def _filled(options: FileOptions, network: PictureNetwork, plan: MapPlan) -> FileOptions:
    """The options with what "auto" stands for; values are looked at where the file does not say that they are whole."""
    usual = {"placement": "stretch", "channels": "rgb", "pixels": _usual_pixels(network)}
    if plan.classes == 1 and network.described.facts["whole"][plan.place]:
        usual["values"] = "labels"
    return replace(options, **{key: value for key, value in usual.items() if getattr(options, key) == "auto"})  # type: ignore[arg-type]


def _usual_pixels(network: PictureNetwork) -> str:
    kinds, names = {kind for kind, _ in network.layers}, {name for _, name in network.layers}
    if network.rescales:
        return "byte"
    if any(name.startswith(("conv1_conv", "conv2_block1", "resnet", "vgg", "block1_conv1")) for name in names):
        return "caffe"
    if "DepthwiseConv2D" in kinds:
        return "signed"
    return "torch" if network.files.kind == "onnx" and network.channels_first else "unit"


def _read_as(network: PictureNetwork, plan: MapPlan, options: FileOptions, names: Sequence[str]) -> str:
    rows, columns = network.size
    values = "as they look in each answer" if options.values == "auto" else VALUES[options.values].lower()
    named = f"{len(names):,} classes are named."
    if options.values == "labels":
        # A file does not say how many classes such numbers can be of.
        named = "no names were given." if tuple(names) == _TWO else named
        named += " It tells no probability: the confidence is 100 % everywhere."
    return (
        f"Its map has {plan.size[1]} × {plan.size[0]} cells; values: {values}; {named} It "
        f"sees each photo at {columns} × {rows} pixels, {PLACEMENTS[options.placement]}, in "
        f"{CHANNELS[options.channels]} from {network.pixel_words(options.pixels)}."
    )


def own_code(name: str, options: FileOptions) -> str:
    """Python that opens a file or a SavedModel in the same way, and looks at `image`."""
    return (
        "from pathlib import Path\n\n"
        "from cnn_core.segmentation.loading import load_segmenter\n"
        "from cnn_core.segmentation.own_file import FileOptions\n\n"
        f"segmenter = load_segmenter(Path({name!r}), options=FileOptions({changed_arguments(options)}))\n"
        "masks = segmenter.predict(image)\n"
    )
