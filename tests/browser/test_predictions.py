"""The page Predictions in a real Chromium: a photo of one's own, its bars, another network, and the link."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from cnn_core.classifiers.answers import answer_about
from cnn_core.classifiers.loading import load_looked_at
from cnn_core.drawing import png
from cnn_core.images import open_photo
from cnn_core.samples import sample
from pages.ui.words import percent
from tests.browser.serving import ROOT

pytest.importorskip("playwright")
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PATIENT = 90_000


def test_a_photo_of_ones_own_is_answered(page: Any, base: str) -> None:
    page.set_default_timeout(PATIENT)
    page.goto(f"{base}/predictions?picture_source=Upload")
    pixels = sample("cat")
    file = {"name": "mine.png", "mimeType": "image/png", "buffer": png(pixels)}
    page.get_by_test_id("stSidebar").locator("input[type=file]").set_input_files(file)
    page.get_by_test_id("stSidebar").get_by_text("mine.png").wait_for()
    top = answer_about(load_looked_at("starter"), open_photo(png(pixels), name="mine.png").pixels).top()
    told = "; ".join(f"{label} {percent(value)}" for label, value in top)
    main = page.get_by_test_id("stMain")
    bars = main.get_by_role("img", name=f"Starter: {told}")
    expect(bars).to_be_visible()
    first, second = (bar.bounding_box()["width"] for bar in bars.locator("[style*='height']  > [style*='%']").all()[:2])
    assert first / second == pytest.approx(top[0][1] / top[1][1], rel=0.05), "as long as their probabilities"
    expect(main.get_by_alt_text(re.compile("mine.png. Starter: cat 85"))).to_be_visible()

    page.get_by_role("tab", name="Preprocessing").click()
    expect(main.get_by_alt_text(re.compile("^BGR instead of RGB: airplane 4"))).to_be_visible()
    page.get_by_role("tab", name="Together").click()
    expect(main.get_by_text("Combining leaves the answer")).to_be_visible()
    expect(main.get_by_alt_text("the photo, mirrored")).to_be_visible()


def test_imagenet_knows_the_breed(page: Any, base: str) -> None:
    """MobileNetV2 where its weights are: through Keras, which the server loads for it."""
    home = Path(os.environ.get("CNN_TEST_DATA", ROOT.parent / "shared" / "data")) / "keras_home"
    if not home.is_dir():
        pytest.skip("no keras_home in the test data")
    page.set_default_timeout(PATIENT)
    page.goto(f"{base}/predictions?network_name=mobilenet_v2")
    main = page.get_by_test_id("stMain")
    expect(main.get_by_role("img", name=re.compile("^MobileNetV2: Egyptian cat 47"))).to_be_visible(timeout=PATIENT)
    expect(page).to_have_url(re.compile("network_name=mobilenet_v2"))
    page.get_by_test_id("stSidebarNav").get_by_text("Feature maps").click()
    expect(page).to_have_url(re.compile("feature_maps.*network_name=mobilenet_v2"), timeout=PATIENT)
