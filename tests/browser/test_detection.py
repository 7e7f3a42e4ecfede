"""The detection page in a real Chromium: a photo of one's own, boxes pointed at, selected, zoomed into, and drawn."""

import re
import time
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from cnn_core.box_text import boxes_from_text
from cnn_core.boxes import Boxes
from cnn_core.detection.candidates import Candidates, found
from cnn_core.detection.loading import load_detector
from cnn_core.drawing import png
from cnn_core.images import to_float
from cnn_core.samples import sample_scene

pytest.importorskip("playwright")
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PATIENT = 60_000
SCENE = 20


@pytest.fixture(scope="module")
def candidates() -> Candidates:
    return load_detector("starter_detector_shapes").look(to_float(sample_scene(SCENE).pixels))


def centre(page: Any, boxes: Boxes, place: int) -> tuple[float, float]:
    """Where a box's middle is on the screen."""
    stage = page.get_by_test_id("boxes-stage").bounding_box()
    left, top, right, bottom = boxes.corners[place].tolist()
    scale = stage["width"] / sample_scene(SCENE).pixels.shape[1]
    return stage["x"] + (left + right) / 2 * scale, stage["y"] + (top + bottom) / 2 * scale


def test_a_photo_is_uploaded_thresholded_selected_and_zoomed(page: Any, base: str, candidates: Candidates) -> None:
    page.set_default_timeout(PATIENT)
    page.goto(f"{base}/detection?picture_source=Upload&detection_model=Shapes+%28starter%29")
    file = {"name": "mine.png", "mimeType": "image/png", "buffer": png(sample_scene(SCENE).pixels)}
    page.get_by_test_id("stSidebar").locator("input[type=file]").set_input_files(file)
    page.get_by_test_id("stSidebar").get_by_text("mine.png").wait_for()
    marks = page.get_by_test_id("boxes-mark")
    boxes = found(candidates)
    expect(marks).to_have_count(len(boxes), timeout=PATIENT)

    slider = page.get_by_role("slider", name="Least score")
    slider.press("Home")
    many = len(found(candidates, threshold=0.01))
    assert many > len(boxes)
    expect(marks).to_have_count(many, timeout=PATIENT)
    slider.press("End")
    expect(page.get_by_text("Nothing reaches 0.99")).to_be_visible(timeout=PATIENT)
    page.get_by_role("button", name=re.compile("Lower the threshold")).click()
    expect(page.get_by_test_id("boxes-row")).to_have_count(1, timeout=PATIENT)
    slider.press("Home")
    expect(marks).to_have_count(many, timeout=PATIENT)

    # A row selects its box, and a box its row.
    rows = page.get_by_test_id("boxes-row")
    rows.nth(1).click()
    expect(marks.nth(1)).to_have_class(re.compile(r"\bselected\b"))
    expect(page.get_by_text("Stands for")).to_be_visible(timeout=PATIENT)
    page.wait_for_url("**detection_box=1*")
    page.get_by_test_id("boxes-stage").scroll_into_view_if_needed()
    page.mouse.move(*centre(page, boxes, 0))
    expect(marks.nth(0)).not_to_have_class(re.compile(r"\bout\b"))
    expect(marks.nth(2)).to_have_class(re.compile(r"\bout\b"))
    page.mouse.click(*centre(page, boxes, 0))
    expect(rows.nth(0)).to_have_attribute("aria-selected", "true")
    page.wait_for_url("**detection_box=0*")

    line = marks.nth(0).locator(".line")
    before = float(line.get_attribute("width"))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    expect(page.get_by_test_id("boxes-fit")).to_be_enabled()
    assert float(line.get_attribute("width")) > 1.3 * before
    page.get_by_test_id("boxes-fit").click()
    assert float(line.get_attribute("width")) == pytest.approx(before, abs=0.1)


def test_boxes_are_moved_nudged_deleted_and_brought_back(page: Any, base: str) -> None:
    page.set_default_timeout(PATIENT)
    text = "A 50 60 150 160; B 200 200 300 320"
    page.goto(f"{base}/detection?detection_view=IoU+and+AP&picture_sample=Shapes&detection_pair_boxes={text}")
    own = page.get_by_test_id("boxes-own")
    expect(own).to_have_count(2, timeout=PATIENT)
    stage = page.get_by_test_id("boxes-stage").first
    stage.scroll_into_view_if_needed()
    place = stage.bounding_box()
    scale = place["width"] / 384

    def told(count: int) -> Boxes:
        """The boxes in the link, once there are so many."""
        page.wait_for_function("count => (location.search.match(/%3B|;/g) ?? []).length === count - 1", arg=count)
        query = parse_qs(urlparse(page.url).query)
        return boxes_from_text(query["detection_pair_boxes"][0], names=("A", "B"), size=(384, 384))

    def first_becomes(corners: list[float], *, near: float) -> None:
        """While it moves the link follows, some steps behind."""
        until = time.monotonic() + PATIENT / 1000
        while told(2).corners[0].tolist() != pytest.approx(corners, abs=near) and time.monotonic() < until:
            page.wait_for_timeout(100)
        page.wait_for_timeout(600)
        assert told(2).corners[0].tolist() == pytest.approx(corners, abs=near)

    page.mouse.move(place["x"] + 100 * scale, place["y"] + 110 * scale)
    page.mouse.down()
    page.mouse.move(place["x"] + 130 * scale, place["y"] + 150 * scale, steps=4)
    page.mouse.up()
    first_becomes([80, 100, 180, 200], near=1.5)
    left, top, right, bottom = told(2).corners[0].tolist()
    page.keyboard.press("Shift+ArrowRight")
    first_becomes([left + 10, top, right + 10, bottom], near=0.11)
    page.keyboard.press("Delete")
    expect(own).to_have_count(1)
    assert told(1).labels.tolist() == [1]
    page.get_by_test_id("boxes-undo").click()
    expect(own).to_have_count(2)
    assert told(2).labels.tolist() == [0, 1]
