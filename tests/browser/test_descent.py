"""Learn a kernel in a real Chromium: the player computes what Python does, and is played and stepped through."""

import re
from typing import Any

import pytest

from cnn_core.drawing import significant
from cnn_core.hidden_filters import learners_picture, named_filter
from cnn_core.kernel_learning import curvature, descend, largest_rate, make_task
from cnn_core.samples import sample

pytest.importorskip("playwright")
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PATIENT = 60_000
LINK = "from_scratch?scratch_view=Learn+a+kernel&scratch_kernel_hidden=Emboss&scratch_kernel_step=7"


def test_a_descent_is_played_and_stepped_through(page: Any, base: str) -> None:
    task = make_task(learners_picture("photo", sample("cat"), centred=True), named_filter("emboss"), side=5)
    rate = float(f"{0.9 * largest_rate(curvature(task), 'gradient'):.6g}")
    path = descend(task, optimizer="gradient", rate=rate, steps=400)
    page.set_default_timeout(PATIENT)
    page.goto(f"{base}/{LINK}")
    player = page.get_by_test_id("descent")

    def at(step: int) -> None:
        """The pixels that the browser has drawn have the loss that Python computed."""
        expect(player).to_have_attribute("data-step", str(step), timeout=PATIENT)
        assert float(player.get_attribute("data-loss")) == pytest.approx(path.losses[step], rel=1e-4)
        cells = player.locator(".learned .cell")
        assert cells.count() == 25
        shown = [float(text.replace("−", "-")) for text in cells.all_inner_texts()]
        assert shown == pytest.approx(path.kernels[step].ravel().tolist(), abs=0.0051)

    at(7)
    # The hidden filter is not in the page before it is asked for.
    assert player.locator(".hidden-one .cell").count() == 0
    player.get_by_role("button", name="One step forward").click()
    at(8)
    page.wait_for_url("**scratch_kernel_step=8*")
    expect(page.get_by_text(significant(float(path.losses[8])), exact=True).first).to_be_visible()
    player.get_by_role("button", name="One step back").click()
    at(7)
    player.get_by_role("slider").focus()
    page.keyboard.press("End")
    at(400)
    player.get_by_role("button", name="First step").click()
    at(0)
    player.get_by_role("combobox", name="Speed").select_option("Fast")
    player.get_by_role("button", name="Play", exact=True).click()
    expect(player).to_have_attribute("data-step", re.compile(r"^\d{2,}$"))
    player.get_by_role("button", name="Pause").click()
    at(int(player.get_attribute("data-step")))
    page.wait_for_url(f"**scratch_kernel_step={player.get_attribute('data-step')}*")
    curve = player.get_by_test_id("descent-curve")
    curve.click(position={"x": curve.bounding_box()["width"] - 6, "y": 40})
    at(400)
    page.get_by_text("Show the hidden filter").click()
    expect(player.locator(".hidden-one .cell")).to_have_count(9)
    expect(player.get_by_test_id("descent-said")).to_contain_text("largest difference")

    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollWidth <= 390")
    at(400)
