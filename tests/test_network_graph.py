"""Folding and layout of the layer graph: what holds for every graph, and what the known networks look like."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.network_pictures.columns import fit_columns, in_columns, like_columns
from cnn_core.network_pictures.folding import fold, foldable
from cnn_core.network_pictures.graph import Layout, Node, lay_out
from cnn_core.network_pictures.kinds import count_text
from cnn_core.network_pictures.ranks import crossings
from cnn_core.summary import LayerRow
from tests.network_fixtures import chain, inception, residual, row, unet


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[LayerRow], set[str]]:
    """Random graphs without cycles, some layers in blocks (of any shape), and some blocks to unfold."""
    count = draw(st.integers(1, 24))
    rows: list[LayerRow] = []
    for i in range(count):
        sources = draw(st.lists(st.integers(max(0, i - 6), i - 1), max_size=3)) if i else []
        block = draw(st.sampled_from(["", "", "a", "b", "c"]))
        kind = draw(st.sampled_from(["Conv2D", "Add", "Dense", "ReLU"]))
        shape = draw(st.sampled_from([(8, 8, 4), (4, 4, 16), (10,), (None, None, 3)]))
        rows.append(row(f"n{i}", kind, [f"n{s}" for s in sources], shape, block=block, parameters=i, macs=2 * i))
    return rows, draw(st.sets(st.sampled_from("abc")))


def overlaps(nodes: tuple[Node, ...]) -> list[tuple[str, str]]:
    return [
        (a.name, b.name)
        for i, a in enumerate(nodes)
        for b in nodes[:i]
        if a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height
    ]


def node_of(layout: Layout, name: str) -> Node:
    return next(node for node in layout.nodes if node.name == name)


@given(networks())
@settings(max_examples=150, deadline=None)
def test_every_layout_is_free_of_overlaps_and_runs_downwards(network: tuple[list[LayerRow], set[str]]) -> None:
    rows, unfolded = network
    layout = lay_out(rows, unfolded=unfolded)
    assert overlaps(layout.nodes) == []
    for edge in layout.edges:
        heights = [y for _, y in edge.points]
        assert heights == sorted(heights)
        assert heights[0] < heights[-1]
        source, target = node_of(layout, edge.source), node_of(layout, edge.target)
        assert source.x <= edge.points[0][0] <= source.x + source.width
        assert target.x <= edge.points[-1][0] <= target.x + target.width
        assert edge.points[0][1] == source.y + source.height
        assert edge.points[-1][1] == target.y
    for node in layout.nodes:
        assert node.x >= 0
        assert node.y >= 0
        assert node.x + node.width <= layout.width
        assert node.y + node.height <= layout.height


@given(networks())
@settings(max_examples=150, deadline=None)
def test_folding_keeps_every_layer_and_every_connection(network: tuple[list[LayerRow], set[str]]) -> None:
    rows, unfolded = network
    groups = fold(rows, unfolded=unfolded)
    assert sorted(r.name for group in groups for r in group.rows) == sorted(r.name for r in rows)
    assert sum(group.parameters for group in groups) == sum(r.parameters for r in rows)
    assert all(group.block not in unfolded for group in groups if group.folded)
    place = {group.name: i for i, group in enumerate(groups)}
    holder = {r.name: group.name for group in groups for r in group.rows}
    wanted: dict[tuple[str, str], int] = {}
    for r in rows:
        for name in r.inputs:
            if holder[name] != holder[r.name]:
                wanted[holder[name], holder[r.name]] = wanted.get((holder[name], holder[r.name]), 0) + 1
    found = {
        (source, g.name): count for g in groups for source, count in zip(g.inputs, g.connections, strict=True)
    }  # fmt: skip
    assert found == wanted
    assert all(place[a] < place[b] for a, b in wanted)


@given(networks(), st.integers(2, 5))
@settings(max_examples=100, deadline=None)
def test_columns_hold_the_same_nodes_without_overlaps(network: tuple[list[LayerRow], set[str]], columns: int) -> None:
    layout = lay_out(network[0], unfolded=network[1])
    folded = in_columns(layout, columns)
    assert folded.columns <= columns
    assert [node.name for node in folded.nodes] == [node.name for node in layout.nodes]
    assert overlaps(folded.nodes) == []
    for node in folded.nodes:
        assert 0 <= node.x <= folded.width - node.width
        assert 0 <= node.y <= folded.height - node.height
    for before, after in zip(layout.edges, folded.edges, strict=True):
        assert (before.source, before.target) == (after.source, after.target)
        assert after.points[-1][1] == node_of(folded, after.target).y
        assert all(0 <= x <= folded.width and 0 <= y <= folded.height for x, y in after.points)


def test_a_layout_is_the_same_every_time() -> None:
    assert lay_out(residual(), unfolded={"conv3_block1"}) == lay_out(residual(), unfolded={"conv3_block1"})


def test_blocks_fold_into_one_node_with_their_layers_and_parameters() -> None:
    rows = residual()
    layout = lay_out(rows)
    inside = [r for r in rows if r.block == "conv2_block1"]
    block = node_of(layout, "conv2_block1")
    assert block.members == tuple(r.name for r in inside)
    assert block.parameters == sum(r.parameters for r in inside)
    assert block.lines == (
        "conv2_block1",
        f"{len(inside)} layers · {count_text(block.parameters)} params",
        "56 × 56 × 256",
    )
    assert len(layout.nodes) == len(rows) - sum(bool(r.block) for r in rows) + len(foldable(rows))


def test_connections_of_a_folded_block_are_merged() -> None:
    rows = [
        row("a", "InputLayer", (), (4, 4, 1)),
        row("b1", "Conv2D", ["a"], (4, 4, 1), block="b"),
        row("b2", "Conv2D", ["a"], (4, 4, 1), block="b"),
        row("c", "Add", ["b1", "b2"], (4, 4, 1)),
    ]
    edges = {(e.source, e.target): e.connections for e in lay_out(rows).edges}
    assert edges == {("a", "b"): 2, ("b", "c"): 2}


def test_a_block_that_others_pass_through_is_folded_in_parts() -> None:
    rows = [
        row("x1", "Conv2D", (), (4, 4, 1), block="x"),
        row("x2", "Conv2D", ["x1"], (4, 4, 1), block="x"),
        row("other", "Conv2D", ["x2"], (4, 4, 1)),
        row("x3", "Conv2D", ["other"], (4, 4, 1), block="x"),
        row("x4", "Conv2D", ["x3"], (4, 4, 1), block="x"),
    ]
    assert [(g.name, len(g.rows)) for g in fold(rows)] == [("x", 2), ("other", 1), ("x (2)", 2)]
    assert len(fold(rows, unfolded={"x"})) == 5


def test_a_chain_is_one_straight_line() -> None:
    layout = lay_out(chain())
    assert len({node.x for node in layout.nodes}) == 1
    assert not any(edge.skips for edge in layout.edges)


def test_the_main_way_of_a_residual_network_is_straight_and_shortcuts_run_beside_it() -> None:
    rows = residual()
    layout = lay_out(rows, unfolded=foldable(rows))
    main = [node for node in layout.nodes if "_0_" not in node.name]
    assert len({node.x for node in main}) == 1
    right = main[0].x + main[0].width
    skips = [edge for edge in layout.edges if edge.skips]
    assert len(skips) == 16
    assert all(max(x for x, _ in edge.points) > right for edge in skips)


def test_the_branches_of_an_inception_module_lie_side_by_side_under_their_source() -> None:
    rows = inception()
    layout = lay_out(rows, unfolded=foldable(rows))
    first = [node_of(layout, f"inception_3a_{branch}_0") for branch in range(4)]
    assert len({node.y for node in first}) == 1
    assert len({node.x for node in first}) == 4
    centre = sum(node.x for node in first) / 4
    for name in ("image", "inception_3a_output", "inception_3b_output"):
        assert node_of(layout, name).x == pytest.approx(centre, abs=0.2)


def test_the_skips_of_a_u_net_are_nested() -> None:
    layout = lay_out(unet())
    skips = sorted((edge for edge in layout.edges if edge.skips), key=lambda edge: edge.points[0][1])
    lanes = [max(x for x, _ in edge.points) for edge in skips]
    assert len(lanes) == 3
    assert lanes == sorted(lanes, reverse=True)


def test_frames_surround_the_layers_of_an_unfolded_block() -> None:
    layout = lay_out(residual(), unfolded={"conv4_block2"})
    (frame,) = layout.frames
    assert frame.clear
    inside = [
        n.name for n in layout.nodes
        if frame.x < n.x and n.x + n.width < frame.x + frame.width and frame.y < n.y and n.y < frame.y + frame.height
    ]  # fmt: skip
    assert set(inside) == {n.name for n in layout.nodes if n.block == "conv4_block2"}


def test_a_tall_graph_goes_into_columns_where_the_room_is_wide() -> None:
    layout = lay_out(residual())
    wide = fit_columns(layout, width=1000, height=640)
    assert wide.columns > 1
    assert wide.height < layout.height / 2
    assert fit_columns(layout, width=340, height=640, least_scale=0.8).columns == 1


def test_crossings_are_counted() -> None:
    assert crossings([[0, 1], [2, 3]], [[], [], [1], [0]]) == 1
    assert crossings([[0, 1], [2, 3]], [[], [], [0], [1]]) == 0
    assert crossings([[0, 1, 2], [3, 4]], [[], [], [], [1, 2], [0]]) == 2


def test_circles_and_doubles_are_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        fold([row("a", "Add", ["b"], (1,)), row("b", "Add", ["a"], (1,))])
    with pytest.raises(ValueError, match="one name"):
        fold([row("a", "Add", (), (1,)), row("a", "Add", (), (1,))])


def test_an_empty_network_has_an_empty_layout() -> None:
    assert lay_out([]).nodes == ()


@pytest.mark.parametrize("unfold", [False, True])
def test_a_network_of_170_layers_is_laid_out_in_an_instant(unfold: bool) -> None:
    rows = residual()
    assert len(rows) == 170
    times = []
    for _ in range(3):
        start = time.perf_counter()
        lay_out(rows, unfolded=foldable(rows) if unfold else ())
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1


def test_a_shortcut_past_branches_is_straight() -> None:
    rows = [
        row("x", "InputLayer", (), (8, 8, 4)),
        row("left", "Conv2D", ["x"], (8, 8, 4)),
        row("right", "Conv2D", ["x"], (8, 8, 4)),
        row("sum", "Add", ["left", "right"], (8, 8, 4)),
        row("scale", "Activation", ["sum"], (8, 8, 4)),
        row("out", "Multiply", ["x", "scale"], (8, 8, 4)),
    ]
    layout = lay_out(rows)
    (shortcut,) = [edge for edge in layout.edges if (edge.source, edge.target) == ("x", "out")]
    assert len({x for x, _ in shortcut.points[1:-1]}) == 1
    assert node_of(layout, "x").x == node_of(layout, "sum").x == node_of(layout, "out").x


def test_unfolding_keeps_the_columns_where_they_start() -> None:
    rows = residual()
    folded = fit_columns(lay_out(rows), width=1000, height=640)
    unfolded = like_columns(lay_out(rows, unfolded={"conv3_block2"}), folded)
    assert folded.columns > 1
    starts = [node_of(unfolded, name).block for name in unfolded.column_starts]
    assert starts == [node_of(folded, name).block for name in folded.column_starts]
    assert overlaps(unfolded.nodes) == []
