"""The lines of `train.py` that compile and fit: optimizer, schedule, callbacks, class weights, and the phases."""

import re

from cnn_core.backbones.catalog import STARTER
from cnn_core.transfer.config import FEATURE_EXTRACTION, FINE_TUNING, TransferConfig

_OPTIMIZERS = {
    "adam": "keras.optimizers.Adam(rate)",
    "adamw": "keras.optimizers.AdamW(rate, weight_decay=0.004)",
    "rmsprop": "keras.optimizers.RMSprop(rate)",
    "sgd": "keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)",
}


def fit_function(config: TransferConfig) -> list[str]:
    """Data, class weights and a function that fits one phase.

    Example:
        >>> from cnn_core.transfer.config import config_of, default_config
        >>> lines = fit_function(config_of(default_config("listing.json", backbone="vgg16")))
        >>> lines[0]
        'train, validation = Pictures("train"), Pictures("validation")'
    """
    lines = ['train, validation = Pictures("train"), Pictures("validation")']
    weights = ""
    if config.class_weights:
        lines += [
            'counts = [sum(row["class"] == name for row in train.rows) for name in CLASSES]',
            "weights = {k: len(train.rows) / (len(CLASSES) * max(count, 1)) for k, count in enumerate(counts)}",
        ]
        weights = "class_weight=weights, "
    body = fit_lines(
        optimizer=config.optimizer,
        schedule=config.schedule,
        early_stopping=config.early_stopping,
        patience=2,
        smoothing=config.head.label_smoothing,
        weights=weights,
    )
    return [*lines, "", "", "def fit(rate, epochs):", *(f"    {line}" for line in body)]


def fit_lines(
    *, optimizer: str, schedule: str, early_stopping: int, patience: int, smoothing: float = 0.0, weights: str = ""
) -> list[str]:
    """Compile `model` and fit it on `train`, with `rate`, `epochs` and `validation` at hand.

    Args:
        optimizer: a name of `_OPTIMIZERS`.
        schedule: "constant", "plateau" or "cosine".
        early_stopping: epochs without a smaller loss that end it; 0 for never.
        patience: of the plateau.
        smoothing: of the labels.
        weights: one more argument of `fit`, with its comma.

    Example:
        >>> fit_lines(optimizer="rmsprop", schedule="constant", early_stopping=0, patience=3)[1]
        'model.compile(keras.optimizers.RMSprop(rate), keras.losses.CategoricalCrossentropy(), metrics=["accuracy"])'
    """
    lines = []
    if schedule == "cosine":
        lines += [
            "steps = epochs * len(train)",
            "rising = max(1, round(0.1 * steps))",
            "rate = keras.optimizers.schedules.CosineDecay(",
            "    0.0, max(1, steps - rising), warmup_target=rate, warmup_steps=rising",
            ")",
        ]
    lines.append("callbacks = []")
    checked = []
    if early_stopping:
        checked.append(f"keras.callbacks.EarlyStopping(patience={early_stopping}, restore_best_weights=True)")
    if schedule == "plateau":
        checked.append(f"keras.callbacks.ReduceLROnPlateau(factor=0.5, patience={patience})")
    if checked:
        # What these watch is the loss of the validation part.
        lines += ["if len(validation):", "    callbacks += [", *(f"        {call}," for call in checked), "    ]"]
    loss = f"keras.losses.CategoricalCrossentropy({f'label_smoothing={smoothing}' if smoothing else ''})"
    return [
        *lines,
        f'model.compile({_OPTIMIZERS[optimizer]}, {loss}, metrics=["accuracy"])',
        "data = validation if len(validation) else None",
        f"model.fit(train, validation_data=data, epochs=epochs, {weights}callbacks=callbacks, verbose=2)",
    ]


def phase_lines(config: TransferConfig) -> list[str]:
    """The phases, in order.

    Example:
        >>> from cnn_core.transfer.config import config_of, default_config
        >>> phase_lines(config_of(default_config("listing.json", backbone="vgg16")))[-1]
        'fit(0.001, 10)'
    """
    lines = []
    if FEATURE_EXTRACTION in config.phases:
        lines += ["", "# Feature extraction: the base stays as it is.", f"fit({config.learning_rate}, {config.epochs})"]
    if FINE_TUNING in config.phases:
        lines += ["", "# Fine-tuning: the last layers of the base are trained too, gently.", *_unfreezing(config)]
        lines.append(f"fit({config.fine_tuning.learning_rate}, {config.fine_tuning.epochs})")
    return lines


def _unfreezing(config: TransferConfig) -> list[str]:
    wanted = config.fine_tuning.layers
    if isinstance(wanted, str):
        # A stage's number ends where the digits end: block_1 is not block_16.
        lines = [
            rf'stage = re.compile(r"{re.escape(wanted)}(?!\d)")',
            "first = next(k for k, layer in enumerate(base.layers) if stage.match(layer.name))",
        ]
    else:
        lines = [f"first = max(0, len(base.layers) - {wanted})"]
    lines += ["base.trainable = True", "for k, layer in enumerate(base.layers):", "    layer.trainable = k >= first"]
    if config.fine_tuning.batch_norm_inference:
        lines += [
            "    if isinstance(layer, layers.BatchNormalization):",
            "        # fit would replace its statistics of a million pictures by those of a few.",
            "        layer.trainable = False",
        ]
    if config.backbone == STARTER:
        lines += [
            '    if layer.name in ("preprocess", "whiten"):',
            "        layer.trainable = False  # they were computed, not trained",
        ]
    return lines
