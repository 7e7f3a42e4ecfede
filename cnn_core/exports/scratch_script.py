"""`train.py` of a training from scratch: all of it in plain Keras, with only the lines that its options need.

The same pictures, network, optimizer and stopping; first weights, order and views are drawn by Keras, so figures agree
within chance.
"""

import re
from collections.abc import Sequence

from cnn_core.exports.script_augmentation import augmentation_lines, batch_ending
from cnn_core.exports.script_parts import IMPORTS, PACKAGES, READ, SAVING, in_text, setting_lines
from cnn_core.exports.training_script import FILE, SPLIT
from cnn_core.exports.training_steps import fit_lines
from cnn_core.training.config import RECIPE, STARTER, ScratchConfig
from cnn_core.training.data import counts_of
from cnn_core.training.train import PATIENCE

PICTURES = "pictures.npz"
START = "start.keras"

_CIFAR = """\
(x, y), (x_test, y_test) = keras.datasets.cifar10.load_data()
# A fixed order: the last 5,000 are held out, whatever is trained.
order = np.random.default_rng(0).permutation(50_000)
chosen, held_out = order[:{train}], order[{first}:{last}]
tested = np.random.default_rng(0).permutation(10_000)[:{test}]
parts = {{
    "train": (x[chosen], y[chosen, 0]),
    "validation": (x[held_out], y[held_out, 0]),
    "test": (x_test[tested], y_test[tested, 0]),
}}
"""
_STRETCHED = '''

def stretched(pictures):
    """As the network wants them: (N, *SIZE, 3)."""
    rows, columns = min(SIZE[0], 32), min(SIZE[1], 32)
    smaller = [cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA) for picture in pictures]
    return np.stack([cv2.resize(picture, (SIZE[1], SIZE[0]), interpolation=cv2.INTER_LINEAR) for picture in smaller])


parts = {name: (stretched(x), y) for name, (x, y) in parts.items()}
'''
_SHAPES = """\
stored = np.load(HERE / "{file}")
parts = {{name: (stored[f"x_{{name}}"], stored[f"y_{{name}}"]) for name in ("train", "validation", "test")}}
"""
_LISTING = """\
with open(HERE / "{split}", encoding="utf-8", newline="") as table:
    rows = list(csv.DictReader(table))


def part(name):
    chosen = [row for row in rows if row["part"] == name]
    x = np.empty((len(chosen), *SIZE, 3), "uint8")
    for k, row in enumerate(chosen):
        x[k] = read(DATA / row["file"])
    return x, np.array([CLASSES.index(row["class"]) for row in chosen], int)


parts = {{name: part(name) for name in ("train", "validation", "test")}}
"""
_FEWER = """\
x, y = parts["train"]
chosen = np.sort(np.random.default_rng(0).permutation(len(x))[:{pictures}])
parts["train"] = x[chosen], y[chosen]
"""
_STARTED = """\
# As it was when the training began.
model = keras.saving.load_model(HERE / "{file}", compile=False)
"""
_L2 = """
for variable in model.trainable_variables:
    if variable.path.endswith("kernel"):
        variable.regularizer = keras.regularizers.L2({l2})
"""
_BATCHES = '''\
class Batches(keras.utils.PyDataset):
    """Pictures and one-hot classes; those to train on come {how}."""

    def __init__(self, x, y, train=False):
        super().__init__()
        self.x, self.y, self.train = x, y, train
        self.order = np.arange(len(x))
        self.random = np.random.default_rng(SEED)
        self.on_epoch_end()

    def __len__(self):
        return -(-len(self.x) // BATCH)

    def on_epoch_end(self):
        {shuffled}

    def __getitem__(self, index):
        chosen = self.order[index * BATCH : (index + 1) * BATCH]
        x = self.x[chosen].astype("float32")
        y = np.eye(len(CLASSES), dtype="float32")[self.y[chosen]]
'''


def scratch_script(config: ScratchConfig, *, classes: Sequence[str], network: str = "") -> str:
    """The script of a run. `pictures.npz`, `split.csv` or `start.keras` belong beside it where it reads them.

    Args:
        config: what was trained.
        classes: in the order of the network's outputs.
        network: code that ends with `model`, as `network_code` gives it; not needed for the recipe and the starter.

    Example:
        >>> script = scratch_script(ScratchConfig(l2=1e-4), classes=("a", "b"))
        >>> "layers.RandomRotation(0.0416667" in script, "keras.regularizers.L2(0.0001)" in script, "csv" in script
        (True, True, False)
    """
    body = [
        READ if config.data == "listing" else "",
        _data(config),
        augmentation_lines(config.augmentation),
        _batches(config),
        _network(config, network),
        _fit(config),
        SAVING,
    ]
    text = "\n\n".join(section.strip("\n") + "\n" for section in body if section)
    return f"{_opening(config, classes, text)}\n\n\n{text}"


