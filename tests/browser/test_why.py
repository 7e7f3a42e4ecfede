"""The tab Why in a real Chromium: maps are there, one more is asked for, a slow one is stopped, and on a phone."""

import re
from typing import Any

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PATIENT = 90_000
LINK = "predictions?predictions_view=Why&predictions_why_methods=Grad-CAM&predictions_why_samples=64"


def test_maps_are_asked_for_and_a_slow_one_is_stopped(page: Any, base: str) -> None:
    page.set_default_timeout(PATIENT)
    page.goto(f"{base}/{LINK}")
    main = page.get_by_test_id("stMain")
    expect(main.get_by_alt_text(re.compile("^Grad-CAM for cat: largest"))).to_be_visible(timeout=PATIENT)
    expect(main.get_by_text("The same in code")).to_be_visible()
    main.get_by_role("button", name="Occlusion", exact=True).click()
    fall = main.get_by_alt_text(re.compile("^Occlusion for cat: largest"))
    expect(fall).to_be_visible(timeout=PATIENT)
    page.wait_for_url("**Occlusion*")

    main.get_by_role("button", name="SmoothGrad", exact=True).click()
    main.get_by_role("button", name="Stop", exact=True).click()
    expect(main.get_by_text("Does not show:")).to_have_count(2, timeout=PATIENT)
    page.wait_for_function("!location.search.includes('SmoothGrad')")
    expect(fall).to_be_visible()

    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollWidth <= 390")
