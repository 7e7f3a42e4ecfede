"""The lines of `train.py` that make views of the pictures, with Keras' own layers."""

from cnn_core.augmentation import Augmentation


def augmentation_lines(options: Augmentation) -> str:
    """The layers that the options need, as `augment` and `mix`; nothing where there are none.

    Example:
        >>> print(augmentation_lines(Augmentation(flip=True, mixup=0.2)))
        augment = keras.Sequential(
            [
                layers.RandomFlip("horizontal", seed=SEED),
            ]
        )
        mix = layers.MixUp(alpha=0.2, seed=SEED)
    """
    steps = []
    if options.rotation:
        steps.append(f"layers.RandomRotation({options.rotation / 360:.6g}, seed=SEED)")
    if options.shift:
        steps.append(f"layers.RandomTranslation({options.shift}, {options.shift}, seed=SEED)")
    if options.zoom:
        steps.append(f"layers.RandomZoom({options.zoom}, seed=SEED)")
    if options.flip:
        steps.append('layers.RandomFlip("horizontal", seed=SEED)')
    if options.brightness:
        steps.append(f"layers.RandomBrightness({options.brightness}, seed=SEED)")
    if options.contrast:
        steps.append(f"layers.RandomContrast({options.contrast}, seed=SEED)")
    if options.cutout:
        area = options.cutout**2
        steps.append(f"layers.RandomErasing(1.0, scale=({area:.6g}, {area:.6g}), fill_value=128, seed=SEED)")
    lines = []
    if steps:
        lines += ["augment = keras.Sequential(", "    [", *(f"        {step}," for step in steps), "    ]", ")"]
    if options.mixup:
        lines.append(f"mix = layers.MixUp(alpha={options.mixup}, seed=SEED)")
    return "\n".join(lines)


def batch_ending(options: Augmentation) -> str:
    """The last lines of a data set's `__getitem__`, with x and y at hand.

    Example:
        >>> print(batch_ending(Augmentation()).strip())
        return x, y
    """
    lines = []
    if options.changes_pictures:
        lines += ["if self.train:", "    x = np.asarray(augment(x, training=True))"]
    if options.mixup:
        lines += [
            "if self.train and len(x) > 1:",
            '    mixed = mix({"images": x, "labels": y}, training=True)',
            '    x, y = np.asarray(mixed["images"]), np.asarray(mixed["labels"])',
        ]
    return "\n".join(f"        {line}" for line in [*lines, "return x, y"])