def _opening(config: ScratchConfig, classes: Sequence[str], body: str) -> str:
    listing = config.data == "listing"
    beside = [SPLIT] * listing + [PICTURES] * (config.data == "shapes") + [START] * (config.network == STARTER)
    said = f"FOLDER holds the pictures that {SPLIT} lists. " if listing else ""
    said += (
        f"Beside this file: {' and '.join(beside)}." if beside else "CIFAR-10 is downloaded the first time (170 MB)."
    )
    packages = PACKAGES if listing else "keras tensorflow numpy" + " opencv-python-headless" * ("cv2." in body)
    layers = re.search(r"(?<!\.)\blayers\.", body)
    imports = IMPORTS.format(more="from keras import layers\n" if layers else "").splitlines()
    imports = [line for line in imports if line.split()[1] not in {"cv2", "PIL"} or f"{line.split()[-1]}." in body]
    lines = [
        f'"""Trains the network "{in_text(config.name)}" again, with nothing but Keras.',
        "",
        f"    python -m pip install {packages}",
        f"    python {FILE}{' FOLDER' * listing}",
        "",
        said,
        '"""',
        "",
        *(["import csv", "import sys"] * listing),
        "from pathlib import Path",
        "",
        *imports,
        "",
        "HERE = Path(__file__).parent",
        *(["DATA = Path(sys.argv[1])"] * listing),
        *setting_lines(
            classes=classes,
            size=config.input_size,
            batch=config.batch_size,
            seed=config.seed,
            precision=config.precision,
        ),
    ]
    return "\n".join(lines)


def _data(config: ScratchConfig) -> str:
    if config.data == "listing":
        fewer = _FEWER.format(pictures=config.pictures) if config.pictures else ""
        return _LISTING.format(split=SPLIT) + fewer
    if config.data == "shapes":
        return _SHAPES.format(file=PICTURES)
    counts = counts_of(config)
    text = _CIFAR.format(
        train=f"{counts.train:_}", first="45_000", last=f"{45_000 + counts.validation:_}", test=f"{counts.test:_}"
    )
    return text if config.input_size == (32, 32) else text + _STRETCHED


def _batches(config: ScratchConfig) -> str:
    how = ["in a new order"] * config.shuffle + ["in new views"] * bool(augmentation_lines(config.augmentation))
    shuffled = "if self.train:\n            self.random.shuffle(self.order)" if config.shuffle else "pass"
    text = _BATCHES.format(how=f"{' and '.join(how)} each epoch" if how else "as they are", shuffled=shuffled)
    return text + batch_ending(config.augmentation)


def _network(config: ScratchConfig, network: str) -> str:
    if config.network == STARTER:
        text = _STARTED.format(file=START)
    elif config.network == RECIPE:
        text = _recipe(batch_norm=config.batch_norm, dropout=config.dropout)
    else:
        text = network.replace("import keras\n", "", 1).lstrip("\n")
    return text.rstrip() + (_L2.format(l2=config.l2) if config.l2 else "")


def _recipe(*, batch_norm: bool, dropout: bool) -> str:
    lines = [
        "stack = [keras.Input((*SIZE, 3)), layers.Rescaling(1 / 255)]",
        "for filters in (32, 64, 128):",
        "    stack += [",
        '        layers.Conv2D(filters, 3, padding="same", activation="relu"),',
        *(
            [
                "        # At the usual momentum of 0.99 its statistics lag hundreds of steps behind.",
                "        layers.BatchNormalization(momentum=0.9),",
            ]
            * batch_norm
        ),
        '        layers.Conv2D(filters, 3, padding="same", activation="relu"),',
        "        layers.MaxPooling2D(2),",
        *(["        layers.Dropout(0.25),"] * dropout),
        "    ]",
        'stack += [layers.Flatten(), layers.Dense(512, activation="relu")]',
        *(["stack.append(layers.Dropout(0.5))"] * dropout),
        'stack.append(layers.Dense(len(CLASSES), activation="softmax"))',
        "model = keras.Sequential(stack)",
    ]
    return "\n".join(lines)


def _fit(config: ScratchConfig) -> str:
    lines = [
        'train = Batches(*parts["train"], train=True)',
        'validation, test = Batches(*parts["validation"]), Batches(*parts["test"])',
        f"rate, epochs = {config.learning_rate}, {config.epochs}",
        *fit_lines(
            optimizer=config.optimizer,
            schedule=config.schedule,
            early_stopping=config.early_stopping,
            patience=PATIENCE,
        ),
    ]
    return "\n".join(lines)
