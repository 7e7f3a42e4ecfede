"""Which layers of the base are unfrozen for fine-tuning.

Batch norm: `fit` overrides a `training=False` that was given when the network was put together, and an unfrozen
batch-norm layer then replaces statistics of a million pictures by those of a few. In Keras a batch-norm layer whose
`trainable` is False answers in inference mode whatever calls it, so that is what is set on every one of them.
"""

from typing import TYPE_CHECKING

from cnn_core.backbones.catalog import backbone_named, stage_of
from cnn_core.errors import InputError
from cnn_core.transfer.config import FineTuningOptions

if TYPE_CHECKING:
    import keras


def unfreeze(backbone: "keras.Model", name: str, *, options: FineTuningOptions) -> tuple[str, ...]:
    """Set which of the backbone's layers are trained; all others are frozen. Returns the names of those with weights.

    Args:
        backbone: as `load_backbone` gives it.
        name: of the backbone, for its stages.
        options: how many layers, or which stage; whether batch norm stays as it is.

    Raises:
        InputError: a stage that the network does not have; nothing in it that could be trained.
    """
    import keras

    layers = list(backbone.layers)
    first = _first(layers, name, options.layers)
    trained = []
    for number, layer in enumerate(layers):
        fixed = isinstance(layer, keras.layers.BatchNormalization) and options.batch_norm_inference
        # The starter's whitening and the preprocessing were never trained by gradients.
        layer.trainable = number >= first and not fixed and not _given(layer)
        if layer.trainable and layer.weights:
            trained.append(layer.name)
    if not trained:
        raise InputError("None of these layers has weights to train", "Unfreeze more layers", layers=options.layers)
    return tuple(trained)


def _first(layers: "list[keras.layers.Layer]", name: str, wanted: int | str) -> int:
    if isinstance(wanted, int):
        return max(0, len(layers) - wanted)
    backbone = backbone_named(name)
    for number, layer in enumerate(layers):
        if stage_of(backbone, layer.name) == wanted:
            return number
    raise InputError(
        f"{backbone.title} has no such stage", f"Choose one of {', '.join(backbone.stages)}", layers=wanted
    )


def _given(layer: "keras.layers.Layer") -> bool:
    return layer.name in {"preprocess", "whiten"}
