"""Feature maps in a real Chromium: the flow pointed at, walked by keys and clicked, one value, and on a phone."""

import math
import re
from typing import Any

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PATIENT = 120_000


def test_the_flow_is_pointed_at_walked_and_clicked(page: Any, base: str) -> None:
    page.set_default_timeout(PATIENT)
    link = "feature_maps_view=Flow&network_name=untrained:lenet5&feature_maps_focus=block2_conv&feature_maps_row=2"
    page.goto(f"{base}/feature_maps?{link}&feature_maps_patches=false")
    readout, tiles = page.get_by_test_id("flow-readout"), page.get_by_test_id("flow-tile")
    expect(readout).to_contain_text("block2_conv, 0: mean", timeout=PATIENT)
    expect(readout).to_contain_text("100 % of its weight")
    # Lines lead to the chosen channel from all six of the layer before, which come from one each.
    expect(page.locator("[data-testid=flow] path.lit")).to_have_count(6)
    chosen = page.locator("[data-testid=flow-tile][aria-pressed=true]")
    expect(chosen).to_have_attribute("data-name", "block2_conv 0")
    other = page.locator("[data-name='block1_conv 3']")
    other.hover()
    expect(readout).to_contain_text("It comes from input 0")
    # By keys: from the chosen channel one column to the left.
    page.mouse.move(0, 0)
    chosen.focus()
    page.keyboard.press("ArrowLeft")
    expect(readout).to_contain_text(re.compile(r"block1_pool, \d: mean .* It comes from block1_conv"))

    # The sum that is written out is the value that the map has there.
    place = page.get_by_test_id("place-readout")
    expect(place).to_contain_text("Row 2, column 5")
    value = float(place.inner_text().rpartition(": ")[2])
    rows = page.locator("[data-testid=stMarkdownContainer] table tr")
    total = float(rows.last.locator("td").last.inner_text())
    assert math.tanh(total) == pytest.approx(value, abs=2e-3)
    page.get_by_test_id("place-stage").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**feature_maps_row=3*")
    expect(place).to_contain_text("Row 3, column 5")

    page.locator("[data-name^='block2_conv ']").nth(2).click()
    page.wait_for_url(re.compile(r"feature_maps_focus_channel=\d"))
    expect(chosen).to_have_attribute("data-name", re.compile(r"block2_conv [1-9]"))

    # Nothing is wider than a phone; the layers scroll by themselves.
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollWidth <= 390")
    assert tiles.count() > 30
    page.set_viewport_size({"width": 1280, "height": 900})

    page.get_by_role("tab", name="Maps").click()
    sheet = page.get_by_test_id("sheet-tile")
    expect(sheet).to_have_count(6)
    sheet.nth(2).click()
    page.wait_for_url(re.compile(r"feature_maps_channel=\d|feature_maps_view=Maps|feature_maps\?(?!.*view)"))
    expect(sheet.nth(2)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("tab", name="One unit").click()
    expect(page.get_by_text("theoretical field")).to_contain_text("5 × 5 pixels, 25 of them in the photo")
    pictures = page.locator("[data-testid=stMain] [data-testid=stImage] img")
    assert all(alt for alt in pictures.evaluate_all("all => all.map(one => one.alt)"))
