"""The layer graph as an SVG picture."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from cnn_core.network_pictures.columns import fit_columns
from cnn_core.network_pictures.drawing import (
    Palette,
    document,
    element,
    glyph,
    legend,
    number,
    palette,
    shortened,
    text,
    text_element,
)
from cnn_core.network_pictures.folding import foldable
from cnn_core.network_pictures.graph import MARGIN, Edge, Frame, Layout, Node, Point, lay_out
from cnn_core.network_pictures.kinds import FAMILIES, count_text, family, shape_text, text_width

if TYPE_CHECKING:
    from cnn_core.summary import LayerRow, Summary

ROOM = (1200.0, 900.0)
_CORNER = 9.0


def graph_svg(
    summary: Summary,
    *,
    folded: Collection[str] | None = None,
    selected: str | None = None,
    dark: bool = False,
    room: tuple[float, float] = ROOM,
) -> str:
    """The layer graph, from top to bottom.

    Args:
        folded: the blocks drawn as one node; None folds every block.
        selected: the layer to highlight; where it is in a folded block, that block is.
        dark: colours for a dark background.
        room: width and height in pixels that the picture should suit: a deep network goes into columns.
    """
    blocks = foldable(summary.rows)
    unfolded = () if folded is None else tuple(block for block in blocks if block not in folded)
    layout = fit_columns(lay_out(summary.rows, unfolded=unfolded), width=room[0], height=room[1])
    return draw_layout(layout, summary.rows, title=summary.name, selected=selected, dark=dark)


def draw_layout(
    layout: Layout, rows: Sequence[LayerRow], *, title: str, selected: str | None = None, dark: bool = False
) -> str:
    """A finished layout of these layers as SVG."""
    colours = palette(dark)
    families = {row.name: family(row.kind) for row in rows}
    chosen = _chosen(layout, rows, selected)
    width = max(layout.width, 320.0)
    totals = f"{count_text(sum(r.parameters for r in rows))} parameters · {count_text(sum(r.macs for r in rows))} MACs"
    head = [
        text(shortened(title, width - 2 * MARGIN, 17), MARGIN, 32, size=17.0, font_weight=650),
        text(f"{len(rows)} layers · {totals}", MARGIN, 51, size=11.5, fill=colours.muted, class_="muted"),
    ]
    key, key_height = legend({family(row.kind) for row in rows}, MARGIN, 66, width - 2 * MARGIN, colours)
    top = 66 + key_height - 4
    body = element(
        "g",
        [
            *(_frame(frame, colours) for frame in layout.frames),
            *(_edge(edge, chosen in (edge.source, edge.target), colours) for edge in layout.edges),
            *(_node(node, node.name == chosen, families, colours) for node in layout.nodes),
            *(_handle_of_frame(frame, colours) for frame in layout.frames),
        ],
        class_="graph",
        transform=f"translate({number((width - layout.width) / 2)} {number(top)})",
    )
    shortcuts = sum(edge.skips for edge in layout.edges)
    return document(
        [*head, key, body],
        width=width,
        height=top + layout.height,
        title=f"Layer graph of {title}",
        description=f"{len(rows)} layers drawn as {len(layout.nodes)} nodes from input to output, "
        f"{len(layout.edges)} connections, {shortcuts} of them past other layers; {totals}."
        + (f" Selected: {selected}." if chosen else ""),
        colours=colours,
        class_="network-graph",
        defs=[_arrow("arrow", colours.line), _arrow("arrow-chosen", colours.accent)],
    )


def _chosen(layout: Layout, rows: Sequence[LayerRow], selected: str | None) -> str | None:
    """The node that shows the layer: itself, or the folded part of the block that holds it."""
    names = {node.name for node in layout.nodes}
    if selected is None or selected in names:
        return selected
    row = next((row for row in rows if row.name == selected), None)
    if row is None:
        return None
    return next((node.name for node in layout.nodes if node.folded and selected in node.members), None)


def _arrow(name: str, colour: str) -> str:
    return element(
        "marker",
        [element("path", d="M0 0L8 4L0 8L2 4Z", fill=colour)],
        id=name,
        viewBox="0 0 8 8",
        refX=7,
        refY=4,
        markerWidth=7,
        markerHeight=7,
        orient="auto",
        markerUnits="userSpaceOnUse",
    )


def route(points: Sequence[Point]) -> str:
    """An SVG path: straight where two points lie below or beside each other, else a curve from down to down."""
    path = [f"M{number(points[0][0])} {number(points[0][1])}"]
    for i, (x, y) in enumerate(points[1:], 1):
        px, py = points[i - 1]
        if abs(x - px) < 0.2 or abs(y - py) < 0.2:
            following = points[i + 1] if i + 1 < len(points) else None
            path.append(_rounded((px, py), (x, y), following))
            continue
        middle = (py + y) / 2
        path.append(f"C{number(px)} {number(middle)} {number(x)} {number(middle)} {number(x)} {number(y)}")
    return "".join(path)


def _rounded(start: Point, corner: Point, end: Point | None) -> str:
    """A straight piece to the corner, rounded where the next straight piece turns off at a right angle."""
    (px, py), (x, y) = start, corner
    turns = end is not None and (
        (abs(x - px) < 0.2 and abs(end[1] - y) < 0.2) or (abs(y - py) < 0.2 and abs(end[0] - x) < 0.2)
    )
    if end is None or not turns:
        return f"L{number(x)} {number(y)}"
    before, after = abs(x - px) + abs(y - py), abs(end[0] - x) + abs(end[1] - y)
    r = min(_CORNER, before / 2, after / 2)
    bx, by = x - r * _sign(x - px), y - r * _sign(y - py)
    ax, ay = x + r * _sign(end[0] - x), y + r * _sign(end[1] - y)
    return f"L{number(bx)} {number(by)}Q{number(x)} {number(y)} {number(ax)} {number(ay)}"


def _sign(value: float) -> int:
    return 0 if abs(value) < 0.2 else 1 if value > 0 else -1


def _edge(edge: Edge, chosen: bool, colours: Palette) -> str:
    return element(
        "path",
        d=route(edge.points),
        class_="edge" + (" skip" if edge.skips else "") + (" chosen" if chosen else ""),
        data_source=edge.source,
        data_target=edge.target,
        fill="none",
        stroke=colours.accent if chosen else colours.line,
        stroke_width=2.2 if chosen else 1.5,
        marker_end=f"url(#{'arrow-chosen' if chosen else 'arrow'})",
    )


def _frame(frame: Frame, colours: Palette) -> str:
    return element(
        "rect",
        class_="frame",
        x=frame.x,
        y=frame.y,
        width=frame.width,
        height=frame.height,
        rx=10.0,
        fill=colours.surface if frame.clear else "none",
        stroke=colours.line,
        stroke_width=1,
        stroke_dasharray="3 3",
    )


def _handle_of_frame(frame: Frame, colours: Palette) -> str:
    label = shortened(frame.block, min(frame.width - 60, 120), 10.5)
    wide = 30 + text_width(label, 10.5)
    return element(
        "g",
        [
            element("rect", class_="chip", x=0.0, y=-9.0, width=wide, height=18.0, rx=9.0, fill=colours.paper,
                    stroke=colours.line),
            element("path", class_="sign", d="M7 0H15", stroke=colours.ink, stroke_width=1.8, stroke_linecap="round"),
            text(label, 20, 3.7, size=10.5, font_weight=600),
        ],
        class_="handle fold",
        data_block=frame.block,
        transform=f"translate({number(frame.x + 8)} {number(frame.y)})",
    )  # fmt: skip


def _node(node: Node, chosen: bool, families: Mapping[str, str], colours: Palette) -> str:
    tint = colours.tint(node.family, 0.13)
    edge = colours.accent if chosen else colours.tint(node.family, 0.75)
    radius = node.height / 2 if node.family == "merge" else 8.0
    box = {"width": node.width, "height": node.height, "rx": radius}
    parts = [text_element("title", node_title(node))]
    if chosen:
        halo = {"width": node.width + 10, "height": node.height + 10, "rx": radius + 5}
        parts.append(element("rect", class_="halo", x=-5.0, y=-5.0, fill=colours.accent, fill_opacity=0.22, **halo))
    if node.folded:
        parts += [
            element(
                "rect", class_="body", x=float(d), y=float(d), fill=colours.tint(node.family, 0.2), stroke=edge, **box
            )
            for d in (6, 3)
        ]
    parts.append(
        element("rect", class_="body", fill=tint, stroke=edge, stroke_width=2.2 if chosen else 1.2, **box)
    )  # fmt: skip
    indent = 10 if node.family == "merge" else 7
    parts.append(glyph(node.family, indent + 11, node.height / 2, colours))
    left = indent + 30
    room = node.width - left - (30 if node.folded else 8)
    first = 18.0 if node.folded else node.height / 2 - 3.5
    for i, line in enumerate(node.lines):
        size = 10.5 if i else 12.5
        style = {"fill": colours.muted, "class_": "muted"} if i else {"font_weight": 600}
        parts.append(text(shortened(line, room, size), left, first + 14.5 * i - (1 if i else 0), size=size, **style))
    if node.folded:
        parts += _strip(node, families, left, node.width - left - 30, colours)
        parts.append(
            element(
                "g",
                [
                    element("circle", class_="target", r=16.0, fill="#000000", fill_opacity=0),
                    element("circle", class_="chip", r=9.0, fill=colours.paper, stroke=colours.line),
                    element(
                        "path", class_="sign", d="M-4 0H4M0-4V4", stroke=colours.ink, stroke_width=1.8,
                        stroke_linecap="round",
                    ),
                ],
                class_="handle unfold",
                data_block=node.block,
                transform=f"translate({number(node.width - 17)} {number(node.height / 2)})",
            )
        )  # fmt: skip
    return element(
        "g",
        parts,
        class_=f"node {node.family}" + (" chosen" if chosen else ""),
        data_name=node.name,
        data_family=node.family,
        transform=f"translate({number(node.x)} {number(node.y)})",
    )


def _strip(node: Node, families: Mapping[str, str], x: float, width: float, colours: Palette) -> list[str]:
    """What a folded block is made of: one piece for each layer, in its family's colour."""
    count = len(node.members)
    step = min(9.0, width / count)
    gap = 1.5 if step > 4 else 0.0
    return [
        element("rect", x=x + i * step, y=node.height - 10.5, width=round(step - gap, 2), height=4.0, rx=min(1.0, gap),
                fill=colours.families[families[name]])
        for i, name in enumerate(node.members)
    ]  # fmt: skip


def node_title(node: Node) -> str:
    """What a node is, in one line per fact: for a tooltip or a screen reader."""
    kind = f"{len(node.members)} layers" if node.folded else node.kind
    named = FAMILIES.get(node.family)
    lines = [
        node.name,
        kind + (f", {named.lower()}" if named and named != "Other" and named.lower() not in kind.lower() else ""),
        node.detail,
        f"output {shape_text(node.output_shape)}",
        f"{node.parameters:,} parameters",
        f"{node.macs:,} MACs",
    ]
    return "\n".join(line for line in lines if line)
