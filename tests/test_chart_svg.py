"""Charts as SVG: what stands in them is where it belongs, and nothing that a name holds gets out of its text."""

from xml.etree import ElementTree

import pytest

from cnn_core.chart_svg import bars_svg, curves_svg, field_svg

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "</text><script>alert(1)</script> & \x08 'cat'"


def _all(source: str, name: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(source).iter(SVG + name))


def _words(source: str) -> list[str]:
    return [element.text or "" for element in _all(source, "text")]


def test_points_of_curves_are_in_proportion():
    source = curves_svg([-1.0, 0.0, 3.0], {"a": [0.0, 0.5, 1.0], "b": [1.0, 1.0, 0.0]}, x_title="strength")
    points = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in _all(source, "circle")]
    (left, bottom), (middle, half), (right, top) = points[:3]
    assert (middle - left) / (right - left) == pytest.approx(0.25, abs=0.001)
    assert half == pytest.approx((top + bottom) / 2, abs=0.1)
    assert [y for _, y in points[3:]] == [top, top, bottom]
    first, second = _all(source, "polyline")
    assert first.get("stroke") != second.get("stroke")
    assert first.get("stroke-dasharray") != second.get("stroke-dasharray"), "told apart without colour"
    assert {"a", "b", "strength", "0 %", "100 %", "-1", "3"} <= set(_words(source))


@pytest.mark.parametrize(("low", "high", "ticks"), [(-180, 180, ["-180", "-120", "0", "180"]), (0, 50, ["10", "50"])])
def test_the_axis_has_round_numbers(low, high, ticks):
    assert set(ticks) <= set(_words(curves_svg([low, high], {"a": [0, 1]}, x_title="x")))


def test_one_point_is_a_curve_too():
    assert len(_all(curves_svg([4.0], {"a": [0.3]}, x_title="x"), "circle")) == 1


def test_cells_of_a_field_have_their_numbers_and_colours():
    source = field_svg([[0.0, 0.5], [0.75, 1.0]], rows=[0, 9], columns=[0, 8], title="cat")
    cells = _all(source, "rect")[1:]
    assert (cells[0].get("fill"), cells[-1].get("fill")) == ("#00224E", "#FEE838")
    assert [word for word in _words(source) if word.endswith("%")] == ["0 %", "50 %", "75 %", "100 %"]


def test_bars_are_as_long_as_their_probabilities():
    source = bars_svg({"Starter": [("cat", 0.8), ("dog", 0.2)], "Other": [("cat", 0.4)]})
    lengths = [float(bar.get("width")) for bar in _all(source, "rect")[1:]]
    assert lengths[1] / lengths[0] == pytest.approx(0.25)
    assert lengths[2] / lengths[0] == pytest.approx(0.5)


@pytest.mark.parametrize(
    "source",
    [
        curves_svg([0, 1], {EVIL: [0, 1]}, x_title=EVIL),
        field_svg([[0.5]], rows=[EVIL], columns=[EVIL], title=EVIL),
        bars_svg({EVIL: [(EVIL, 0.5)]}),
    ],
    ids=["curves", "field", "bars"],
)
def test_names_stay_text(source):
    assert not _all(source, "script")
    assert "cat" in " ".join(_words(source))
