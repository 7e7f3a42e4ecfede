"""The SVG pictures: valid files, the right numbers, every text escaped, the selection visible, light and dark."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.network_pictures import bars_svg, graph_svg, perspective_svg
from cnn_core.network_pictures.drawing import DARK, GLYPHS, LIGHT, contrasting, mixed
from cnn_core.network_pictures.kinds import FAMILIES, family
from cnn_core.network_pictures.stages import stages
from tests.network_fixtures import NETWORKS, chain, inception, residual, row, summary, unet

SVG = "{http://www.w3.org/2000/svg}"
PICTURES: dict[str, Callable[..., str]] = {
    "graph": graph_svg,
    "perspective": perspective_svg,
    "bars": bars_svg,
    "macs": lambda *args, **options: bars_svg(*args, of="macs", **options),
}


def texts(svg: ET.Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{SVG}text")]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("network", NETWORKS)
def test_each_picture_is_a_file_of_its_own(network: str, picture: str, dark: bool) -> None:
    text = PICTURES[picture](summary(NETWORKS[network](), network), dark=dark)
    svg = ET.fromstring(text)
    assert svg.tag == f"{SVG}svg"
    assert network in svg.find(f"{SVG}title").text
    assert svg.find(f"{SVG}desc").text
    assert float(svg.get("width")) > 100
    assert float(svg.get("height")) > 100
    assert "sans-serif" in svg.get("font-family")
    # Nothing is fetched from elsewhere, and no number is missing.
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"\b(nan|inf|None)\b", text)
    assert (DARK if dark else LIGHT).paper in text


@pytest.mark.parametrize("picture", PICTURES)
def test_names_are_escaped(picture: str) -> None:
    rows = [
        row('<script>"&\x07', "InputLayer", (), (4, 4, 1)),
        row("]]><b onload='x'>", "Conv2D", ['<script>"&\x07'], (4, 4, 2), parameters=5, macs=7, detail="<3 × 3>"),
    ]
    svg = ET.fromstring(PICTURES[picture](summary(rows, "a <b> & \x00c"), selected="]]><b onload='x'>"))
    assert not [e for e in svg.iter() if e.tag in (f"{SVG}script", f"{SVG}b") or "onload" in e.attrib]
    assert "a <b> & c" in svg.find(f"{SVG}title").text


@given(st.text(max_size=30), st.integers(0, 10**12), st.lists(st.one_of(st.none(), st.integers(1, 4096)), max_size=4))
@settings(max_examples=80, deadline=None)
def test_any_name_shape_and_count_makes_a_valid_file(name: str, count: int, shape: list[int | None]) -> None:
    rows = [row("x" + name, "Conv2D", (), shape, parameters=count, macs=count, detail=name)]
    for draw in PICTURES.values():
        ET.fromstring(draw(summary(rows, name), selected="x" + name))


@pytest.mark.parametrize("picture", PICTURES)
def test_the_selected_layer_is_highlighted(picture: str) -> None:
    whole = summary(residual())
    svg = ET.fromstring(PICTURES[picture](whole, selected="conv3_block2_2_conv"))
    chosen = [e.get("data-name") for e in svg.iter(f"{SVG}g") if "chosen" in e.get("class", "").split()]
    expected = {"perspective": ["conv3_block1"]}.get(picture, ["conv3_block2"])
    assert chosen == expected
    assert LIGHT.accent in ET.tostring(svg, encoding="unicode")
    assert "chosen" not in PICTURES[picture](whole, selected="no such layer").replace("arrow-chosen", "")


def test_the_graph_folds_as_asked() -> None:
    whole = summary(inception())
    assert texts(ET.fromstring(graph_svg(whole))).count("inception_3a") == 1
    one = texts(ET.fromstring(graph_svg(whole, folded={"inception_3a"})))
    assert "inception_3b_output" in one
    assert "inception_3a_output" not in one
    assert "inception_3a_output" in texts(ET.fromstring(graph_svg(whole, folded=())))


def test_the_legend_names_what_is_there() -> None:
    present = {FAMILIES[family(r.kind)] for r in residual()}
    svg = ET.fromstring(graph_svg(summary(residual())))
    legend = next(e for e in svg.iter(f"{SVG}g") if e.get("class") == "legend")
    assert set(texts(legend)) == present == set(FAMILIES.values())


def test_a_chain_is_drawn_layer_by_layer_with_its_sizes() -> None:
    found = stages(chain())
    assert [(s.name, s.shape) for s in found] == [
        ("image", (32, 32, 1)),
        ("c1", (28, 28, 6)),
        ("s2", (14, 14, 6)),
        ("c3", (10, 10, 16)),
        ("output", (10,)),
    ]
    assert found[3].members == ("c3", "flatten")
    svg = ET.fromstring(perspective_svg(summary(chain())))
    assert {"32×32×1", "28×28×6", "14×14×6", "10×10×16", "10"} <= set(texts(svg))


def test_residual_stages_are_one_solid_each() -> None:
    found = [(s.shape, s.steps) for s in stages(residual()) if s.kind == "block"]
    assert found == [((56, 56, 256), 3), ((28, 28, 512), 4), ((14, 14, 1024), 6), ((7, 7, 2048), 3)]
    assert {"3 blocks", "4 blocks", "6 blocks"} <= set(texts(ET.fromstring(perspective_svg(summary(residual())))))


def test_every_stage_has_room_and_the_larger_maps_are_taller() -> None:
    svg = ET.fromstring(perspective_svg(summary(residual((3, 30, 30, 3)))))
    width, height = float(svg.get("width")), float(svg.get("height"))
    assert width < 1200
    assert height < 600
    assert len([e for e in svg.iter(f"{SVG}g") if "solid" in e.get("class", "")]) == 9


def test_a_u_net_goes_down_and_up_again() -> None:
    svg = ET.fromstring(perspective_svg(summary(unet())))
    assert len([e for e in svg.iter(f"{SVG}path") if e.get("class") == "skip"]) == 3
    at = {t.text: float(t.get("y")) for t in svg.iter(f"{SVG}text") if "×" in (t.text or "")}
    assert at["64×64×16"] < at["32×32×32"] < at["16×16×64"] < at["8×8×128"]
    assert not [e for e in ET.fromstring(perspective_svg(summary(residual()))).iter() if e.get("class") == "skip"]


def test_bars_are_as_long_as_their_numbers_and_tell_their_share() -> None:
    svg = ET.fromstring(bars_svg(summary(chain())))
    bars = {g.get("data-name"): g for g in svg.iter(f"{SVG}g") if g.get("class", "").startswith("bar")}
    assert list(bars) == ["c1", "c3", "output"]
    lengths = {name: float(bar.find(f"{SVG}rect").get("width")) for name, bar in bars.items()}
    assert lengths["c3"] / lengths["output"] == pytest.approx(2416 / 16_010, abs=0.01)
    assert texts(bars["output"]) == ["output", "16.0 K", "86.2%"]
    assert "18,582 parameters · 3 layers without parameters are left out" in texts(svg)


def test_a_deep_network_is_shown_by_block_unless_asked_otherwise() -> None:
    whole = summary(residual())
    assert "conv2_block1 (11 layers)" in texts(ET.fromstring(bars_svg(whole)))
    assert "conv2_block1_1_conv" in texts(ET.fromstring(bars_svg(whole, by_block=False)))
    with pytest.raises(ValueError, match="parameters"):
        bars_svg(whole, of="layers")  # type: ignore[arg-type]


def test_every_family_has_a_colour_and_a_glyph_of_its_own() -> None:
    for colours in (LIGHT, DARK):
        used = [colours.families[name] for name in FAMILIES]
        assert len(set(used)) == len(used)
    assert len({GLYPHS[name] for name in FAMILIES}) == len(FAMILIES)
    assert {
        family(kind) for kind in ("Conv2D", "MaxPooling2D", "BatchNormalization", "ReLU", "Dense", "Add", "Dropout")
    } == (set(FAMILIES))
    assert mixed("#000000", "#FFFFFF", 0.5) == "#808080"
    assert (contrasting("#000000"), contrasting("#FFFF00")) == ("#FFFFFF", "#11161D")


def test_upsampling_belongs_to_what_reads_it_and_at_the_end_stays() -> None:
    rows = [
        row("image", "InputLayer", (), (8, 8, 3)),
        row("down", "Conv2D", ["image"], (4, 4, 8)),
        row("up", "UpSampling2D", ["down"], (8, 8, 8)),
        row("conv", "Conv2D", ["up"], (8, 8, 2)),
        row("last_up", "UpSampling2D", ["conv"], (16, 16, 2)),
        row("softmax", "Activation", ["last_up"], (16, 16, 2)),
    ]
    assert [(s.name, s.shape[0], s.members) for s in stages(rows)][2:] == [
        ("conv", 8, ("up", "conv")),
        ("last_up", 16, ("last_up", "softmax")),
    ]
