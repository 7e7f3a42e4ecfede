"""The segmentation page in a real Chromium: a photo of one's own, its look changed, pointed at, and taken home."""

import io
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnn_core.drawing import png
from cnn_core.images import to_float
from cnn_core.masks import decided
from cnn_core.samples import sample_scene
from cnn_core.segmentation.loading import load_segmenter
from cnn_core.segmentation.overlay import Look, overlay

pytest.importorskip("playwright")
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PATIENT = 60_000
SCENE = 11


def mean_around(picture: np.ndarray, row: int, column: int) -> np.ndarray:
    """The mean colour of a pixel and those around it, 0 to 255."""
    return picture[row - 1 : row + 2, column - 1 : column + 2].mean(axis=(0, 1))


def test_masks_of_an_uploaded_photo(page: Any, base: str) -> None:
    masks = load_segmenter("starter_segmenter_shapes").predict(to_float(sample_scene(SCENE).pixels))
    pixels = sample_scene(SCENE).pixels
    page.set_default_timeout(PATIENT)
    page.goto(f"{base}/segmentation?picture_source=Upload&segmentation_model=Shapes+%28starter%29")
    file = {"name": "mine.png", "mimeType": "image/png", "buffer": png(pixels)}
    page.get_by_test_id("stSidebar").locator("input[type=file]").set_input_files(file)
    page.get_by_test_id("stSidebar").get_by_text("mine.png").wait_for()
    root = page.get_by_test_id("masks")
    drawn = page.locator("[data-testid=masks][data-drawn]")
    stage = page.get_by_test_id("masks-stage")
    expect(stage.get_by_alt_text(re.compile("mine.png: background 59 %"))).to_be_attached(timeout=PATIENT)

    def told(words: str) -> None:
        expect(drawn).to_have_attribute("data-drawn", re.compile(words), timeout=PATIENT)

    def agrees(look: Look, least: float = 0.0) -> None:
        """The browser shows what NumPy draws, up to the photo's own encoding."""
        expected = overlay(pixels, decided(masks, least), colours=masks.colours, look=look).astype(float)
        page.wait_for_timeout(300)
        shot = np.asarray(Image.open(io.BytesIO(stage.screenshot())).convert("RGB"), float)
        for place in ((320, 255), (265, 360), (200, 20), (345, 20)):
            row, column = (int((at + 0.5) * side / 384) for at, side in zip(place, shot.shape, strict=False))
            seen, drawn = mean_around(shot, row, column), mean_around(expected, *place)
            assert np.abs(seen - drawn).max() < 14, (look, place)

    told('"view":"both"')
    page.mouse.move(5, 5)
    hidden = frozenset({0})
    agrees(Look(hidden=hidden))

    # Pointing highlights class and legend, and tells area and confidence; the server is not asked.
    place = stage.bounding_box()
    page.mouse.move(place["x"] + place["width"] * 255 / 384, place["y"] + place["height"] * 320 / 384)
    told('"pointed":1')
    area = int((masks.labels == 1).sum())
    share = f"{100 * area / 384**2:.1f} %"
    tip = root.get_by_text(re.compile(rf"circle: (> )?\d+ % sure here; {share}, {area:,} pixels"))
    expect(tip).to_be_visible()
    row = root.locator("tr[data-label='1']")
    expect(row).to_have_class(re.compile("pointed"))
    sure = masks.confidence[masks.labels == 1].mean()
    expect(row).to_contain_text(re.compile(rf"{share}{area:,}({100 * sure - 0.3:.0f}|{100 * sure + 0.3:.0f}) %"))
    page.mouse.move(5, 5)
    told('"pointed":null')

    slider = root.get_by_role("slider", name="Opacity")
    slider.press("End")
    told('"opacity":1')
    page.wait_for_url("**segmentation_masks_opacity=1.0*")
    agrees(Look(opacity=1.0, hidden=hidden))
    slider.press("Home")
    told('"opacity":0')
    root.get_by_label("Dim the rest").check()
    page.wait_for_url("**segmentation_masks_dim=True*")
    agrees(Look(opacity=0.0, dim=True, hidden=hidden))
    root.get_by_role("radio", name="Mask").click()
    told('"view":"mask"')
    root.get_by_label("Show circle").uncheck()
    page.wait_for_url("**segmentation_masks_hidden=0-1*")
    agrees(Look(view="mask", hidden=frozenset({0, 1})))
    least = root.get_by_role("slider", name="Least confidence")
    least.press("End")
    told('"least":1')
    expect(root.get_by_text("Not sure enough")).to_be_visible()
    least.press("Home")

    # The keyboard moves a point that tells what is there; the divider is a slider of its own.
    root.get_by_role("radio", name="Both").click()
    stage.focus()
    page.keyboard.press("ArrowRight")
    label = masks.names[masks.labels[192, 199]]
    expect(root.get_by_role("status")).to_contain_text(f"{label}: ", timeout=PATIENT)
    root.get_by_label("Before and after").check()
    divider = root.get_by_role("slider", name=re.compile("Divider"))
    divider.focus()
    divider.press("End")
    assert root.locator(".clip").evaluate("clip => clip.style.clipPath") == "inset(0px 0px 0px 100%)"

    with page.expect_download() as got:
        page.get_by_role("button", name="Mask (palette PNG)").click()
    picture = Image.open(got.value.path())
    assert picture.mode == "P"
    np.testing.assert_array_equal(np.asarray(picture), masks.labels)
