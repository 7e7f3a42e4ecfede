"""`train.py`: a run's whole training as one plain Keras script, with only the lines that its options need.

It trains the textbook way, through the base at every step, and augments with Keras' layers. This project computes a
frozen base's features once, which is faster; figures agree within chance.
"""

from collections.abc import Sequence

from cnn_core.backbones.catalog import STARTER, Backbone, backbone_named
from cnn_core.exports.script_augmentation import augmentation_lines, batch_ending
from cnn_core.exports.script_parts import IMPORTS, PACKAGES, READ, SAVING, in_text, setting_lines
from cnn_core.exports.training_steps import fit_function, phase_lines
from cnn_core.transfer.config import FINE_TUNING, TransferConfig

FILE = "train.py"
SPLIT = "split.csv"
BACKBONE = "backbone.keras"

# The module of keras.applications that holds a builder's own preprocessing.
_MODULES = {
    "MobileNetV2": "mobilenet_v2",
    "ResNet50": "resnet50",
    "VGG16": "vgg16",
    "EfficientNetB0": "efficientnet",
    "EfficientNetV2B0": "efficientnet_v2",
    "MobileNetV3Small": "mobilenet_v3",
    "ResNet50V2": "resnet_v2",
    "DenseNet121": "densenet",
    "InceptionV3": "inception_v3",
    "Xception": "xception",
}

_DATA = '''\
class Pictures(keras.utils.PyDataset):
    """Batches of one part: pictures and one-hot classes, in an order of its own in each epoch of training."""

    def __init__(self, part):
        super().__init__()
        with open(HERE / "split.csv", encoding="utf-8", newline="") as table:
            self.rows = [row for row in csv.DictReader(table) if row["part"] == part]
        self.train = part == "train"
        self.random = np.random.default_rng(SEED)
        self.on_epoch_end()

    def __len__(self):
        return -(-len(self.rows) // BATCH)

    def on_epoch_end(self):
        if self.train:
            self.random.shuffle(self.rows)

    def __getitem__(self, index):
        rows = self.rows[index * BATCH : (index + 1) * BATCH]
        x = np.stack([read(DATA / row["file"]) for row in rows])
        y = np.eye(len(CLASSES), dtype="float32")[[CLASSES.index(row["class"]) for row in rows]]
'''


def training_script(config: TransferConfig, *, classes: Sequence[str]) -> str:
    """The script of a run; `split.csv`, and `backbone.keras` for the starter, belong beside it.

    Args:
        config: what was trained.
        classes: in the order of the network's outputs.

    Example:
        >>> from cnn_core.transfer.config import config_of, default_config
        >>> script = training_script(config_of(default_config("listing.json", backbone="vgg16")), classes=("a", "b"))
        >>> "keras.applications.VGG16(" in script, "MixUp" in script
        (True, False)
    """
    backbone = backbone_named(config.backbone)
    sections = [
        _opening(config, backbone, classes),
        READ,
        augmentation_lines(config.augmentation),
        _DATA + batch_ending(config.augmentation),
        _network(config, backbone),
        "\n".join([*fit_function(config), "", *phase_lines(config)]),
        f'test = Pictures("test")\n{SAVING}',
    ]
    return "\n\n".join(section.strip("\n") + "\n" for section in sections if section)


def _opening(config: TransferConfig, backbone: Backbone, classes: Sequence[str]) -> str:
    by_stage = isinstance(config.fine_tuning.layers, str) and FINE_TUNING in config.phases
    beside = f"{SPLIT} and {BACKBONE}" if backbone.name == STARTER else SPLIT
    lines = [
        f'"""Trains the network "{in_text(config.name)}" again, with nothing but Keras.',
        "",
        f"    python -m pip install {PACKAGES}",
        f"    python {FILE} FOLDER",
        "",
        f"FOLDER holds the pictures that {SPLIT} lists. Beside this file: {beside}.",
        '"""',
        "",
        "import csv",
        *(["import re"] if by_stage else []),
        "import sys",
        "from pathlib import Path",
        "",
        IMPORTS.format(more="from keras import layers\n").rstrip(),
        "",
        "HERE = Path(__file__).parent",
        "DATA = Path(sys.argv[1])",
        *setting_lines(
            classes=classes,
            size=config.input_size,
            batch=config.batch_size,
            seed=config.seed,
            precision=config.precision,
        ),
    ]
    return "\n".join(lines)


def _network(config: TransferConfig, backbone: Backbone) -> str:
    head = config.head
    pooling = "GlobalMaxPooling2D" if head.pooling == "max" else "GlobalAveragePooling2D"
    l2 = f", kernel_regularizer=keras.regularizers.L2({head.l2})" if head.l2 else ""
    lines = ["inputs = keras.Input((*SIZE, 3))"]
    if backbone.name == STARTER:
        lines += [
            "# Its scaling of pixels is its first layer.",
            f'base = keras.saving.load_model(HERE / "{BACKBONE}", compile=False)',
            "base.trainable = False",
            "x = base(inputs, training=False)",
        ]
    else:
        builder = backbone.builder
        lines += [
            f'base = keras.applications.{builder}(include_top=False, weights="imagenet", input_shape=(*SIZE, 3))',
            "base.trainable = False",
            "# Every network has its own: dividing by 255 for all of them is the classic mistake.",
            f"x = keras.applications.{_MODULES[builder]}.preprocess_input(inputs)",
            "x = base(x, training=False)",
        ]
    lines.append(f'x = layers.{pooling}(dtype="float32")(x)')
    if head.dense:
        lines.append(f'x = layers.Dense({head.dense}, activation="relu"{l2}, dtype="float32")(x)')
    if head.dropout:
        lines.append(f'x = layers.Dropout({head.dropout}, dtype="float32")(x)')
    lines.append(f'outputs = layers.Dense(len(CLASSES), activation="softmax"{l2}, dtype="float32")(x)')
    lines.append("model = keras.Model(inputs, outputs)")
    return "\n".join(lines)
