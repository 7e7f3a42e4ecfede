"""The classic figure of a network: a solid for each stage, as high and deep as its maps, as thick as its channels."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnn_core.network_pictures.drawing import (
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
from cnn_core.network_pictures.graph import Point
from cnn_core.network_pictures.kinds import count_text
from cnn_core.network_pictures.solids import MARGIN, Solid, placed, size_text, skip_connections
from cnn_core.network_pictures.stages import stages

if TYPE_CHECKING:
    from cnn_core.summary import Summary

# The figure of a short network shows the window of each convolution.
MOST_WINDOWS = 8


def perspective_svg(summary: Summary, *, selected: str | None = None, dark: bool = False) -> str:
    """The network as solids in perspective, from left to right; a U-Net goes down and up again.

    Height and depth follow the height and width of the output (to the power of 0.6), thickness the logarithm of the
    channels. Long networks are drawn by stages; each has its output's size under it.

    Args:
        selected: the layer whose stage is highlighted.
        dark: colours for a dark background.
    """
    colours = palette(dark)
    found = stages(summary.rows)
    skips = skip_connections(found, summary.rows)
    solids, labels, width, bottom, top = placed(found, u_shaped=bool(skips))
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
    sizes = ", ".join(size_text(stage) for stage in found)
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
    members = ", ".join(solid.stage.members[:3]) + (" …" if len(solid.stage.members) > 3 else "")
    parts = [text_element("title", f"{members}\n{size_text(solid.stage)}")]
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
    """For each solid that a convolution or pooling reads: its window on the side, and the cone to what it makes."""
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
