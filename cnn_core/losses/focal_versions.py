"""The focal loss in the ways in which it is found in code, on a few pixels: which of them weight, and which do not.

Lin et al. 2017, equation 5, weight the foreground with alpha and the background with 1 - alpha.
"""

from dataclasses import dataclass

from cnn_core.losses.binary import LossOptions, pixel_loss

VERSIONS = {
    "paper": "Equation 5: α for the foreground, 1 − α for the background",
    "one_alpha": "α for both",
    "no_alpha": "No α",
    "hard_labels": "The guide's, once it runs",
}


@dataclass(frozen=True)
class FocalPixel:
    """One pixel under each version.

    Attributes:
        truth: its label after smoothing.
        found: probability of foreground.
        values: by the names of `VERSIONS`.
    """

    truth: float
    found: float
    values: dict[str, float]


def focal_pixel(truth: int, found: float, *, gamma: float, alpha: float, label_smoothing: float = 0.0) -> FocalPixel:
    """The focal loss of one pixel in each version.

    The guide's asks whether a label equals 1: one of 0.95 is background for it.

    Args:
        truth: 0 or 1.
        found: probability of foreground.
        gamma: 0 or more.
        alpha: in [0, 1].
        label_smoothing: in [0, 1].

    Raises:
        InputError: a number out of its range.

    Example:
        >>> pixel = focal_pixel(0, 0.2, gamma=2.0, alpha=0.25)
        >>> round(pixel.values["paper"] / pixel.values["one_alpha"], 3)
        3.0
    """
    options = LossOptions(gamma=gamma, alpha=alpha, label_smoothing=label_smoothing)
    label = truth * (1 - label_smoothing) + label_smoothing / 2
    plain = LossOptions(gamma=gamma, alpha=0.5, label_smoothing=label_smoothing)
    # A half for both kinds is the same for both: twice that is the loss without weights.
    unweighted = 2 * float(pixel_loss("focal", truth, found, plain)[0])
    hard = LossOptions(gamma=gamma, alpha=alpha)
    return FocalPixel(
        label,
        found,
        {
            "paper": float(pixel_loss("focal", truth, found, options)[0]),
            "one_alpha": alpha * unweighted,
            "no_alpha": unweighted,
            "hard_labels": float(pixel_loss("focal", float(label == 1), found, hard)[0]),
        },
    )


GUIDE = """def focal_loss(gamma=2.0, alpha=0.25):
    def focal_loss_fixed(y_true, y_pred):
        epsilon = tf.keras.backend.epsilon()
        y_pred = tf.clip_by_value(y_pred, epsilon, 1. - epsilon)
        p_t = tf.where(tf.equal(y_true, 1), y_pred, 1 - y_pred)
        alpha_factor = tf.ones_like(y_true) * alpha
        alpha_t = tf.where(tf.equal(y_true, 1), alpha_factor, 1 - alpha_factor)
        cross_entropy = -tf.log(p_t)
        weight = alpha_t * tf.pow((1 - p_t), gamma)
        loss = weight * cross_entropy
        return tf.reduce_mean(loss)
    return focal_loss_fixed
"""


def focal_code(*, gamma: float, alpha: float, label_smoothing: float) -> dict[str, str]:
    """Right and wrong as programs; each leaves `foreground` and `background`, the losses at p = 0.9 and p = 0.2."""
    labels = f"""
smoothing = {label_smoothing!r}
foreground, background = (
    float(loss(np.array([[t * (1 - smoothing) + smoothing / 2]], "float32"), np.array([[p]], "float32")))
    for t, p in ((1, 0.9), (0, 0.2))
)
print(foreground, background)
"""
    right = f"""import numpy as np

from cnn_core.losses.entropy import BinaryFocal

loss = BinaryFocal(gamma={gamma!r}, alpha={alpha!r})
{labels.lstrip()}"""
    one_alpha = f"""import keras
import numpy as np


# Keras' categorical focal loss weights all classes alike: for two classes that is alpha for both.
def loss(y_true, y_pred):
    pair = keras.losses.CategoricalFocalCrossentropy(gamma={gamma!r}, alpha={alpha!r})
    return pair(np.concatenate([1 - y_true, y_true], -1), np.concatenate([1 - y_pred, y_pred], -1))

{labels}"""
    guide = f"""import numpy as np
import tensorflow as tf

tf.log = tf.math.log  # without this line: AttributeError, module 'tensorflow' has no attribute 'log'


{GUIDE}

loss = focal_loss(gamma={gamma!r}, alpha={alpha!r})
{labels.lstrip()}"""
    return {"Right": right, "Wrong: α for both": one_alpha, "The guide's": guide}
