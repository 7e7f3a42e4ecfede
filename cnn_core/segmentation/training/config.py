"""What a segmenter's training is: `config.json`, checked, as one frozen dataclass."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from cnn_core.errors import InputError
from cnn_core.losses.segmentation import loss_parts
from cnn_core.segmentation.training.mirrors import VIEWS
from cnn_core.segmentation.training.views import Augmentation
from cnn_core.starter_models import STARTERS, starter_card
from cnn_core.transfer.checked_values import check_fields, input_sides, number, one_of, pair, whole_number

# Random weights in place of a starter's.
NEW = "new"
BUILDERS = ("unet", "fcn")
SIDES = (32, 1024)
STRIDES = (32, 16, 8)
REDUCTIONS = (1, 2, 4)
_JOB = "segmentation"
# What a starter has learned is not to be shaken out of it.
_STARTERS_RATE = 1e-3


@dataclass(frozen=True)
class Network:
    """The network that begins with random weights.

    Attributes:
        builder: "unet" or "fcn".
        depth: halvings of a U-Net, 1 to 5.
        base_filters: of the first level or stage, 2 to 64.
        skips: whether a U-Net has its skips.
        reduction: of a U-Net: 2 halves the picture with a first convolution, which is enough for photos.
        stride: of an FCN: 32, 16 or 8.
        fc_filters: of an FCN's fc6 and fc7.
    """

    builder: str = "unet"
    depth: int = 3
    base_filters: int = 16
    skips: bool = True
    reduction: int = 1
    stride: int = 8
    fc_filters: int = 64


@dataclass(frozen=True)
class Changes:
    """How far a view may differ from its picture.

    Attributes:
        zoom: smallest and largest size, relative to the picture in the network's input.
        stretch: largest change of the aspect, as a part of one.
        turn: degrees, at most.
        mirror: whether left and right may be exchanged.
        turns: whether quarter turns and upside-down are allowed too.
        bend: standard deviation in pixels of an elastic deformation.
        colour: strength of changes of light, contrast, colour, sharpness and noise; 0 for none.
    """

    zoom: tuple[float, float] = (0.8, 1.25)
    stretch: float = 0.1
    turn: float = 5.0
    mirror: bool = True
    turns: bool = False
    bend: float = 0.0
    colour: float = 0.5


@dataclass(frozen=True)
class SegmentationConfig:
    """Everything that a run's result depends on, the photos apart.

    Attributes:
        start: the starter whose weights and network are the first, one of `starts()`.
        network: what is built where there is no starter.
        listing: a file that `save_masked_listing` wrote.
        name: what people call the run.
        loss: as `segmentation_loss` takes it, such as "cross_entropy+dice".
        focal_gamma, tversky_alpha, tversky_beta: options of it.
        input_size: rows and columns that pictures are stretched to.
        crop: share of the input's rows and columns that a view in training has; below 1 it shows a part at the
            same scale.
        mirrors: 1, 2 or 4: mirror images over which the finished network averages its answer; as many times the work.
        epochs: at most.
        views: of each training picture in an epoch.
        batch_size: views an update.
        learning_rate: at its peak, behind a tenth of the steps; then it falls as a cosine to zero.
        early_stopping: epochs without a better mean IoU that end it; 0 for never. The best weights are kept either way.
        augmentation: how far a view may go.
        seed: of the order, the views and new weights.
    """

    start: str
    listing: Path
    network: Network = field(default_factory=Network)
    name: str = ""
    loss: str = "cross_entropy+dice"
    focal_gamma: float = 2.0
    tversky_alpha: float = 0.3
    tversky_beta: float = 0.7
    input_size: tuple[int, int] = (128, 128)
    crop: float = 1.0
    mirrors: int = 1
    epochs: int = 20
    views: int = 1
    batch_size: int = 16
    learning_rate: float = 3e-3
    early_stopping: int = 0
    augmentation: Changes = field(default_factory=Changes)
    seed: int = 0

    @property
    def view_size(self) -> tuple[int, int]:
        """Rows and columns of a view."""
        step = size_step(self.start, self.network)
        rows, columns = (max(step, round(side * self.crop / step) * step) for side in self.input_size)
        return rows, columns

    @property
    def loss_options(self) -> dict[str, Any]:
        """What `segmentation_loss` takes beside the name."""
        return {name: getattr(self, name) for name in ("focal_gamma", "tversky_alpha", "tversky_beta")}


def starts() -> tuple[str, ...]:
    """What a training can begin with: the starter segmenters, and `NEW`.

    Example:
        >>> starts()[-1]
        'new'
    """
    return (*(name for name in STARTERS if starter_card(name).task == "segmentation"), NEW)


def network_arguments(
    start: str, network: Network, *, size: tuple[int, int], num_classes: int
) -> tuple[str, dict[str, Any]]:
    """The builder's name and its keywords for a beginning.

    Example:
        >>> network_arguments("new", Network(depth=2), size=(64, 96), num_classes=2)[1]["input_shape"]
        (64, 96, 3)
    """
    shape = {"input_shape": (*size, 3), "num_classes": num_classes}
    if start != NEW:
        card = starter_card(start).network
        return card.builder, {**card.arguments, **shape}
    chosen = asdict(network)
    if network.builder == "unet":
        kept = ("depth", "base_filters", "skips", "reduction")
        return "unet", {**{name: chosen[name] for name in kept}, "batch_norm": True, **shape}
    own = ("stride", "base_filters", "fc_filters")
    return "fcn", {**{name: chosen[name] for name in own}, "dropout": 0.0, "batch_norm": True, **shape}


def size_step(start: str, network: Network) -> int:
    """What rows and columns of the input are multiples of.

    Example:
        >>> size_step("new", Network(depth=3, reduction=2)), size_step("new", Network("fcn"))
        (16, 32)
    """
    builder, arguments = network_arguments(start, network, size=(32, 32), num_classes=2)
    if builder == "fcn":
        return 32
    return int(arguments.get("reduction", 1)) * 2 ** int(arguments["depth"])


def default_config(listing: Path | str, *, start: str, name: str = "") -> dict[str, Any]:
    """A `config.json` with every field, at good defaults.

    Example:
        >>> default_config("listing.json", start="new")["input_size"]
        [128, 128]
    """
    size = (128, 128) if start == NEW else starter_card(start).input.photo_size
    rate = SegmentationConfig.learning_rate if start == NEW else _STARTERS_RATE
    config = SegmentationConfig(start, Path(listing), name=name, input_size=size, learning_rate=rate)
    values: dict[str, Any] = {
        key: value for key, value in asdict(config).items() if key not in {"listing", "augmentation"}
    }
    changes = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(Changes()).items()}
    return {
        "job": _JOB,
        **values,
        "data": {"listing": str(listing)},
        "input_size": list(size),
        "augmentation": changes,
    }


def config_of(values: Mapping[str, Any]) -> SegmentationConfig:
    """A configuration, checked; what is missing has its default.

    Raises:
        InputError: a value out of its range, or a field that does not exist; says which.

    Example:
        >>> config_of(default_config("listing.json", start="new")).epochs
        20
    """
    check_fields(
        values,
        {field.name for field in fields(SegmentationConfig)} - {"listing"} | {"job", "data"},
        "The configuration",
    )
    start = values.get("start")
    if start not in starts():
        raise InputError("There is no such beginning", f"Choose one of {', '.join(starts())}", start=start)
    listing = (values.get("data") or {}).get("listing")
    if not listing:
        raise InputError("The configuration names no pictures", 'Give data: {"listing": path}', data=values.get("data"))
    network = network_of(values.get("network") or {})
    loss = str(values.get("loss", SegmentationConfig.loss))
    loss_parts(loss)
    size = values.get("input_size") or default_config("", start=start)["input_size"]
    return SegmentationConfig(
        start=start,
        listing=Path(listing),
        network=network,
        name=str(values.get("name", "")),
        loss=loss,
        focal_gamma=number(values, "focal_gamma", 0.0, 10.0, SegmentationConfig.focal_gamma),
        tversky_alpha=number(values, "tversky_alpha", 0.01, 1.0, SegmentationConfig.tversky_alpha),
        tversky_beta=number(values, "tversky_beta", 0.01, 1.0, SegmentationConfig.tversky_beta),
        input_size=input_sides(size, low=SIDES[0], high=SIDES[1], step=size_step(start, network)),
        crop=number(values, "crop", 0.1, 1.0, SegmentationConfig.crop),
        mirrors=one_of(values, "mirrors", tuple(VIEWS), SegmentationConfig.mirrors),
        epochs=whole_number(values, "epochs", 1, 10_000, SegmentationConfig.epochs),
        views=whole_number(values, "views", 1, 1_000, SegmentationConfig.views),
        batch_size=whole_number(values, "batch_size", 1, 256, SegmentationConfig.batch_size),
        learning_rate=number(values, "learning_rate", 1e-9, 1.0, SegmentationConfig.learning_rate),
        early_stopping=whole_number(values, "early_stopping", 0, 10_000, SegmentationConfig.early_stopping),
        augmentation=changes_of(values.get("augmentation") or {}),
        seed=whole_number(values, "seed", 0, 2**31 - 1, SegmentationConfig.seed),
    )


def network_of(values: Mapping[str, Any]) -> Network:
    """The network, checked; what is missing has its default.

    Raises:
        InputError: a value out of its range, or a field that does not exist.

    Example:
        >>> network_of({"depth": 4}).depth
        4
    """
    check_fields(values, {field.name for field in fields(Network)}, "The network")
    return Network(
        builder=one_of(values, "builder", BUILDERS, Network.builder),
        depth=whole_number(values, "depth", 1, 5, Network.depth),
        base_filters=whole_number(values, "base_filters", 2, 64, Network.base_filters),
        skips=bool(values.get("skips", Network.skips)),
        reduction=one_of(values, "reduction", REDUCTIONS, Network.reduction),
        stride=one_of(values, "stride", STRIDES, Network.stride),
        fc_filters=whole_number(values, "fc_filters", 1, 4096, Network.fc_filters),
    )


def changes_of(values: Mapping[str, Any]) -> Changes:
    """How far a view may go, checked; what is missing has its default.

    Raises:
        InputError: a value out of its range, or a field that does not exist.

    Example:
        >>> changes_of({"zoom": [0.5, 2.0]}).zoom
        (0.5, 2.0)
    """
    usual = Changes()
    check_fields(values, Changes.__dataclass_fields__, "Augmentation")
    return Changes(
        zoom=pair(values, "zoom", 0.1, 10, usual.zoom),
        stretch=number(values, "stretch", 0.0, 1.0, usual.stretch),
        turn=number(values, "turn", 0.0, 180.0, usual.turn),
        mirror=bool(values.get("mirror", usual.mirror)),
        turns=bool(values.get("turns", usual.turns)),
        bend=number(values, "bend", 0.0, 50.0, usual.bend),
        colour=number(values, "colour", 0.0, 2.0, usual.colour),
    )


def augmentation_of(config: SegmentationConfig) -> Augmentation:
    """What `views.augment` is to do with the pictures of a run.

    Example:
        >>> augmentation_of(config_of(default_config("a.json", start="new") | {"crop": 0.5})).size
        (64, 64)
    """
    how, low, high = config.augmentation, *config.augmentation.zoom
    share = config.view_size[0] / config.input_size[0]
    return Augmentation(
        config.view_size,
        zoom=(share / high, share / low),
        stretch=how.stretch,
        turn=how.turn,
        mirror=how.mirror,
        upside_down=how.turns,
        bend=how.bend,
        colour=how.colour,
    )
