"""What this page calls things: data, networks, phases of a run."""

from collections.abc import Mapping

from cnn_core.architectures.catalog import ARCHITECTURES
from cnn_core.training.config import NETWORKS, OWN, RECIPE, STARTER, ScratchConfig

DATA = {
    "cifar10": "CIFAR-10",
    "shapes": "Drawn shapes",
    "listing": "Your own pictures",
}
_TITLES = {
    RECIPE: "The recipe: six convolutions",
    OWN: "One that you built",
    STARTER: "The starter, up to its features",
}
NETWORK_TITLES: Mapping[str, str] = {
    name: _TITLES[name] if name in _TITLES else ARCHITECTURES[name].title for name in NETWORKS
}
OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD with momentum", "rmsprop": "RMSprop"}
SCHEDULES = {
    "plateau": "halved on a plateau",
    "cosine": "cosine with warm-up",
    "constant": "constant",
}
PRECISIONS = {"auto": "automatic", "float32": "float32", "mixed": "mixed"}
PHASES = {
    "reading": "Reading the pictures",
    "building": "Building the network",
    "scratch": "Training",
    "evaluating": "Asking about the held-out pictures",
    "saving": "Saving the network",
}
PAIR_PHASES = {
    "reading": PHASES["reading"],
    "building": PHASES["building"],
    "pair": "Training",
    "evaluating": "Asking about the test pictures",
}


def run_name(config: ScratchConfig, *, data: str = "") -> str:
    """What a run is called where nobody gives it a name.

    Example:
        >>> run_name(ScratchConfig(data="shapes", epochs=5))
        'The recipe, drawn shapes, 5 epochs'
    """
    network = NETWORK_TITLES[config.network].split(":")[0]
    kind = data or data_name(config.data)
    return f"{network}, {kind}, {config.epochs} epoch{'' if config.epochs == 1 else 's'}"


def data_name(kind: str) -> str:
    """What kind of pictures it is, within a name.

    Example:
        >>> data_name("shapes"), data_name("cifar10")
        ('drawn shapes', 'CIFAR-10')
    """
    return DATA[kind] if kind == "cifar10" else DATA[kind].lower()
