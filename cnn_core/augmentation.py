"""Other views of a picture, as a photographer might have taken it: the class stays, the pixels change.

Pictures are (H, W, 3) uint8 RGB. All geometry is one affine warp in OpenCV (bilinear, the border mirrored), which is
some ten times as fast as Keras' augmentation layers on a processor. Cutout: DeVries and Taylor 2017,
https://arxiv.org/abs/1708.04552. MixUp: Zhang et al. 2017, https://arxiv.org/abs/1710.09412.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError

Pixels = npt.NDArray[np.uint8]

# The range of each option.
_LIMITS = {
    "rotation": (0.0, 180.0),
    "shift": (0.0, 0.5),
    "zoom": (0.0, 0.9),
    "brightness": (0.0, 1.0),
    "contrast": (0.0, 1.0),
    "cutout": (0.0, 0.9),
    "mixup": (0.0, 10.0),
    "views": (0, 32),
}
_GREY = 128


@dataclass(frozen=True)
class Augmentation:
    """How far a view may be from its picture; zero is off.

    Attributes:
        rotation: degrees to either side.
        shift: share of height and of width, to either side.
        flip: left and right are exchanged in half of the views.
        zoom: size changes by up to this share, up or down.
        brightness: share of white added or taken away, at most.
        contrast: the distance from the picture's mean brightness changes by up to this share.
        cutout: side of a grey square as a share of the shorter side.
        mixup: alpha of MixUp's beta distribution.
        views: how many views of each picture are made in front of a frozen base, whose features are computed once.
    """

    rotation: float = 0.0
    shift: float = 0.0
    flip: bool = False
    zoom: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    cutout: float = 0.0
    mixup: float = 0.0
    views: int = 1

    @property
    def changes_pictures(self) -> bool:
        """Whether a view can differ from its picture; MixUp, which mixes two, does not count."""
        return replace(self, mixup=0.0, views=1) != Augmentation()


def augmentation_of(options: dict[str, Any]) -> Augmentation:
    """The options of a configuration, checked.

    Raises:
        InputError: an option that does not exist, or one out of its range.

    Example:
        >>> augmentation_of({"rotation": 10, "flip": True}).changes_pictures
        True
    """
    known = {field.name for field in fields(Augmentation)}
    for name, value in options.items():
        if name not in known:
            raise InputError("There is no such augmentation", f"Choose among {', '.join(sorted(known))}", option=name)
        low, high = _LIMITS.get(name, (0, 1))
        if not isinstance(value, int | float) or not low <= value <= high:
            raise InputError(f"The augmentation's {name} is out of its range", f"Choose {low} to {high}", value=value)
    chosen = dict(options)
    return Augmentation(**(chosen | {"flip": bool(chosen.get("flip")), "views": int(chosen.get("views", 1))}))


def augmented(picture: Pixels, options: Augmentation, random: np.random.Generator) -> Pixels:
    """One view of a picture, drawn at random; the same generator state gives the same view.

    Args:
        picture: (H, W, 3) uint8.
        options: how far.
        random: draws; the same number of them whatever the options are, so that one option does not change another's.

    Returns:
        (H, W, 3) uint8, a new array.

    Example:
        >>> picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
        >>> augmented(picture, Augmentation(), np.random.default_rng(0)).tolist() == picture.tolist()
        True
    """
    draws = random.random(8)
    signed = 2.0 * draws - 1.0
    view = _drawn(picture, options, signed, flip=options.flip and draws[7] < 0.5)
    if options.brightness or options.contrast:
        view = _relit(view, bright=signed[4] * options.brightness, contrast=1.0 + signed[5] * options.contrast)
    corner = random.random(2)
    if options.cutout:
        view = _cut_out(view, options.cutout, corner)
    return view


def warped(
    picture: Pixels,
    *,
    degrees: float = 0.0,
    scale: float = 1.0,
    shift: tuple[float, float] = (0.0, 0.0),
    flip: bool = False,
) -> Pixels:
    """A picture turned and scaled about its middle, then shifted; what comes in over the border is mirrored.

    Args:
        picture: (H, W, 3) uint8.
        degrees: turned against the clock.
        scale: above 1 enlarges.
        shift: pixels to the right and down.
        flip: left and right are exchanged first.

    Returns:
        (H, W, 3) uint8, a new array.

    Example:
        >>> warped(np.arange(12, dtype=np.uint8).reshape(2, 2, 3), flip=True)[0, 0].tolist()
        [3, 4, 5]
    """
    import cv2

    if not degrees and scale == 1 and not any(shift):
        return np.ascontiguousarray(picture[:, ::-1]) if flip else picture.copy()
    rows, columns = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D(((columns - 1) / 2, (rows - 1) / 2), float(degrees), float(scale))
    matrix[:, 2] += np.array(shift)
    if flip:
        matrix = matrix @ np.array([[-1.0, 0.0, columns - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    view = cv2.warpAffine(
        np.ascontiguousarray(picture),
        matrix,
        (columns, rows),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.asarray(view, np.uint8)


def _drawn(picture: Pixels, options: Augmentation, signed: npt.NDArray[np.float64], *, flip: bool) -> Pixels:
    rows, columns = picture.shape[:2]
    return warped(
        picture,
        degrees=float(signed[0] * options.rotation),
        scale=float(1.0 + signed[3] * options.zoom),
        shift=(float(signed[1] * options.shift * columns), float(signed[2] * options.shift * rows)),
        flip=flip,
    )


def _relit(picture: Pixels, *, bright: float, contrast: float) -> Pixels:
    """Brightness and contrast are one line for each value, so a table of 256 does it."""
    import cv2

    mean = float(picture.mean())
    table = np.clip((np.arange(256) - mean) * contrast + mean + 255.0 * bright, 0, 255)
    return np.asarray(cv2.LUT(picture, np.rint(table).astype(np.uint8)), np.uint8)


def _cut_out(picture: Pixels, share: float, corner: npt.NDArray[np.float64]) -> Pixels:
    rows, columns = picture.shape[:2]
    side = max(1, round(share * min(rows, columns)))
    # The square's middle may lie anywhere, so that it may leave the picture, as in the paper.
    top, left = (int(corner[axis] * size) - side // 2 for axis, size in ((0, rows), (1, columns)))
    picture[max(0, top) : max(0, top + side), max(0, left) : max(0, left + side)] = _GREY
    return picture


def mixed_up(
    inputs: npt.NDArray[np.float32], targets: npt.NDArray[np.float32], *, alpha: float, random: np.random.Generator
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Mix each example of a batch with another one of it, inputs and targets alike.

    Args:
        inputs: (N, ...) float32: pixels, or features.
        targets: (N, classes) shares.
        alpha: of the beta distribution that the share is drawn from, one for the batch; 0 changes nothing.
        random: draws.

    Returns:
        Both, mixed.

    Example:
        >>> ones, labels = np.ones((2, 3), np.float32), np.eye(2, dtype=np.float32)
        >>> mixed_up(ones, labels, alpha=0.2, random=np.random.default_rng(0))[1].sum(axis=1).tolist()
        [1.0, 1.0]
    """
    if not alpha:
        return inputs, targets
    share = np.float32(random.beta(alpha, alpha))
    other = random.permutation(len(inputs))
    return share * inputs + (1 - share) * inputs[other], share * targets + (1 - share) * targets[other]
