"""What the model card of a network that was trained from scratch says of the network, its data and its training."""

from typing import Any

from cnn_core.architectures.catalog import ARCHITECTURES
from cnn_core.training.config import OWN, RECIPE, STARTER, ScratchConfig
from cnn_core.training.mistakes import MISTAKES

_NETWORKS = {
    RECIPE: "six convolutions in three blocks and a dense layer of 512",
    OWN: "a network of its maker's own",
    STARTER: "the starter classifier of CNN Playground up to its features, and one dense layer",
}
_DATA = {
    "cifar10": "CIFAR-10 (Krizhevsky 2009)",
    "shapes": "drawn shapes of CNN Playground",
    "listing": "pictures in class folders",
}


def network_lines(config: ScratchConfig) -> list[str]:
    """How the network is built, and how it takes pixels.

    Example:
        >>> network_lines(ScratchConfig())[0]
        'Network: six convolutions in three blocks and a dense layer of 512, with batch norm, with dropout.'
    """
    title = _NETWORKS.get(config.network) or ARCHITECTURES[config.network].title
    if config.network == RECIPE:
        title += f", {_with(config.batch_norm)} batch norm, {_with(config.dropout)} dropout"
    elif config.network == STARTER:
        weights = "its trained weights" if config.pretrained else "random weights"
        title += f"; begun with {weights}{', frozen' if config.frozen else ''}"
    elif config.options:
        title += f" ({', '.join(f'{name} {value}' for name, value in config.options.items())})"
    return [f"Network: {title}.", "The preprocessing is inside: pixels are divided by 255 where the network wants it."]


def data_lines(config: ScratchConfig, result: dict[str, Any]) -> list[str]:
    """What it was trained and measured on.

    Example:
        >>> data_lines(ScratchConfig(), {"train": {"pictures": 45000}, "test": {"pictures": 10000}})
        ['CIFAR-10 (Krizhevsky 2009): 45,000 to train on, 10,000 of the test part.']
    """
    said = {"train": "to train on", "validation": "of the validation part", "test": "of the test part"}
    counts = [
        f"{result[part]['pictures']:,} {words}"
        for part, words in said.items()
        if (result.get(part) or {}).get("pictures")
    ]
    lines = [f"{_DATA[config.data]}: {', '.join(counts) or 'no longer known'}."]
    if config.mistake:
        lines.append(f"**Broken on purpose**: {MISTAKES[config.mistake].title}. Do not use it for anything.")
    return lines


def training_lines(config: ScratchConfig) -> list[str]:
    """How it was trained.

    Example:
        >>> training_lines(ScratchConfig(epochs=1))[0]
        'At most 1 epoch, adam at 0.001, plateau, batches of 128, early stopping 5, L2 0, seed 0.'
    """
    epochs = "1 epoch" if config.epochs == 1 else f"{config.epochs} epochs"
    return [
        f"At most {epochs}, {config.optimizer} at {config.learning_rate:g}, {config.schedule}, batches of"
        f" {config.batch_size}, early stopping {config.early_stopping or 'off'}, L2 {config.l2:g}, seed {config.seed}."
    ]


def _with(there: bool) -> str:
    return "with" if there else "without"
