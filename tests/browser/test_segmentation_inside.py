"""Inside a U-Net, in a real Chromium: a skip is switched off, the mask changes and its IoU falls."""

import re
from typing import Any

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PATIENT = 90_000
LINK = "segmentation?segmentation_view=Inside+U-Net+and+FCN"
MEAN = re.compile(r"Mean IoU [01]\.\d{3}")


def test_a_skip_switched_off_costs_what_it_carried(page: Any, base: str) -> None:
    page.set_default_timeout(PATIENT)
    page.goto(f"{base}/{LINK}")
    main = page.get_by_test_id("stMain")
    expect(main.get_by_text(MEAN)).to_have_count(1, timeout=PATIENT)
    # Answered by LiteRT at first; with the feature maps Keras has taken over.
    expect(main.get_by_text("Bottleneck", exact=True)).to_be_visible(timeout=PATIENT)
    maps = main.get_by_alt_text(re.compile("^Decoder 2: channels"))
    before = maps.get_attribute("src")
    main.get_by_text("Level 2, 1/2", exact=True).click()
    expect(main.get_by_text(MEAN)).to_have_count(2, timeout=PATIENT)
    expect(maps).not_to_have_attribute("src", before, timeout=PATIENT)
    page.wait_for_url("**seg_inside_level2=false*")
    whole, switched = (float(text.rpartition(" ")[2]) for text in main.get_by_text(MEAN).all_inner_texts())
    assert whole - switched > 0.05
    masks = [
        main.get_by_alt_text(re.compile(f"^{title}: ")).first.get_attribute("src")
        for title in ("All skips on", "Output: without level 2")
    ]
    assert masks[0] != masks[1]
    expect(main.get_by_text("Level 2 off")).to_be_visible()
