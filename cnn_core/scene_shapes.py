"""The six shapes of the procedural scenes as exact outlines: which points lie inside, and how far the edge is.

A shape is given by its class, the radius of the circle around it, an angle, and one proportion. Its signed distance is
evaluated at pixel centres, so a mask is exact: a pixel belongs to the shape where its centre does. Lengths are pixels.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

CLASSES = ("circle", "square", "triangle", "star", "ring", "cross")

Field = npt.NDArray[np.float32]

# The circle around a shape, as a multiple of the circle with the same visual size.
ENLARGED = {"circle": 1.0, "square": 1.2, "triangle": 1.3, "star": 1.35, "ring": 1.1, "cross": 1.2}

# Ranges within which a person still tells the classes apart.
PROPORTIONS = {
    "circle": (0.0, 0.0),
    "square": (0.0, 0.0),
    "triangle": (-0.25, 0.25),
    "star": (0.36, 0.48),
    "ring": (0.48, 0.68),
    "cross": (0.24, 0.36),
}


@dataclass(frozen=True)
class Shape:
    """One outline, centred at the origin.

    Attributes:
        name: one of `CLASSES`.
        radius: of the circle around the shape; every corner (of a triangle, square, star's tips, cross) lies on it.
        angle: rotation in radians.
        proportion: ring: inner / outer radius; star: radius of its inner corners / of its tips; cross: width / length
            of an arm's bar; triangle: radians by which the two corners of the base are moved towards each other;
            unused by circle and square.
    """

    name: str
    radius: float
    angle: float = 0.0
    proportion: float = 0.0


def signed_distance(shape: Shape, x: Field, y: Field) -> Field:
    """Distance to the outline at a grid of points, negative inside.

    It is the distance to the nearest edge's line: exact next to edges, too small beyond corners. The sign is exact.

    Args:
        shape: the outline.
        x: (W,) columns of the grid, in pixels from the centre.
        y: (H,) rows of the grid.

    Returns:
        (H, W) float32, pixels.

    Source: folding by mirror symmetry as in Quilez, "2D distance functions" (https://iquilezles.org/articles/distfunctions2d/).

    Example:
        >>> grid = np.float32([-3, 0, 3])
        >>> signed_distance(Shape("circle", 2), grid, grid)[1].tolist()
        [1.0, -2.0, 1.0]
    """
    return _DISTANCES[shape.name](shape, x, y)


def turned(x: Field, y: Field, angle: float) -> tuple[Field, Field]:
    """The grid in axes turned by an angle (radians), each (H, W): along it, and a right angle further.

    Example:
        >>> along, across = turned(np.float32([1, 2]), np.float32([5]), 0.0)
        >>> along.tolist(), across.tolist()
        ([[1.0, 2.0]], [[5.0, 5.0]])
    """
    cos, sin = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    return cos * x + (sin * y)[:, None], (cos * y)[:, None] - sin * x


def _circle(shape: Shape, x: Field, y: Field) -> Field:
    return _from_centre(x, y) - np.float32(shape.radius)


def _ring(shape: Shape, x: Field, y: Field) -> Field:
    from_centre = _from_centre(x, y)
    middle, half = shape.radius * (1 + shape.proportion) / 2, shape.radius * (1 - shape.proportion) / 2
    return np.abs(from_centre - np.float32(middle)) - np.float32(half)


def _square(shape: Shape, x: Field, y: Field) -> Field:
    along, across = turned(x, y, shape.angle)
    return np.maximum(np.abs(along), np.abs(across)) - np.float32(shape.radius / math.sqrt(2))


def _triangle(shape: Shape, x: Field, y: Field) -> Field:
    """Isosceles; its tip lies along the angle, and mirroring leaves one leg and the base."""
    along, across = turned(x, y, shape.angle)
    corner = 2 * math.pi / 3 + shape.proportion
    cos, sin = np.float32(math.cos(corner / 2)), np.float32(math.sin(corner / 2))
    leg = sin * np.abs(across) + cos * (along - np.float32(shape.radius))
    return np.maximum(leg, np.float32(shape.radius * math.cos(corner)) - along)


def _star(shape: Shape, x: Field, y: Field) -> Field:
    """Five points: mirroring at 108 and at 36 degrees brings every point into the sector of the first tip."""
    along, across = turned(x, y, shape.angle)
    across = np.abs(across)
    for degrees in (108, 36):
        normal = np.float32(-math.sin(math.radians(degrees))), np.float32(math.cos(math.radians(degrees)))
        beyond = np.maximum(normal[0] * along + normal[1] * across, np.float32(0)) * np.float32(2)
        along, across = along - normal[0] * beyond, across - normal[1] * beyond
    inner = math.radians(36)
    normal_x, normal_y = shape.proportion * math.sin(inner), 1 - shape.proportion * math.cos(inner)
    length = math.hypot(normal_x, normal_y)
    distance: Field = np.float32(normal_x / length) * (along - np.float32(shape.radius))
    distance += np.float32(normal_y / length) * np.abs(across)
    return distance


def _cross(shape: Shape, x: Field, y: Field) -> Field:
    along, across = turned(x, y, shape.angle)
    along, across = np.abs(along), np.abs(across)
    half_length = shape.radius / math.hypot(1, shape.proportion)
    end = np.maximum(along, across) - np.float32(half_length)
    return np.maximum(end, np.minimum(along, across) - np.float32(half_length * shape.proportion))


def _from_centre(x: Field, y: Field) -> Field:
    return np.sqrt(x * x + (y * y)[:, None])


_DISTANCES: dict[str, Callable[[Shape, Field, Field], Field]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "ring": _ring,
    "cross": _cross,
}
