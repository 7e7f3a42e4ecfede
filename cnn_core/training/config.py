"""What a training from scratch is: `config.json`, checked, as one frozen dataclass."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from cnn_core.architectures.catalog import ARCHITECTURES, Option
from cnn_core.augmentation import Augmentation, augmentation_of
from cnn_core.errors import InputError
from cnn_core.own_network.link import decode_network
from cnn_core.runs.store import RunStore
from cnn_core.transfer.checked_values import check_fields, number, one_of, whole_number
from cnn_core.transfer.config import PRECISIONS, SCHEDULES

JOB = "scratch"
DATA = ("cifar10", "shapes", "listing")
OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop")
RECIPE, OWN, STARTER = "recipe", "own", "starter"
NETWORKS = (RECIPE, *(name for name, entry in ARCHITECTURES.items() if entry.task == "classification"), OWN, STARTER)
# What may be broken on purpose, see `cnn_core.training.mistakes`.
MISTAKES = (
    *("wrong_preprocessing", "batch_norm_training", "learning_rate_x100", "labels_shuffled"),
    *("leaked_split", "imbalanced_classes", "no_shuffling"),
)
# Smallest and largest value of each number.
LIMITS: Mapping[str, tuple[float, float]] = {
    "pictures": (0, 50_000),
    "epochs": (1, 500),
    "batch_size": (1, 1_024),
    "early_stopping": (0, 500),
    "learning_rate": (1e-7, 10.0),
    "l2": (0.0, 0.1),
    "seed": (0, 1_000_000),
    "devices": (1, 16),
}
SIDES = (16, 256)
# The guide's: rotation in degrees, shift and zoom as shares.
AUGMENTATION = Augmentation(rotation=15.0, shift=0.1, flip=True, zoom=0.1)


@dataclass(frozen=True)
class ScratchConfig:
    """Everything that a run's result depends on. The defaults are the recipe for CIFAR-10.

    Attributes:
        data: "cifar10", "shapes" (one drawn shape a picture) or "listing" (pictures in class folders).
        listing: a file that `save_listing` wrote, where the data are one.
        pictures: to train on, at most; 0 for all there are.
        network: "recipe", a network of the catalog that classifies, "own", or "starter", the shipped classifier up to
            its features with a new layer on top.
        options: settings of the catalog's builder.
        own: the text of `encode_network`, where the network is one's own.
        input_size: rows and columns that the network gets; pictures are made to fit.
        pretrained: the starter begins with its trained weights, and not with random ones.
        frozen: the starter's weights stay as they are; only the layer on top learns.
        batch_norm, dropout: whether the recipe has them.
        l2: weight of the squared kernels in the loss.
        augmentation: how far a view may be from its picture.
        optimizer: one of `OPTIMIZERS`.
        learning_rate: at its peak.
        schedule: "constant", "plateau" (halved after three epochs without a smaller validation loss) or "cosine".
        batch_size: pictures an update.
        epochs: at most.
        early_stopping: epochs without a smaller validation loss that end it; 0 for never. The best weights are kept.
        shuffle: a new order each epoch; else always the order of the data.
        precision: "auto", "float32" or "mixed".
        seed: of the first weights, the order, the views and dropout; which pictures are held out does not depend on it.
        mistake: one of `MISTAKES`, or "".
        devices: that each batch is spread over, in equal parts: see `cnn_core.training.distributed`.
        name: what people call the run.
    """

    data: str = "cifar10"
    listing: Path | None = None
    pictures: int = 0
    network: str = RECIPE
    options: Mapping[str, Any] = field(default_factory=dict)
    own: str = ""
    input_size: tuple[int, int] = (32, 32)
    pretrained: bool = True
    frozen: bool = False
    batch_norm: bool = True
    dropout: bool = True
    l2: float = 0.0
    augmentation: Augmentation = AUGMENTATION
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "plateau"
    batch_size: int = 128
    epochs: int = 50
    early_stopping: int = 5
    shuffle: bool = True
    precision: str = "auto"
    seed: int = 0
    mistake: str = ""
    devices: int = 1
    name: str = ""

    @property
    def listing_file(self) -> Path:
        """The listing, where the data are one."""
        assert self.listing is not None
        return self.listing


def config_of(values: Mapping[str, Any]) -> ScratchConfig:
    """A configuration, checked; what is missing has its default.

    Args:
        values: of config.json. Its "data" is one of `DATA`, or {"kind": one of them, "listing": path}.

    Raises:
        InputError: a value out of its range, or a field that does not exist; says which.

    Example:
        >>> config_of({"job": "scratch", "data": "shapes", "epochs": 3}).epochs
        3
    """
    usual = ScratchConfig()
    check_fields(values, {*(f.name for f in fields(ScratchConfig)), "job"}, "The configuration")
    kind, listing = _data(values)
    network = one_of(values, "network", NETWORKS, RECIPE)
    own = str(values.get("own") or "")
    size = _input_size(values)
    if network == OWN:
        size = own_input_size(own)
    options = _options(network, values.get("options") or {})
    _check_network(network, options, size)
    augmentation = values.get("augmentation")
    return ScratchConfig(
        data=kind,
        listing=listing,
        pictures=_whole(values, "pictures", usual.pictures),
        network=network,
        options=options,
        own=own,
        input_size=size,
        pretrained=_switch(values, "pretrained", usual.pretrained),
        frozen=_switch(values, "frozen", usual.frozen),
        batch_norm=_switch(values, "batch_norm", usual.batch_norm),
        dropout=_switch(values, "dropout", usual.dropout),
        l2=number(values, "l2", *LIMITS["l2"], usual.l2),
        augmentation=AUGMENTATION if augmentation is None else augmentation_of(dict(augmentation)),
        optimizer=one_of(values, "optimizer", OPTIMIZERS, usual.optimizer),
        learning_rate=number(values, "learning_rate", *LIMITS["learning_rate"], usual.learning_rate),
        schedule=one_of(values, "schedule", SCHEDULES, usual.schedule),
        batch_size=_whole(values, "batch_size", usual.batch_size),
        epochs=_whole(values, "epochs", usual.epochs),
        early_stopping=_whole(values, "early_stopping", usual.early_stopping),
        shuffle=_switch(values, "shuffle", usual.shuffle),
        precision=one_of(values, "precision", PRECISIONS, usual.precision),
        seed=_whole(values, "seed", usual.seed),
        mistake=one_of(values, "mistake", ("", *MISTAKES), ""),
        devices=_devices(values),
        name=str(values.get("name", "")),
    )


def values_of(config: ScratchConfig) -> dict[str, Any]:
    """The configuration as JSON holds it; `config_of` reads it again.

    Example:
        >>> config_of(values_of(ScratchConfig(epochs=7))) == ScratchConfig(epochs=7)
        True
    """
    values = {f.name: getattr(config, f.name) for f in fields(ScratchConfig)} | {"job": JOB}
    listing = {} if config.listing is None else {"listing": str(config.listing)}
    values |= {"data": {"kind": config.data, **listing}, "augmentation": asdict(config.augmentation)}
    values |= {"options": dict(config.options), "input_size": list(config.input_size)}
    del values["listing"]
    return values


def new_training(store: RunStore, values: Mapping[str, Any], *, owner: str) -> Path:
    """Make a run that waits to be submitted; its folder.

    Args:
        store: of all runs.
        values: as `config_of` takes them; "data" may hold more that a page wants to know again.
        owner: whose run it is.

    Raises:
        InputError: a value out of its range, a listing with nothing to learn from; the disk is full.
    """
    config = config_of(values)
    if config.listing is not None:
        from cnn_core.folders.listing import load_listing
        from cnn_core.transfer.dataset import dataset_of

        dataset_of(load_listing(config.listing))
    said = values.get("data")
    whole = values_of(config)
    # What else a page keeps of the data, such as their name, stays.
    whole["data"] = {**(said if isinstance(said, Mapping) else {}), **whole["data"]}
    return store.new(whole, owner=owner, name=config.name)


def own_input_size(link: str) -> tuple[int, int]:
    """Rows and columns of a network of one's own, which must take colours.

    Raises:
        InputError: a link that cannot be read, another number of channels, or sides out of range.
    """
    _, (rows, columns, channels) = decode_network(link)
    if channels != 3:
        raise InputError("The network does not take pictures in colour", "Give its input 3 channels", channels=channels)
    return _input_size({"input_size": [rows, columns]})


def _data(values: Mapping[str, Any]) -> tuple[str, Path | None]:
    said = values.get("data", "cifar10")
    said = said if isinstance(said, Mapping) else {"kind": said}
    listing = said.get("listing") or values.get("listing")
    kind = said.get("kind") or ("listing" if listing else "cifar10")
    if kind not in DATA:
        raise InputError("There are no such data", f"Choose one of {', '.join(DATA)}", data=kind)
    if (kind == "listing") != bool(listing):
        raise InputError(
            "The configuration names no pictures" if kind == "listing" else "Only a listing has a file of its own",
            'Give data: {"kind": "listing", "listing": path}',
            data=dict(said),
        )
    return str(kind), Path(str(listing)) if listing else None


def _input_size(values: Mapping[str, Any]) -> tuple[int, int]:
    size = values.get("input_size", (32, 32))
    two = isinstance(size, list | tuple) and len(size) == 2
    if not two or not all(type(side) is int and SIDES[0] <= side <= SIDES[1] for side in size):
        raise InputError(
            "Pictures of this size are not trained on here",
            f"Choose rows and columns from {SIDES[0]} to {SIDES[1]}",
            input_size=size,
        )
    return size[0], size[1]


def _whole(values: Mapping[str, Any], name: str, default: int) -> int:
    low, high = LIMITS[name]
    return whole_number(values, name, int(low), int(high), default)


def _devices(values: Mapping[str, Any]) -> int:
    devices, batch = _whole(values, "devices", 1), _whole(values, "batch_size", ScratchConfig().batch_size)
    if batch % devices:
        raise InputError(
            "A batch cannot be divided equally among the devices",
            "Choose a batch size that is a multiple of their number",
            batch_size=batch,
            devices=devices,
        )
    return devices


def _switch(values: Mapping[str, Any], name: str, default: bool) -> bool:
    return bool(one_of(values, name, (True, False), default))


def _options(network: str, options: Mapping[str, Any]) -> dict[str, Any]:
    if network not in ARCHITECTURES:
        check_fields(options, (), "This network")
        return {}
    known = {option.name: option for option in ARCHITECTURES[network].options}
    check_fields(options, known, ARCHITECTURES[network].title)
    return {name: _option(known[name], options) for name in options}


def _check_network(network: str, options: Mapping[str, Any], size: tuple[int, int]) -> None:
    """Refuse at once what the builder would refuse when the run's turn has come."""
    if options.get("auxiliary"):
        raise InputError("Only networks with one output are trained here", "Switch the auxiliary heads off")
    entry = ARCHITECTURES.get(network)
    if entry is not None and min(size) < entry.smallest:
        raise InputError(
            f"A picture of {size[0]} × {size[1]} pixels is too small for {entry.title}",
            f"The smallest that works is {entry.smallest} × {entry.smallest}",
            input_size=size,
        )


def _option(option: Option, options: Mapping[str, Any]) -> Any:
    if option.values is not None:
        return one_of(options, option.name, option.values, option.default)
    if isinstance(option.default, bool):
        return _switch(options, option.name, option.default)
    low, high = option.minimum or 0, option.maximum or 1
    if isinstance(option.default, int):
        return whole_number(options, option.name, int(low), int(high), option.default)
    return number(options, option.name, low, high, option.default)
