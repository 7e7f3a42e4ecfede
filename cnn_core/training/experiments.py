"""Best practice as experiments: two trainings that differ in one thing, small enough for two processor cores.

Both sides of a pair have the same first weights where they have the same layers, the same pictures in the same order,
and the same held-out pictures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cnn_core.own_network.layers import LayerSpec, layer
from cnn_core.own_network.link import encode_network

SIDE = 16
_WIDTHS = (16, 32, 64)
_UNITS = 64
_GUIDE = {"rotation": 15.0, "shift": 0.1, "flip": True, "zoom": 0.1}


def small_layers(*, batch_norm: bool = False, dropout: float = 0.0) -> tuple[LayerSpec, ...]:
    """Three 3 x 3 convolutions of 16, 32 and 64 filters, each pooled, and a dense layer of 64.

    What is switched off leaves a layer that does nothing in its place, so that all others keep their names, and with
    them their first weights.

    Args:
        batch_norm: between each convolution and its ReLU.
        dropout: share of the dense layer's values that are dropped.

    Example:
        >>> off, on = small_layers(), small_layers(batch_norm=True, dropout=0.5)
        >>> len(off) == len(on), [one.kind for one in on][:4]
        (True, ['convolution', 'batch_norm', 'activation', 'pooling'])
    """
    layers: list[LayerSpec] = []
    for width in _WIDTHS:
        layers += [
            layer("convolution", filters=width, activation="linear"),
            layer("batch_norm", momentum=0.9) if batch_norm else layer("activation", activation="linear"),
            layer("activation", activation="relu"),
            layer("pooling"),
        ]
    layers += [layer("flatten"), layer("dense", units=_UNITS), layer("dropout", rate=dropout)]
    return (*layers, layer("dense", units=10, activation="softmax"))


def small_network(*, batch_norm: bool = False, dropout: float = 0.0) -> dict[str, Any]:
    """The fields of a configuration that ask for `small_layers`.

    Example:
        >>> small_network()["network"]
        'own'
    """
    specs = small_layers(batch_norm=batch_norm, dropout=dropout)
    return {"network": "own", "own": encode_network(specs, (SIDE, SIDE, 3))}


# What every pair has in common unless it says otherwise.
BASE: Mapping[str, Any] = {
    "data": "shapes",
    "pictures": 800,
    "epochs": 20,
    "batch_size": 32,
    "optimizer": "adam",
    "learning_rate": 0.002,
    "schedule": "constant",
    "early_stopping": 0,
    "augmentation": {},
    "precision": "float32",
    **small_network(),
}


@dataclass(frozen=True)
class Side:
    """One of the two trainings.

    Attributes:
        label: what it is called in a legend and in the verdict.
        values: in what its configuration differs from the other's.
    """

    label: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Experiment:
    """Two trainings that differ in one thing.

    Attributes:
        title: the thing.
        question: that the pair answers.
        why: what it does, in one or two sentences.
        look: what to look for in the curves.
        first, second: the sides; the second has what the question is about.
        values: what both have in common beyond `BASE`.
        data: what it can be tried on.
        seen: what the pair showed at its usual setting, with which seeds.
    """

    title: str
    question: str
    why: str
    look: str
    first: Side
    second: Side
    values: Mapping[str, Any] = field(default_factory=dict)
    data: tuple[str, ...] = ("shapes", "cifar10")
    seen: str = ""


EXPERIMENTS: Mapping[str, Experiment] = {
    "augmentation": Experiment(
        "Augmentation",
        "Does it help to show other views of the same pictures?",
        "Each picture is turned by up to 15°, shifted and zoomed by up to 10 % and mirrored, anew in every epoch.",
        "Whether the held-out loss turns and rises while the training loss falls on: overfitting.",
        Side("no augmentation", {"augmentation": {}}),
        Side("augmentation", {"augmentation": _GUIDE}),
        {**small_network(batch_norm=True), "epochs": 40},
        seen="with seed 0, 44.9 % without and 56.9 % with it: 12.0 points, 95 % interval 8.1 to 15.7; after 20 epochs "
        "there was no difference that could be told from chance. Seeds 1 and 2 gave 20.5 and 17.8 points: told.",
    ),
    "batch_norm": Experiment(
        "Batch norm",
        "Does batch norm make a network learn faster?",
        "After each convolution every channel gets mean 0 and variance 1 over the batch, then a scale and shift.",
        "The loss of the first epochs.",
        Side("no batch norm", small_network()),
        Side("batch norm", small_network(batch_norm=True)),
        {"epochs": 12},
        seen="with seed 0, 25.9 % without and 39.9 % with it: 14.0 points, 95 % interval 10.2 to 17.7. "
        "Seeds 1 and 2 gave 4.7 and 8.8 points: over three seeds not told from chance.",
    ),
    "dropout": Experiment(
        "Dropout",
        "Does dropout help against overfitting?",
        "While training, each value of the dense layer is set to 0 with probability 0.5.",
        "The gap between the training loss and the held-out loss.",
        Side("no dropout", small_network(batch_norm=True)),
        Side("dropout", small_network(batch_norm=True, dropout=0.5)),
        {"pictures": 400, "epochs": 15},
        seen=(
            "with seed 0, 29.7 % without and 22.3 % with it: 7.4 points worse after so few epochs, 95 % "
            "interval 4.3 to 10.9. The gap did close: without it 100 % in training and a held-out loss of "
            "2.57, with it 44 % and 1.79. Seeds 1 and 2 gave 4.2 and 6.9 points worse: told."
        ),
    ),
    "l2": Experiment(
        "L2",
        "Do penalised weights help against overfitting?",
        "The sum of the squared kernels, times 0.003, is added to the loss: large weights must earn their keep.",
        "The training loss contains the penalty, so only the held-out curves can be compared.",
        Side("no L2", {"l2": 0.0}),
        Side("L2 0.003", {"l2": 0.003}),
        {**small_network(batch_norm=True), "pictures": 400, "epochs": 15},
        seen="with seed 0, 29.7 % without and 30.8 % with it: no difference that can be told from chance. "
        "Seeds 1 and 2 gave 0.7 and 2.2 points worse.",
    ),
    "schedule": Experiment(
        "Schedule",
        "Does it help to lower the learning rate towards the end?",
        "The rate rises over the first tenth of the updates and falls along a cosine to 0, or stays at its peak.",
        "The last epochs: how much each curve still jumps about.",
        Side("constant rate", {"schedule": "constant"}),
        Side("cosine", {"schedule": "cosine"}),
        {**small_network(batch_norm=True), "learning_rate": 0.01},
        seen=(
            "with seed 0, 44.9 % at the constant rate and 56.1 % with the cosine: 11.2 points, 95 % interval "
            "7.3 to 14.8. Seeds 1 and 2 gave 39.0 and 17.1 points: always better, by so different amounts that the "
            "interval over three seeds holds 0."
        ),
    ),
    "transfer": Experiment(
        "Transfer",
        "Does it help to begin with weights that were trained on other pictures?",
        "The same network and a few drawn shapes; one begins with weights learned from 50,000 photos of CIFAR-10.",
        "The first epochs, and how far random weights come with so few pictures.",
        Side("random weights", {"pretrained": False}),
        Side("trained weights", {"pretrained": True}),
        {
            "network": "starter",
            "own": "",
            "input_size": [SIDE, SIDE],
            "frozen": False,
            "dropout": False,
            "pictures": 150,
            "epochs": 6,
            "batch_size": 16,
        },
        # The weights were trained on CIFAR-10: there the comparison would prove nothing.
        ("shapes",),
        seen=(
            "with seed 0, 16.5 % from random weights, which is chance, and 50.8 % from trained ones: 34.3 "
            "points, 95 % interval 30.7 to 38.0. Seeds 1 and 2 gave 29.5 and 33.8 points: told."
        ),
    ),
    "batch_size": Experiment(
        "Batch size",
        "What does a larger batch change when epochs and learning rate stay?",
        "A batch eight times as large means an eighth of the updates, each from a mean over more pictures.",
        "The loss by epoch: the larger batch has made an eighth of the updates.",
        Side("batches of 16", {"batch_size": 16}),
        Side("batches of 128", {"batch_size": 128}),
        {"epochs": 15},
        seen=(
            "with seed 0, batches of 16 reach 43.9 % and batches of 128 30.8 %: 13.1 points, 95 % interval 9.4 to "
            "17.2. Seeds 1 and 2 gave 15.6 points and 0.5 the other way: not told from chance."
        ),
    ),
    "optimizer": Experiment(
        "Optimizer",
        "Does Adam learn faster than SGD at the same learning rate?",
        "SGD (Nesterov momentum 0.9) takes the same rate for every weight; Adam divides by the gradient's usual size.",
        "The first epochs. Each optimizer has a learning rate that suits it; here both have the same.",
        Side("SGD", {"optimizer": "sgd"}),
        Side("Adam", {"optimizer": "adam"}),
        {"epochs": 15},
        seen="with seed 0, SGD 16.7 %, which is chance, and Adam 33.1 %: 16.4 points, 95 % interval 13.0 to 19.7. "
        "Seeds 1 and 2 gave 21.2 and 15.8 points: told.",
    ),
}


def side_values(name: str, side: str) -> dict[str, Any]:
    """The fields of the configuration of one side of an experiment, "first" or "second".

    Example:
        >>> first, second = side_values("l2", "first"), side_values("l2", "second")
        >>> [name for name in first if first[name] != second[name]]
        ['l2']
    """
    experiment = EXPERIMENTS[name]
    chosen: Side = getattr(experiment, side)
    return {**BASE, **experiment.values, **chosen.values}
