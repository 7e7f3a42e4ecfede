"""A tall graph folded into columns, like the text of a newspaper, so that a deep network fits a screen. No Keras."""

from dataclasses import replace

from cnn_core.network_pictures.graph import COLUMN_GAP, MARGIN, RANK_GAP, Edge, Frame, Layout, Node, Point

MOST_COLUMNS = 12
# How much larger more columns must make the picture.
WORTH_A_COLUMN = 1.12
# How much of the columns' common height they must fill.
LEAST_FILLED = 0.7
_TURN = 15.0


def fit_columns(layout: Layout, *, width: float, height: float, least_scale: float = 0.0) -> Layout:
    """The layout in the number of columns that lets it be drawn largest in a room of width x height pixels.

    More than one column must fit the width at `least_scale`.
    """
    best, best_scale = layout, 0.0
    seen = set()
    for columns in range(1, MOST_COLUMNS + 1):
        candidate = in_columns(layout, columns)
        if candidate.columns in seen:
            continue
        seen.add(candidate.columns)
        if columns > 1 and width / candidate.width < least_scale:
            break
        scale = min(1.0, width / candidate.width, height / candidate.height)
        if scale > best_scale * WORTH_A_COLUMN:
            best, best_scale = candidate, scale
    return best


def in_columns(layout: Layout, columns: int) -> Layout:
    """Cut a layout of one column into at most `columns`, of heights as equal as can be.

    It is cut only where all that passes from above to below comes from one node just above, and never within a frame;
    not at all where the columns would be of very unequal heights.
    """
    pieces = _pieces(layout)
    heights = [bottom - top for _, top, bottom in pieces]
    groups = _balanced(heights, columns)
    spans = [(pieces[first][1], pieces[last][2]) for first, last in groups]
    filled = [bottom - top for top, bottom in spans]
    if len(groups) < 2 or sum(filled) < LEAST_FILLED * len(filled) * max(filled):
        return layout
    return _moved(layout, spans)


def like_columns(layout: Layout, model: Layout) -> Layout:
    """Cut a layout of one column where `model` is cut, which shows the same layers folded otherwise.

    So a block that is unfolded makes its own column longer, and the rest stays where it is.
    """
    starts = {name for node in model.nodes if node.name in model.column_starts for name in node.members}
    ranks = {node.rank for node in layout.nodes if starts & set(node.members)}
    spans: list[tuple[float, float]] = []
    for rank, top, bottom in _pieces(layout):
        if not spans or rank in ranks:
            spans.append((top, bottom))
        else:
            spans[-1] = (spans[-1][0], bottom)
    return _moved(layout, spans) if len(spans) > 1 else layout


def _pieces(layout: Layout) -> list[tuple[int, float, float]]:
    """First rank, upper and lower end of the parts that cannot be cut, from top to bottom."""
    ranks = max((node.rank for node in layout.nodes), default=0) + 1
    tops, bottoms = [float("inf")] * ranks, [0.0] * ranks
    rank_of = {}
    for node in layout.nodes:
        rank_of[node.name] = node.rank
        tops[node.rank] = min(tops[node.rank], node.y)
        bottoms[node.rank] = max(bottoms[node.rank], node.y + node.height)
    passing, leaving = [0] * ranks, {node.name: 0 for node in layout.nodes}
    for edge in layout.edges:
        leaving[edge.source] += 1
        for r in range(rank_of[edge.source], rank_of[edge.target]):
            passing[r] += 1
    single = [0] * ranks
    for name, count in leaving.items():
        single[rank_of[name]] = max(single[rank_of[name]], count)
    pieces, first = [], 0
    for r in range(ranks):
        last = r == ranks - 1
        middle = bottoms[r] + RANK_GAP / 2
        framed = any(frame.y < middle < frame.y + frame.height for frame in layout.frames)
        if last or (passing[r] == single[r] and passing[r] > 0 and not framed):
            pieces.append((first, tops[first], max(bottoms[first : r + 1])))
            first = r + 1
    return pieces


def _balanced(heights: list[float], columns: int) -> list[tuple[int, int]]:
    """First and last index of each of at most `columns` runs, so that the highest run is as low as possible."""

    def runs(limit: float) -> list[tuple[int, int]]:
        found, start, total = [], 0, 0.0
        for i, height in enumerate(heights):
            if i > start and total + RANK_GAP + height > limit:
                found.append((start, i - 1))
                start, total = i, height
            else:
                total += height + (RANK_GAP if i > start else 0)
        return [*found, (start, len(heights) - 1)]

    low, high = max(heights), sum(heights) + RANK_GAP * len(heights)
    while high - low > 1:
        middle = (low + high) / 2
        low, high = (low, middle) if len(runs(middle)) <= columns else (middle, high)
    return runs(high)


def _moved(layout: Layout, spans: list[tuple[float, float]]) -> Layout:
    def column_at(y: float) -> int:
        return next((i for i, (_, bottom) in enumerate(spans) if y <= bottom + RANK_GAP / 2), len(spans) - 1)

    edges_of = [point for edge in layout.edges for point in edge.points]
    lefts, rights = [float("inf")] * len(spans), [0.0] * len(spans)
    boxes = [(n.x, n.y, n.width) for n in layout.nodes] + [(f.x, f.y, f.width) for f in layout.frames]
    for x, y, width in [*boxes, *((x, y, 0.0) for x, y in edges_of)]:
        i = column_at(y)
        lefts[i], rights[i] = min(lefts[i], x), max(rights[i], x + width)
    shifts, x = [], MARGIN
    for i, (top, _) in enumerate(spans):
        shifts.append((x - lefts[i], MARGIN + _TURN - top))
        x += rights[i] - lefts[i] + COLUMN_GAP

    def node_moved(node: Node) -> Node:
        dx, dy = shifts[column_at(node.y)]
        return replace(node, x=round(node.x + dx, 1), y=round(node.y + dy, 1))

    def frame_moved(frame: Frame) -> Frame:
        dx, dy = shifts[column_at(frame.y)]
        return replace(frame, x=round(frame.x + dx, 1), y=round(frame.y + dy, 1))

    nodes = {node.name: node_moved(node) for node in layout.nodes}

    def edge_moved(edge: Edge) -> Edge:
        columns = [column_at(y) for _, y in edge.points]
        points: list[Point] = []
        for i, (x, y) in enumerate(edge.points):
            dx, dy = shifts[columns[i]]
            if i and columns[i] != columns[i - 1]:
                source = nodes[edge.source]
                bottom = source.y + source.height
                gutter = lefts[columns[i]] + dx - COLUMN_GAP / 2
                turn = spans[columns[i]][0] + dy - _TURN - 4
                start = source.x + source.width / 2
                points = [(start, bottom), (start, bottom + _TURN), (gutter, bottom + _TURN), (gutter, turn)]
                points.append((x + dx, turn))
            points.append((x + dx, y + dy))
        return replace(edge, points=tuple((round(x, 1), round(y, 1)) for x, y in points))

    height = max(bottom - top for top, bottom in spans) + 2 * (MARGIN + _TURN)
    return Layout(
        nodes=tuple(nodes.values()),
        edges=tuple(edge_moved(edge) for edge in layout.edges),
        frames=tuple(frame_moved(frame) for frame in layout.frames),
        width=round(x - COLUMN_GAP + MARGIN, 1),
        height=round(height, 1),
        column_starts=tuple(node.name for node in layout.nodes if any(node.y == top for top, _ in spans[1:])),
        columns=len(spans),
    )
