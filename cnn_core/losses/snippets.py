"""Short programs that give the numbers of the losses page. Each is text that runs as it is."""

from collections.abc import Mapping
from dataclasses import fields

from cnn_core.losses.binary import LossOptions
from cnn_core.losses.moved_mask import Change

# How Keras' classes are called, with the options of theirs that are set.
_KERAS = {
    "cross_entropy": "BinaryCrossEntropy(label_smoothing={o.label_smoothing!r})",
    "focal": "BinaryFocal(gamma={o.gamma!r}, alpha={o.alpha!r}, label_smoothing={o.label_smoothing!r})",
    "dice": "Dice(smooth={o.smooth!r})",
    "jaccard": "Jaccard(smooth={o.smooth!r})",
    "tversky": "Tversky(alpha={o.fp_weight!r}, beta={o.fn_weight!r}, smooth={o.smooth!r})",
}


def curve_code(names: tuple[str, ...], *, truth: int, found: float, options: LossOptions) -> Mapping[str, str]:
    """Losses and gradients of one pixel; leaves `losses`, name -> number, and `gradients`, by p.

    Example:
        >>> code = curve_code(("dice",), truth=1, found=0.5, options=LossOptions())
        >>> scope = {}
        >>> exec(code["NumPy"], scope)
        0.2
        >>> round(scope["gradients"]["dice"], 4)
        -0.48
    """
    numpy = f"""import numpy as np

t, p = {truth}, {found!r}
gamma, alpha, smoothing = {options.gamma!r}, {options.alpha!r}, {options.label_smoothing!r}
fp_weight, fn_weight, s = {options.fp_weight!r}, {options.fn_weight!r}, {options.smooth!r}


def cross_entropy(p):
    soft = t * (1 - smoothing) + smoothing / 2
    return -soft * np.log(p) - (1 - soft) * np.log(1 - p)


def focal(p):
    soft = t * (1 - smoothing) + smoothing / 2
    weight = soft * alpha + (1 - soft) * (1 - alpha)
    error = soft * (1 - p) + (1 - soft) * p
    return weight * error**gamma * cross_entropy(p)


def dice(p):
    return 1 - (2 * t * p + s) / (t + p + s)


def jaccard(p):
    return 1 - (t * p + s) / (t + p - t * p + s)


def tversky(p):
    return 1 - (t * p + s) / (t * p + fp_weight * (1 - t) * p + fn_weight * t * (1 - p) + s)


losses, gradients = {{}}, {{}}
for loss in ({", ".join(names)},):
    losses[loss.__name__] = float(loss(p))
    # The slope between two points close by.
    gradients[loss.__name__] = float((loss(p + 1e-6) - loss(p - 1e-6)) / 2e-6)
{_printed(names)}"""
    keras = f"""import tensorflow as tf

from cnn_core.losses.entropy import BinaryCrossEntropy, BinaryFocal
from cnn_core.losses.overlap import Dice, Jaccard, Tversky

truth, found = tf.constant([[{truth}.0]]), tf.constant([[{found!r}]])
losses, gradients = {{}}, {{}}
for name, loss in {{
{_classes(names, options)}}}.items():
    with tf.GradientTape() as tape:
        tape.watch(found)
        value = loss(truth, found)
    losses[name], gradients[name] = float(value), float(tape.gradient(value, found)[0, 0])
{_printed(names)}"""
    return {"NumPy": numpy, "Keras": keras}


def mask_code(mask: str, change: Change, names: tuple[str, ...], options: LossOptions) -> Mapping[str, str]:
    """The losses of a changed mask; leaves `losses`, name -> number.

    Example:
        >>> scope = {}
        >>> exec(mask_code("disc", Change(sure=1.0), ("dice",), LossOptions())["NumPy"], scope)
        0.0
    """
    both = f"""from cnn_core.losses.moved_mask import Change, predicted_mask, true_mask

truth = true_mask({mask!r})
found = predicted_mask(truth, {change!r})
"""
    numpy = f"""from cnn_core.losses.binary import LossOptions, loss_of
{both}
options = {_short(options)}
results = {{name: loss_of(name, truth, found, options) for name in {names!r}}}
losses = {{name: result.value for name, result in results.items()}}
gradients = {{name: result.logit_gradient for name, result in results.items()}}
{_printed(names)}"""
    keras = f"""from cnn_core.losses.entropy import BinaryCrossEntropy, BinaryFocal
{both.partition(chr(10))[0]}
from cnn_core.losses.overlap import Dice, Jaccard, Tversky
{both.partition(chr(10))[2]}
losses = {{}}
for name, loss in {{
{_classes(names, options)}}}.items():
    losses[name] = float(loss(truth[None, ..., None], found[None, ..., None]))
{_printed(names)}"""
    return {"NumPy": numpy, "Keras": keras}


def imbalance_code(names: tuple[str, ...], *, share: float, says: float, options: LossOptions) -> Mapping[str, str]:
    """The losses of an all-background prediction; leaves `losses` and `shares`, of the gradient from the foreground.

    Example:
        >>> scope = {}
        >>> exec(imbalance_code(("dice",), share=0.01, says=0.01, options=LossOptions())["NumPy"], scope)
        0.9851
    """
    return {
        "NumPy": f"""import numpy as np

from cnn_core.losses.binary import LossOptions, loss_of

truth = np.zeros(10_000)
truth[: round(10_000 * {share!r})] = 1
found = np.full(10_000, {says!r})
options = {_short(options)}
losses, shares = {{}}, {{}}
for name in {names!r}:
    result = loss_of(name, truth, found, options)
    pull = np.abs(result.logit_gradient)
    losses[name], shares[name] = result.value, float(pull[truth == 1].sum() / pull.sum())
{_printed(names)}"""
    }


def _classes(names: tuple[str, ...], options: LossOptions) -> str:
    return "".join(f"    {name!r}: {_KERAS[name].format(o=options)},\n" for name in names)


def _printed(names: tuple[str, ...]) -> str:
    return f"print(round(losses[{names[0]!r}], 4))\n" if len(names) == 1 else "print(losses)\n"


def _short(options: LossOptions) -> str:
    usual = LossOptions()
    changed = {field.name: getattr(options, field.name) for field in fields(options)}
    set_here = {name: value for name, value in changed.items() if value != getattr(usual, name)}
    return f"LossOptions({', '.join(f'{name}={value!r}' for name, value in set_here.items())})"
