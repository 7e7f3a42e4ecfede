"""The layer graph in a real Chromium: selecting, folding, zooming, the keyboard, a phone, and the file it saves."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from tests.browser.components.cells import WAIT, mount
from tests.network_fixtures import residual

pytestmark = pytest.mark.browser
SVG = "{http://www.w3.org/2000/svg}"


def open_graph(page: Any, network: str = "residual") -> None:
    mount(page, {"component": "graph", "network": network})
    # The first picture is for a guessed room; the next one is for the real one.
    page.wait_for_timeout(800)


def node(page: Any, name: str) -> Any:
    return page.locator(f'[data-testid="network-node"][data-name="{name}"]')


def wait_selected(page: Any, name: str) -> None:
    page.get_by_test_id("stText").filter(has_text=re.compile(f"^selected: {name}$")).wait_for(timeout=WAIT)


def saved(page: Any) -> ET.Element:
    with page.expect_download() as download:
        page.get_by_test_id("network-download").click()
    assert download.value.suggested_filename.endswith(".svg")
    return ET.fromstring(Path(download.value.path()).read_text(encoding="utf-8"))


def names_in(svg: ET.Element) -> set[str]:
    return {
        element.get("data-name", "") for element in svg.iter(f"{SVG}g") if "node" in element.get("class", "").split()
    }


def scale(page: Any) -> float:
    style = page.locator("svg.network-graph").get_attribute("style")
    return float(re.search(r"scale\(([\d.]+)\)", style).group(1))


def test_a_deep_network_is_folded_and_wholly_in_sight(page: Any) -> None:
    open_graph(page)
    assert len(residual()) > 150
    assert page.get_by_test_id("network-node").count() < 30
    stage = page.get_by_test_id("network-stage").bounding_box()
    for box in (one.bounding_box() for one in page.get_by_test_id("network-node").all()):
        assert stage["x"] <= box["x"]
        assert box["x"] + box["width"] <= stage["x"] + stage["width"]
        assert stage["y"] <= box["y"]
        assert box["y"] + box["height"] <= stage["y"] + stage["height"]
    assert scale(page) >= 0.8


def test_a_click_selects_and_the_saved_picture_shows_it(page: Any) -> None:
    open_graph(page)
    node(page, "conv1_conv").click()
    wait_selected(page, "conv1_conv")
    page.locator('.node.chosen[data-name="conv1_conv"]').wait_for(timeout=WAIT)
    svg = saved(page)
    chosen = [e.get("data-name") for e in svg.iter(f"{SVG}g") if "chosen" in e.get("class", "").split()]
    assert chosen == ["conv1_conv"]
    assert svg.find(f"{SVG}title").text == "Layer graph of residual"
    assert "tabindex" not in ET.tostring(svg, encoding="unicode")


def test_blocks_unfold_and_fold_one_by_one(page: Any) -> None:
    open_graph(page)
    before = names_in(saved(page))
    page.locator('[data-testid="network-unfold-block"][data-block="conv3_block2"]').click()
    node(page, "conv3_block2_add").wait_for(timeout=WAIT)
    inside = {row.name for row in residual() if row.block == "conv3_block2"}
    assert names_in(saved(page)) == before - {"conv3_block2"} | inside
    page.locator('[data-testid="network-fold-block"][data-block="conv3_block2"]').click()
    node(page, "conv3_block2").wait_for(timeout=WAIT)
    assert names_in(saved(page)) == before


def test_an_unfolded_block_stays_under_the_pointer_and_survives_a_selection(page: Any) -> None:
    open_graph(page)
    old = node(page, "conv4_block1").bounding_box()
    node(page, "conv4_block1").click()
    page.locator('[data-testid="network-fold-block"]').wait_for(timeout=WAIT)
    new = page.locator('[data-testid="network-fold-block"]').bounding_box()
    assert abs(new["x"] - old["x"]) < 40
    assert abs(new["y"] - old["y"]) < 40
    node(page, "conv4_block1_1_conv").click()
    wait_selected(page, "conv4_block1_1_conv")
    assert node(page, "conv4_block1_add").count() == 1


def test_everything_unfolds_at_once(page: Any) -> None:
    open_graph(page)
    page.get_by_test_id("network-unfold").click()
    node(page, "conv5_block3_add").wait_for(timeout=WAIT)
    assert page.get_by_test_id("network-node").count() == len(residual())
    page.get_by_test_id("network-fold").click()
    node(page, "conv5_block3").wait_for(timeout=WAIT)


def test_pointing_at_a_layer_tells_what_it_is(page: Any) -> None:
    open_graph(page)
    node(page, "conv1_conv").hover()
    facts = page.get_by_test_id("network-facts").inner_text()
    for fact in ("conv1_conv", "Conv2D", "112 × 112 × 64", "9,472 parameters", "118,013,952 MACs"):
        assert fact in facts
    assert page.locator(".edge[data-near]").count() == 2


def test_zoom_by_buttons_and_by_wheel_and_dragging_does_not_select(page: Any) -> None:
    open_graph(page)
    first = scale(page)
    page.get_by_test_id("network-in").click()
    page.get_by_test_id("network-in").click()
    assert scale(page) > 1.5 * first
    box = page.get_by_test_id("network-stage").bounding_box()
    centre = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*centre)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    assert scale(page) > 1.7 * first
    before = node(page, "conv4_block1").bounding_box()
    page.mouse.move(*centre)
    page.mouse.down()
    page.mouse.move(centre[0] + 60, centre[1] - 30, steps=5)
    page.mouse.up()
    after = node(page, "conv4_block1").bounding_box()
    assert after["x"] - before["x"] == pytest.approx(60, abs=2)
    page.wait_for_timeout(300)
    wait_selected(page, "None")
    page.get_by_test_id("network-fit").click()
    page.wait_for_timeout(400)
    assert scale(page) == pytest.approx(first, abs=0.02)


def test_the_keyboard_walks_selects_and_unfolds(page: Any) -> None:
    open_graph(page)
    node(page, "image").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    wait_selected(page, "conv1_conv")
    page.wait_for_timeout(500)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    node(page, "conv2_block1_add").wait_for(timeout=WAIT)


def test_on_a_phone_the_names_can_be_read_and_a_tap_selects(phone: Any) -> None:
    open_graph(phone)
    assert scale(phone) >= 0.8
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    node(phone, "conv1_conv").tap()
    wait_selected(phone, "conv1_conv")


def touch(page: Any, *moments: list[tuple[float, float]]) -> None:
    """Fingers go down at the first moment's points, move to the next ones, and are lifted at the end."""
    session = page.context.new_cdp_session(page)
    for i, points in enumerate(moments):
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": "touchMove" if i else "touchStart", "touchPoints": fingers})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_two_fingers_zoom_and_one_moves_the_graph(phone: Any) -> None:
    open_graph(phone)
    first = scale(phone)
    touch(phone, *([(195 - d, 400), (195 + d, 400)] for d in (40, 50, 60, 70, 80)))
    assert scale(phone) == pytest.approx(2 * first, rel=0.1)
    touch(phone, *([(195 + d, 400), (195 - d, 400)] for d in (80, 70, 60, 50, 40)))
    assert scale(phone) == pytest.approx(first, rel=0.1)
    before = node(phone, "pool1").bounding_box()
    touch(phone, *([(195, 400 - d)] for d in (0, 20, 40, 60, 80)))
    assert node(phone, "pool1").bounding_box()["y"] == pytest.approx(before["y"] - 80, abs=12)
    # Chromium takes a tap that follows a drag without a pause for the end of it.
    phone.wait_for_timeout(600)
    node(phone, "pool1").tap()
    wait_selected(phone, "pool1")


def test_the_dark_theme_is_drawn_dark(page: Any) -> None:
    page.emulate_media(color_scheme="dark")
    open_graph(page, "unet")
    page.locator('.paper[fill="#11161D"]').wait_for(state="attached", timeout=WAIT)
    assert page.locator(".edge.skip").count() == 3
