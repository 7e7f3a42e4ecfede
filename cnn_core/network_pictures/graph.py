"""The graph of a network laid out in layers, top to bottom: where nodes and connections lie, in pixels. No Keras.

After Sugiyama, Tagawa and Toda 1981: ranks by the longest path, an order within each rank, coordinates. The longest way
through the network stays one straight line; shorter ways, such as a residual shortcut, run beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnn_core.network_pictures.folding import Group, fold
from cnn_core.network_pictures.kinds import count_text, family, shape_text, text_width
from cnn_core.network_pictures.ranks import Ranked, coordinates, rank

if TYPE_CHECKING:
    from cnn_core.summary import LayerRow

MARGIN = 24.0
RANK_GAP = 34.0
COLUMN_GAP = 56.0
LAYER_HEIGHT = 38.0
BLOCK_HEIGHT = 62.0
FRAME_PADDING = 10.0
NARROWEST, WIDEST = 132.0, 216.0
PORT_STEP = 16.0

Point = tuple[float, float]


@dataclass(frozen=True)
class Node:
    """A layer or a folded block; (x, y) is the upper left corner.

    Attributes:
        lines: its text, the name first.
        members: the layers that it stands for.
        rank: how many nodes the longest way from an input to it passes.
    """

    name: str
    kind: str
    family: str
    block: str
    lines: tuple[str, ...]
    members: tuple[str, ...]
    output_shape: tuple[int | None, ...]
    parameters: int
    macs: int
    detail: str
    rank: int
    x: float
    y: float
    width: float
    height: float

    @property
    def folded(self) -> bool:
        """Whether it is a folded block."""
        return len(self.members) > 1


@dataclass(frozen=True)
class Edge:
    """A connection, from the lower side of its source to the upper side of its target.

    Attributes:
        points: corners of its way.
        connections: how many connections of layers it stands for.
        skips: whether it passes by at least one other rank.
    """

    source: str
    target: str
    points: tuple[Point, ...]
    connections: int
    skips: bool


@dataclass(frozen=True)
class Frame:
    """What an unfolded block covers. `clear` says that no other node lies in it."""

    block: str
    x: float
    y: float
    width: float
    height: float
    clear: bool


@dataclass(frozen=True)
class Layout:
    """The whole picture, from (0, 0) to (width, height).

    Attributes:
        columns: how many columns it is cut into.
        column_starts: nodes at the top of the second and further columns.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    frames: tuple[Frame, ...]
    width: float
    height: float
    columns: int = 1
    column_starts: tuple[str, ...] = ()


def lay_out(rows: Sequence[LayerRow], *, unfolded: Collection[str] = ()) -> Layout:
    """Lay out the graph of these layers in one column, with every block folded but those named.

    Nodes never overlap, every edge goes down, and the same rows give the same layout.

    Raises:
        ValueError: the connections go round in a circle, or two layers have one name.
    """
    groups = fold(rows, unfolded=unfolded)
    if not groups:
        return Layout((), (), (), 2 * MARGIN, 2 * MARGIN)
    index = {group.name: i for i, group in enumerate(groups)}
    ranked = rank([[index[name] for name in group.inputs] for group in groups])
    nodes = [_measured(group, ranked.rank_of[i]) for i, group in enumerate(groups)]
    width = max(node.width for node in nodes)
    centres = coordinates(ranked, width=width)
    tops = _tops(ranked, nodes)
    left = min(x - (width / 2 if item < len(nodes) else 0) for item, x in enumerate(centres))
    shift = MARGIN - left
    nodes = [
        replace(
            node,
            width=width,
            x=round(centres[i] + shift - width / 2, 1),
            y=round(tops[node.rank][0] + (tops[node.rank][1] - node.height) / 2, 1),
        )
        for i, node in enumerate(nodes)
    ]
    edges = _edges(groups, ranked, nodes, [x + shift for x in centres], tops)
    frames = _frames(nodes, edges)
    right = max([node.x + node.width for node in nodes] + [x for edge in edges for x, _ in edge.points])
    right = max([right, *(frame.x + frame.width - FRAME_PADDING for frame in frames)])
    bottom = max(node.y + node.height for node in nodes)
    return Layout(tuple(nodes), edges, frames, round(right + MARGIN, 1), round(bottom + MARGIN, 1))


def _measured(group: Group, rank_of: int) -> Node:
    last = group.rows[-1]
    shape = shape_text(last.output_shape)
    lines: tuple[str, ...]
    if group.folded:
        kind, detail = "block", f"{group.rows[0].name} to {last.name}"
        lines = (group.name, f"{len(group.rows)} layers · {count_text(group.parameters)} params", shape)
    else:
        kind, detail = last.kind, last.detail
        lines = (group.name, f"{_short(kind)} · {shape}")
    wanted = (72 if group.folded else 46) + max(
        text_width(lines[0], 12.5) * 1.04, *(text_width(line, 10.5) for line in lines[1:])
    )
    return Node(
        name=group.name,
        kind=kind,
        family="block" if group.folded else family(kind),
        block=group.block,
        lines=lines,
        members=tuple(row.name for row in group.rows),
        output_shape=last.output_shape,
        parameters=group.parameters,
        macs=group.macs,
        detail=detail,
        rank=rank_of,
        x=0.0,
        y=0.0,
        width=min(WIDEST, max(NARROWEST, wanted)),
        height=BLOCK_HEIGHT if group.folded else LAYER_HEIGHT,
    )


