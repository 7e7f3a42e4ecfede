"""The classic figure of a network: a solid for each stage, as high and deep as its feature maps and as thick as its channels."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnn_core.network_drawing import (
    Palette,
    document,
    element,
    legend,
    mixed,
    number,
    palette,
    shortened,
    text,
    text_element,
)
from cnn_core.network_graph import Point
from cnn_core.network_kinds import count_text, text_width
from cnn_core.network_stages import Stage, stages

if TYPE_CHECKING:
    from cnn_core.summary import LayerRow, Summary

TALLEST = 190.0
SHORTEST = 12.0
# Sides shrink by a power of the size: with 1 a 7 x 7 map beside 224 x 224 could not be seen.
POWER = 0.6
# Where one unit of depth goes: to the right and up.
DEPTH: Point = (0.40, -0.27)
MARGIN = 28.0
SLAB_GAP = 4.0
# The figure of a short network shows the window of each convolution.
MOST_WINDOWS = 8


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


def perspective_svg(summary: Summary, *, selected: str | None = None, dark: bool = False) -> str:
    """The network as solids in perspective, from left to right; a U-Net goes down and up again.

    Height and depth follow the height and width of the output (to the power of 0.6), thickness the logarithm of the channels.
    Long networks are drawn by stages; each has its output's size under it.

    Args:
        selected: the layer whose stage is highlighted.
        dark: colours for a dark background.
    """
    colours = palette(dark)
    found = stages(summary.rows)
    skips = _skips(found, summary.rows)
    solids, labels, width, bottom, top = _placed(found, u_shaped=bool(skips))
    head = [
        text(shortened(summary.name, width - 2 * MARGIN, 17), MARGIN, 34, size=17.0, font_weight=650),
        text(
            f"{count_text(summary.parameters)} parameters · {count_text(summary.macs)} MACs · each solid is an output",
            MARGIN, 53, size=11.5, fill=colours.muted,
        ),
    ]  # fmt: skip
    key, key_height = legend({s.family for s in found}, MARGIN, 68, max(width, 360) - 2 * MARGIN, colours)
    down = 68 + key_height + 14 - top
    few = sum(s.family == "convolution" for s in found) <= MOST_WINDOWS and all(
        s.kind not in ("block", "layer") for s in found
    )
    windows = _windows(solids, colours) if few else {}
    drawn: list[str] = [*_flow(solids, colours), *(_skip(solids[i], solids[j], colours) for i, j in skips)]
    for i, solid in enumerate(solids):
        chosen = selected is not None and selected in solid.stage.members
        drawn += [_solid(solid, chosen, colours), *windows.get(i, [])]
    drawn += [_arrowhead(solids[j], solids[i].middle, colours) for i, j in skips]
    drawn += [_label(x, y, lines, colours) for x, y, lines in labels]
    sizes = ", ".join(_size(stage) for stage in found)
    return document(
        [*head, key, element("g", drawn, transform=f"translate(0 {number(down)})")],
        width=max(width, 360.0),
        height=bottom + down + MARGIN,
        title=f"{summary.name} as solids in perspective",
        description=f"Outputs of its {len(found)} stages, from the input on: {sizes}."
        + (f" {len(skips)} skip connections." if skips else ""),
        colours=colours,
        class_="network-perspective",
    )


def _length(side: int | None, largest: int) -> float:
    return max(SHORTEST, TALLEST * ((side or largest) / largest) ** POWER)


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


def _placed(found: Sequence[Stage], *, u_shaped: bool) -> tuple[list[Solid], list[Label], float, float, float]:
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


def _size(stage: Stage) -> str:
    return "×".join("?" if side is None else str(side) for side in stage.shape)


def _lines(cluster: Sequence[Stage]) -> list[str]:
    first = cluster[0]
    count = sum(stage.steps for stage in cluster)
    if first.kind == "block":
        return [_size(first), f"{count} blocks" if count > 1 else shortened(first.name, 84, 10.5)]
    word = _WORDS.get(first.kind, first.kind)
    if first.kind == "layer":
        return [_size(first), f"{count} layers"]
    if count > 1:
        return [_size(first), f"{count} × {'conv.' if first.family == 'convolution' else word}"]
    return [_size(first), shortened(word, 90, 10.5)]


def _skips(found: Sequence[Stage], rows: Sequence[LayerRow]) -> list[tuple[int, int]]:
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


def _polygon(points: Sequence[Point], **attributes: object) -> str:
    return element("path", d="M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) + "Z", **attributes)


def _solid(solid: Solid, chosen: bool, colours: Palette) -> str:
    colour = colours.families[solid.stage.family]
    x, y, t, h = solid.x, solid.y, solid.thickness, solid.height
    dx, dy = solid.offset
    line = colours.accent if chosen else mixed(colour, colours.ink, 0.45)
    style = {"stroke": line, "stroke_width": 2.4 if chosen else 0.9, "stroke_linejoin": "round"}
    front = [(x, y), (x + t, y), (x + t, y + h), (x, y + h)]
    top = [(x, y), (x + dx, y + dy), (x + t + dx, y + dy), (x + t, y)]
    side = [(x + t, y), (x + t + dx, y + dy), (x + t + dx, y + h + dy), (x + t, y + h)]
    count = solid.stage.steps if solid.stage.kind == "block" else 1
    inner = []
    # A stage of several blocks is scored like a loaf.
    for i in range(1, min(count, 12)):
        at = x + t * i / min(count, 12)
        inner.append(f"M{number(at)} {number(y + h)}V{number(y)}l{number(dx)} {number(dy)}")
    parts = [
        text_element(
            "title",
            f"{', '.join(solid.stage.members[:3])}{' …' if len(solid.stage.members) > 3 else ''}\n{_size(solid.stage)}",
        )
    ]
    if chosen:
        outline = [front[3], front[0], top[1], top[2], side[2], side[3]]
        parts.append(
            _polygon(
                outline, fill="none", stroke=colours.accent, stroke_width=9, stroke_opacity=0.3, stroke_linejoin="round"
            )
        )
    parts += [
        _polygon(side, fill=mixed(colour, "#0B1016", 0.78), **style),
        _polygon(top, fill=mixed(colour, "#FFFFFF", 0.62), **style),
        _polygon(front, fill=colour, **style),
    ]
    if inner:
        parts.append(
            element("path", d="".join(inner), fill="none", stroke=mixed(colour, "#0B1016", 0.6), stroke_width=0.8)
        )
    return element("g", parts, class_="solid" + (" chosen" if chosen else ""), data_name=solid.stage.name)


def _windows(solids: Sequence[Solid], colours: Palette) -> dict[int, list[str]]:
    """For each solid that a convolution or pooling reads: its window on the side face, and the cone to what it makes."""
    found: dict[int, list[str]] = {}
    for i, (before, after) in enumerate(itertools.pairwise(solids)):
        size = re.match(r"(\d+)\s*×\s*(\d+)", after.stage.detail)
        shape = before.stage.shape
        if not size or len(shape) != 3 or len(after.stage.shape) != 3 or None in shape[:2]:
            continue
        if after.stage.family not in ("convolution", "pooling"):
            continue
        dx, dy = before.offset
        down, along = (min(0.9, int(n) / (side or 1)) for n, side in zip(size.groups(), shape[:2], strict=True))
        down, along = max(down, 7 / before.height), max(along, 7 / before.depth)
        # Where the window lies on the face, as shares of its depth and height.
        u, v = max(0.04, 0.42 - along / 2), max(0.05, 0.4 - down / 2)
        face_x, face_y = before.x + before.thickness, before.y

        def at(
            u: float,
            v: float,
            *,
            x: float = face_x,
            y: float = face_y,
            dx: float = dx,
            dy: float = dy,
            h: float = before.height,
        ) -> Point:
            return x + u * dx, y + u * dy + v * h

        corners = [at(u, v), at(u + along, v), at(u + along, v + down), at(u, v + down)]
        tip = (after.x, after.y + 0.42 * after.height)
        style = {"stroke": colours.paper, "stroke_width": 1.0, "stroke_linejoin": "round"}
        found[i] = [
            _polygon(corners, fill=colours.paper, fill_opacity=0.35, **style),
            element(
                "path",
                d="".join(f"M{number(a)} {number(b)}L{number(tip[0])} {number(tip[1])}" for a, b in corners),
                fill="none", stroke=colours.ink, stroke_width=0.8, stroke_dasharray="3 2", stroke_opacity=0.8,
            ),
        ]  # fmt: skip
    return found


def _flow(solids: Sequence[Solid], colours: Palette) -> list[str]:
    """Lines from each solid to the next, behind them all."""
    lines = []
    for a, b in itertools.pairwise(solids):
        ax, ay = a.x + a.thickness + a.offset[0] / 2, a.middle
        bx, by = b.x, b.middle
        path = f"M{number(ax)} {number(ay)}"
        path += (
            f"L{number(bx)} {number(by)}" if abs(ay - by) < 1 else f"H{number((ax + bx) / 2)}V{number(by)}H{number(bx)}"
        )
        lines.append(element("path", d=path, fill="none", stroke=colours.line, stroke_width=1.6))
    return lines


def _skip(a: Solid, b: Solid, colours: Palette) -> str:
    start = a.x + a.thickness + a.offset[0] / 2
    return element(
        "path",
        d=f"M{number(start)} {number(a.middle)}H{number(b.x - 4)}",
        class_="skip", fill="none", stroke=colours.ink, stroke_width=1.8, stroke_dasharray="7 4",
    )  # fmt: skip


def _arrowhead(solid: Solid, y: float, colours: Palette) -> str:
    """The end of a skip connection, in front of what it passes behind."""
    style = {"stroke": colours.paper, "stroke_width": 1.0, "stroke_linejoin": "round"}
    x = solid.x
    return _polygon([(x, y), (x - 11, y - 5.5), (x - 8, y), (x - 11, y + 5.5)], fill=colours.ink, **style)


def _label(x: float, y: float, lines: Sequence[str], colours: Palette) -> str:
    return element(
        "g",
        [
            text(lines[0], x, y, size=11.5, font_weight=600, text_anchor="middle"),
            text(lines[1], x, y + 14, size=10.5, fill=colours.muted, text_anchor="middle"),
        ],
    )
