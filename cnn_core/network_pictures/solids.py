"""Where the solids of a network's figure stand: one for each stage, in a line or, with skip connections, in a U."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnn_core.network_pictures.drawing import shortened
from cnn_core.network_pictures.graph import Point
from cnn_core.network_pictures.kinds import text_width
from cnn_core.network_pictures.stages import Stage

if TYPE_CHECKING:
    from cnn_core.summary import LayerRow

TALLEST = 190.0
SHORTEST = 12.0
# Sides shrink by a power of the size: with 1 a 7 x 7 map beside 224 x 224 could not be seen.
POWER = 0.6
# Where one unit of depth goes: to the right and up.
DEPTH: Point = (0.40, -0.27)
MARGIN = 28.0
SLAB_GAP = 4.0


@dataclass(frozen=True)
class Solid:
    """A stage and its box: the front's upper left corner, thickness, height, and depth in pixels."""

    stage: Stage
    x: float
    y: float
    thickness: float
    height: float
    depth: float

    @property
    def offset(self) -> Point:
        """From the front's corners to those behind them."""
        return self.depth * DEPTH[0], self.depth * DEPTH[1]

    @property
    def middle(self) -> float:
        """The y of its centre."""
        return self.y + self.height / 2 + self.offset[1] / 2


def _length(side: int | None, largest: int) -> float:
    return min(TALLEST, max(SHORTEST, TALLEST * ((side or largest) / largest) ** POWER))


def _box(stage: Stage, largest: int) -> tuple[float, float, float]:
    """Thickness, height and depth in pixels."""
    if len(stage.shape) == 3:
        rows, columns, channels = stage.shape
        thickness = 3 + 4.2 * math.log2((channels or 1) + 1)
        return thickness, _length(rows, largest), _length(columns, largest)
    if len(stage.shape) == 2:
        return 3 + 4.2 * math.log2((stage.shape[1] or 1) + 1), _length(stage.shape[0], largest), SHORTEST
    # A vector: its length by the logarithm, as 4,096 beside 10 would be.
    return 11.0, 16 + 38 * math.log10((stage.shape[0] or 1) + 1), 11.0


Label = tuple[float, float, list[str]]


def placed(found: Sequence[Stage], *, u_shaped: bool) -> tuple[list[Solid], list[Label], float, float, float]:
    """The solids, their labels, and the right, lower and upper end of all of it."""
    largest = max((side or 1 for s in found if len(s.shape) == 3 for side in s.shape[:2]), default=1)
    centres = _levels(found, largest) if u_shaped else {}
    solids: list[Solid] = []
    labels: list[Label] = []
    x, previous_depth, previous_right = MARGIN, 0.0, MARGIN
    for cluster in _clusters(found):
        thickness, height, depth = _box(cluster[0], largest)
        lines = _lines(cluster)
        label_width = max(text_width(lines[0], 11.5) * 1.05, text_width(lines[1], 10.5)) + 8
        visual = len(cluster) * (thickness + SLAB_GAP) - SLAB_GAP
        centre = centres.get(cluster[0].shape[0], 0.0) if len(cluster[0].shape) == 3 else centres.get(largest, 0.0)
        # The side of the solid before may be covered in part, its outline not, and no label lies on it.
        x = max(x, previous_right + 9 + 0.6 * previous_depth * DEPTH[0] + min(0.0, (visual - label_width) / 2))
        if solids:
            label_top = centre + height / 2 - depth * DEPTH[1] / 2 + 3
            above_edge = (solids[-1].y + solids[-1].height - label_top) * DEPTH[0] / -DEPTH[1]
            x = max(
                x, previous_right + min(previous_depth * DEPTH[0], above_edge) + 3 + max(0.0, visual - label_width) / -2
            )
        left = x + max(0.0, (label_width - visual) / 2)
        for i, stage in enumerate(cluster):
            y = centre - height / 2 - depth * DEPTH[1] / 2
            solids.append(Solid(stage, left + i * (thickness + SLAB_GAP), y, thickness, height, depth))
        labels.append((left + visual / 2, solids[-1].y + height + 17, lines))
        previous_right, previous_depth = left + visual, depth
        x = left + visual / 2 + max(visual, label_width) / 2 + 6
    right = max([s.x + s.thickness + s.offset[0] for s in solids] + [x])
    bottom = max(y for _, y, _ in labels) + 16 if labels else 0.0
    top = min((s.y + s.offset[1] for s in solids), default=0.0)
    return solids, labels, right + MARGIN, bottom, top