_SHORT = {
    "BatchNormalization": "BatchNorm",
    "LayerNormalization": "LayerNorm",
    "GroupNormalization": "GroupNorm",
    "GlobalAveragePooling2D": "GlobalAvgPool",
    "GlobalMaxPooling2D": "GlobalMaxPool",
    "AveragePooling2D": "AvgPool2D",
    "MaxPooling2D": "MaxPool2D",
    "InputLayer": "Input",
    "ZeroPadding2D": "ZeroPad2D",
    "Conv2DTranspose": "Conv2DTransp.",
}


def _short(kind: str) -> str:
    return _SHORT.get(kind, kind)


def _tops(ranked: Ranked, nodes: Sequence[Node]) -> list[tuple[float, float]]:
    """Upper edge and height of each rank."""
    heights = [0.0] * len(ranked.order)
    for node in nodes:
        heights[node.rank] = max(heights[node.rank], node.height)
    tops, y = [], MARGIN
    for height in heights:
        tops.append((y, height))
        y += height + RANK_GAP
    return tops


def _edges(
    groups: Sequence[Group],
    ranked: Ranked,
    nodes: Sequence[Node],
    centres: Sequence[float],
    tops: Sequence[tuple[float, float]],
) -> tuple[Edge, ...]:
    lanes = ranked.lanes
    keys = sorted(lanes)
    # Where a connection touches its nodes: the straight one in the middle, the others on their own side of it.
    starts = _ports(nodes, centres, {key: (key[0], (lanes[key] or [key[1]])[0]) for key in keys})
    ends = _ports(nodes, centres, {key: (key[1], (lanes[key] or [key[0]])[-1]) for key in keys})
    edges = []
    for key in keys:
        source, target = key
        points: list[Point] = [(starts[key], nodes[source].y + nodes[source].height)]
        lane_points: list[Point] = []
        for offset, item in enumerate(lanes[key]):
            top, height = tops[nodes[source].rank + 1 + offset]
            lane_points += [(centres[item], top), (centres[item], top + height)]
        points += _straightened(lane_points)
        points.append((ends[key], nodes[target].y))
        group = groups[target]
        edges.append(
            Edge(
                source=nodes[source].name,
                target=nodes[target].name,
                points=tuple((round(x, 1), round(y, 1)) for x, y in points),
                connections=group.connections[group.inputs.index(nodes[source].name)],
                skips=bool(lanes[key]),
            )
        )
    return tuple(edges)


def _straightened(points: Sequence[Point]) -> list[Point]:
    inner = [
        points[i]
        for i in range(1, len(points) - 1)
        if abs(points[i][0] - points[i - 1][0]) > 0.1 or abs(points[i][0] - points[i + 1][0]) > 0.1
    ]
    return [points[0], *inner, points[-1]] if points else []


def _ports(
    nodes: Sequence[Node], centres: Sequence[float], ends: dict[tuple[int, int], tuple[int, int]]
) -> dict[tuple[int, int], float]:
    """The x where each connection touches a node; `ends` gives that node and the item that the connection goes to."""
    at: dict[int, list[tuple[float, tuple[int, int]]]] = {}
    for key, (node, towards) in ends.items():
        at.setdefault(node, []).append((centres[towards] - centres[node], key))
    ports = {}
    for node, connections in at.items():
        connections.sort()
        straight = min(range(len(connections)), key=lambda i: (abs(connections[i][0]), i))
        middle = straight if abs(connections[straight][0]) < 1 else (len(connections) - 1) / 2
        widest = max(middle, len(connections) - 1 - middle)
        step = min(PORT_STEP, (nodes[node].width / 2 - 12) / widest) if widest else 0
        for i, (_, key) in enumerate(connections):
            ports[key] = centres[node] + (i - middle) * step
    return ports


def _frames(nodes: Sequence[Node], edges: Sequence[Edge]) -> tuple[Frame, ...]:
    block_of = {node.name: node.block for node in nodes if not node.folded}
    blocks: dict[str, list[Node]] = {}
    for node in nodes:
        if node.block and not node.folded:
            blocks.setdefault(node.block, []).append(node)
    frames = []
    for block, inside in blocks.items():
        if len(inside) < 2:
            continue
        # A shortcut within the block lies in its frame, too.
        own = [edge for edge in edges if block_of.get(edge.source) == block_of.get(edge.target) == block]
        lanes = [x for edge in own for x, _ in edge.points]
        left = min([node.x for node in inside] + lanes) - FRAME_PADDING
        top = min(node.y for node in inside) - FRAME_PADDING
        right = max([node.x + node.width for node in inside] + lanes) + FRAME_PADDING
        bottom = max(node.y + node.height for node in inside) + FRAME_PADDING
        clear = not any(
            node.block != block
            and node.x < right
            and node.x + node.width > left
            and node.y < bottom
            and node.y + node.height > top
            for node in nodes
        )
        frames.append(Frame(block, left, top, round(right - left, 1), round(bottom - top, 1), clear))
    return tuple(frames)
