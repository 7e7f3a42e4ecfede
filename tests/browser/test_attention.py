"""The attention page in a real Chromium: a click moves the place that looks; the photo comes along, and its links."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnn_core.attention.dot_product import attention_rows, effective_places, readable_heads
from cnn_core.attention.place_maps import comparable, hand_maps
from cnn_core.drawing import encode, significant
from cnn_core.samples import sample

pytest.importorskip("playwright")
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PATIENT = 60_000


def spread(row: int, column: int) -> str:
    maps = comparable(hand_maps(sample("coins") / np.float32(255), side=8).values)
    heads = readable_heads(maps)
    return significant(effective_places(attention_rows(heads, [row * maps.shape[1] + column])[0, 0])) + " places"


def test_a_click_chooses_who_looks_and_the_photo_goes_along(page: Any, base: str, tmp_path: Path) -> None:
    page.set_default_timeout(PATIENT)
    link = "attention_view=Self-attention&attention_side=8&picture_sample=Coins&attention_row=0&attention_column=0"
    page.goto(f"{base}/attention?{link}")
    main = page.get_by_test_id("stMain")
    expect(main.get_by_text(spread(0, 0), exact=True)).to_be_visible(timeout=PATIENT)
    # 6 x 8 places: the middle of row 4, column 2.
    picture = main.get_by_role("img", name=re.compile("The share of each place"))
    box = picture.bounding_box()
    picture.click(position={"x": box["width"] * 2.5 / 8, "y": box["height"] * 4.5 / 6})
    page.wait_for_url("**attention_row=4*")
    page.wait_for_url("**attention_column=2*")
    expect(main.get_by_text(spread(4, 2), exact=True)).to_be_visible()

    # Nothing is wider than a phone.
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollWidth <= 390")
    page.set_viewport_size({"width": 1280, "height": 900})

    # A sample: the link works in a tab of its own.
    line = page.locator(".st-key-same_photo")
    address = line.get_by_role("link", name="Pooling").get_attribute("href")
    own_tab = page.context.new_page()
    own_tab.goto(f"{base}/{address}")
    expect(own_tab.get_by_test_id("stSidebar")).to_contain_text("Brooklyn Museum", timeout=PATIENT)
    own_tab.wait_for_url("**picture_sample=Coins*")
    own_tab.close()

    # One's own photo: it survives the click and a reload, and the address does not grow.
    (tmp_path / "mine.webp").write_bytes(encode(sample("rocket")))
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_text("Upload", exact=True).first.click()
    page.set_input_files("input[type=file]", str(tmp_path / "mine.webp"))
    page.wait_for_url("**picture=*")
    for name in ("Convolution", "Pooling"):
        line.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        page.wait_for_url(f"**/{name.lower()}?*picture=*")
        expect(sidebar).to_contain_text("mine.webp")
        expect(line).to_be_visible()
        assert page.url.count("picture=") == 1
    page.reload()
    expect(sidebar).to_contain_text("mine.webp")