def _levels(found: Sequence[Stage], largest: int) -> dict[int | None, float]:
    """For each height of feature maps the y of its centre: below the middle of the level above."""
    levels: dict[int | None, float] = {}
    y = 0.0
    for rows in sorted({s.shape[0] or 0 for s in found if len(s.shape) == 3}, reverse=True):
        height = _length(rows, largest)
        reach = height / 2 - height * DEPTH[1] / 2
        if levels:
            y += reach + 34
        levels[rows] = y
    return levels


def _clusters(found: Sequence[Stage]) -> list[list[Stage]]:
    """Neighbours of one shape and family, which stand together and share a label."""
    clusters: list[list[Stage]] = []
    for stage in found:
        same = clusters and clusters[-1][0].shape == stage.shape and clusters[-1][0].family == stage.family
        if (
            same
            and len(stage.shape) > 1
            and stage.family == "convolution"
            and stage.kind == clusters[-1][0].kind != "block"
        ):
            clusters[-1].append(stage)
        else:
            clusters.append([stage])
    return clusters


_WORDS = {
    "InputLayer": "input",
    "Conv2D": "convolution",
    "Conv2DTranspose": "transposed conv.",
    "DepthwiseConv2D": "depthwise conv.",
    "SeparableConv2D": "separable conv.",
    "MaxPooling2D": "max pooling",
    "AveragePooling2D": "average pooling",
    "GlobalAveragePooling2D": "global average",
    "GlobalMaxPooling2D": "global maximum",
    "UpSampling2D": "upsampling",
    "Concatenate": "concatenation",
    "Add": "sum",
    "Dense": "dense",
}


def size_text(stage: Stage) -> str:
    """The shape as it is written under a solid."""
    return "×".join("?" if side is None else str(side) for side in stage.shape)


def _lines(cluster: Sequence[Stage]) -> list[str]:
    first = cluster[0]
    count = sum(stage.steps for stage in cluster)
    if first.kind == "block":
        return [size_text(first), f"{count} blocks" if count > 1 else shortened(first.name, 84, 10.5)]
    word = _WORDS.get(first.kind, first.kind)
    if first.kind == "layer":
        return [size_text(first), f"{count} layers"]
    if count > 1:
        return [size_text(first), f"{count} × {'conv.' if first.family == 'convolution' else word}"]
    return [size_text(first), shortened(word, 90, 10.5)]


def skip_connections(found: Sequence[Stage], rows: Sequence[LayerRow]) -> list[tuple[int, int]]:
    """Connections from a stage to a later one of the same size, with a smaller one between them."""
    stage_of = {name: i for i, stage in enumerate(found) for name in stage.members}
    # Layers beside the longest way, such as a copy that is cropped, count to the stage that they take from.
    for row in rows:
        if row.name not in stage_of:
            near = [stage_of[name] for name in row.inputs if name in stage_of]
            if near:
                stage_of[row.name] = near[0]
    skips = set()
    for row in rows:
        for name in row.inputs:
            i, j = stage_of.get(name, 0), stage_of.get(row.name, 0)
            between = [s.shape[0] or 0 for s in found[i + 1 : j] if len(s.shape) == 3]
            a, b = found[i].shape, found[j].shape
            if between and len(a) == len(b) == 3 and a[0] == b[0] and min(between) < (a[0] or 0):
                skips.add((i, j))
    return sorted(skips)
