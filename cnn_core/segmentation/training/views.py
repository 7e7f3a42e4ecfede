"""Views of a picture and its labels for training: place, size, mirror and bending of both, colour of the picture.

A picture is (H, W, 3) uint8 RGB, a label map (H, W) uint8; labels are never interpolated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from cnn_core.masks import UNSURE


@dataclass(frozen=True)
class Augmentation:
    """How much is changed at random.

    Attributes:
        size: rows and columns of what comes out.
        zoom: least and greatest share of the picture's sides that is shown; above 1 there is room around it.
        square: True shows as many rows as columns of pixels; False stretches the picture as the network's input is.
        stretch: natural logarithm of how much the aspect changes at most.
        turn: degrees, at most.
        mirror: left and right are exchanged half of the time.
        upside_down: mirror top and bottom too, and turn by any quarter.
        bend: standard deviation in pixels of an elastic deformation (Ronneberger et al. 2015, section 3.1).
        colour: strength of changes of brightness, contrast, saturation, tint, sharpness and noise; 1 is strong.
    """

    size: tuple[int, int]
    zoom: tuple[float, float] = (1.0, 1.0)
    square: bool = False
    stretch: float = 0.0
    turn: float = 0.0
    mirror: bool = True
    upside_down: bool = False
    bend: float = 0.0
    colour: float = 0.0


def augment(
    image: np.ndarray, labels: np.ndarray, how: Augmentation, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The picture and its labels, changed: (rows, columns, 3) uint8 and (rows, columns) uint8.

    What lies outside of the picture is a reflection of it, and so are its
    labels.

    Example:
        >>> how = Augmentation((32, 48), zoom=(0.5, 1.0), turn=10, colour=0.5)
        >>> drawn = np.zeros((60, 80, 3), np.uint8), np.zeros((60, 80), np.uint8)
        >>> [changed.shape for changed in augment(*drawn, how, np.random.default_rng(0))]
        [(32, 48, 3), (32, 48)]
    """
    matrix = _placed(labels.shape, how, random)
    rows, columns = how.size
    x, y = np.meshgrid(np.arange(columns, dtype=np.float32) + 0.5, np.arange(rows, dtype=np.float32) + 0.5)
    if how.bend:
        x, y = x + _waves(how, random), y + _waves(how, random)
    # Pixel centres lie at half a pixel.
    source_x = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] - np.float32(0.5)
    source_y = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] - np.float32(0.5)
    moved = cv2.remap(image, source_x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    fitting = cv2.remap(labels, source_x, source_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101)
    return (recoloured(moved, how.colour, random) if how.colour else moved), fitting


def paste(
    image: np.ndarray, labels: np.ndarray, other: np.ndarray, other_labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """All that is no background (0) nor unknown of one picture, laid over another of the same size.

    Copy-paste as in Ghiasi et al. 2021 (https://arxiv.org/abs/2012.07177), with edges softened over about a pixel.

    Example:
        >>> white, black = np.full((2, 4, 3), 255, np.uint8), np.zeros((2, 4, 3), np.uint8)
        >>> person, nobody = np.array([[1, 1, 0, 0]] * 2, np.uint8), np.zeros((2, 4), np.uint8)
        >>> paste(white, person, black, nobody)[1][0]
        array([1, 1, 0, 0], dtype=uint8)
    """
    above = (labels != 0) & (labels != UNSURE)
    alpha = cv2.GaussianBlur(above.astype(np.float32), (3, 3), 0)[..., None]
    mixed = alpha * image + (1 - alpha) * other
    return np.round(mixed).astype(np.uint8), np.where(above, labels, other_labels)


def recoloured(image: np.ndarray, strength: float, random: np.random.Generator) -> np.ndarray:
    """Another brightness, contrast, saturation, tint, gamma, sharpness and noise: (H, W, 3) uint8.

    Example:
        >>> recoloured(np.full((4, 4, 3), 90, np.uint8), 1.0, np.random.default_rng(0)).shape
        (4, 4, 3)
    """
    x = image.astype(np.float32)
    grey = x.mean(axis=2, keepdims=True)
    saturation = 0.0 if random.random() < 0.1 * strength else random.uniform(1 - 0.5 * strength, 1 + 0.5 * strength)
    x = grey + (x - grey) * np.float32(saturation)
    tint = random.uniform(1 - 0.15 * strength, 1 + 0.15 * strength, 3) * random.uniform(
        1 - 0.4 * strength, 1 + 0.4 * strength
    )
    middle = x.mean()
    x = (middle + (x - middle) * np.float32(random.uniform(1 - 0.4 * strength, 1 + 0.4 * strength))) * tint.astype(
        np.float32
    )
    x = np.clip(x, 0, 255)
    gamma = np.float32(np.exp(random.uniform(-0.35, 0.35) * strength))
    x = 255 * (x / 255) ** gamma
    if random.random() < 0.2 * strength:
        x = cv2.GaussianBlur(x, (0, 0), random.uniform(0.5, 1.5))
    if random.random() < 0.3 * strength:
        x = x + random.normal(0, random.uniform(2, 12), x.shape).astype(np.float32)
    return np.clip(np.round(x), 0, 255).astype(np.uint8)


def _placed(shape: Sequence[int], how: Augmentation, random: np.random.Generator) -> np.ndarray:
    """(2, 3) matrix from places in what comes out to places in the picture."""
    sides = np.array([shape[1], shape[0]], float)
    share = np.exp(random.uniform(*np.log(how.zoom)))
    window = np.full(2, share * np.sqrt(sides.prod())) if how.square else share * sides
    aspect = np.exp(random.uniform(-0.5, 0.5) * how.stretch)
    window = window * (aspect, 1 / aspect)
    free = sides - window
    centre = sides / 2 + random.uniform(-0.5, 0.5, 2) * np.abs(free)
    angle = np.deg2rad(random.uniform(-how.turn, how.turn))
    scale = window / how.size[::-1] * (random.choice((-1, 1)) if how.mirror else 1, 1)
    if how.upside_down:
        scale = scale * (1, random.choice((-1, 1)))
        angle += np.pi / 2 * random.integers(4)
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * scale
    middle = np.array(how.size[::-1]) / 2
    return np.column_stack([turned, centre - turned @ middle]).astype(np.float32)


def _waves(how: Augmentation, random: np.random.Generator) -> np.ndarray:
    """A smooth random displacement (rows, columns), one draw every 64 pixels."""
    rows, columns = how.size
    coarse = random.normal(0, how.bend, (rows // 64 + 3, columns // 64 + 3)).astype(np.float32)
    fine = cv2.resize(coarse, (64 * coarse.shape[1], 64 * coarse.shape[0]), interpolation=cv2.INTER_CUBIC)
    return fine[64 : 64 + rows, 64 : 64 + columns]
