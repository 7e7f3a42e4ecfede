"""The losses page in a real Chromium: a mask is moved by keyboard, curves are read by pointing, and on a phone."""

import re
from typing import Any

import pytest

from cnn_core.drawing import significant
from cnn_core.losses.binary import loss_of
from cnn_core.losses.moved_mask import Change, predicted_mask, true_mask

pytest.importorskip("playwright")
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PATIENT = 60_000


def dice(across: int) -> str:
    truth = true_mask("disc")
    return significant(loss_of("dice", truth, predicted_mask(truth, Change(across, blur=2.0))).value)


def test_a_mask_is_moved_and_curves_are_read(page: Any, base: str) -> None:
    page.set_default_timeout(PATIENT)
    page.goto(f"{base}/losses?losses_view=A+mask+you+move")
    bars = page.get_by_text(dice(6), exact=True).first
    expect(bars).to_be_attached(timeout=PATIENT)
    slider = page.get_by_role("slider", name="Moved to the right")
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_url("**losses_moved_across=7*")
    expect(page.get_by_text(dice(7), exact=True).first).to_be_attached(timeout=PATIENT)
    pictures = page.locator("[data-testid=stMain] img")
    expect(pictures).to_have_count(3)
    assert all(width == 64 for width in pictures.evaluate_all("all => all.map(one => one.naturalWidth)"))

    # Nothing is wider than a phone, and its pictures lie beside one another.
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollWidth <= 390")
    tops = pictures.evaluate_all("all => all.map(one => Math.round(one.getBoundingClientRect().top))")
    assert len(set(tops)) == 1, tops

    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("tab", name="Curves").click()
    chart = page.locator(".js-plotly-plot").first
    expect(chart).to_be_visible(timeout=PATIENT)
    chart.scroll_into_view_if_needed()
    place = chart.locator(".nsewdrag").first.bounding_box()
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    expect(chart.locator(".hoverlayer")).to_contain_text(re.compile(r"Cross-entropy : 0\.\d+"))
    page.get_by_role("button", name="Where the sigmoid is flat").click()
    page.wait_for_url("**losses_curves_p=0.02*")
    expect(page.get_by_text("Its slope by the logit")).to_be_visible()
