"""The learning tabs of the detection page in a real Chromium: a cell pointed at and chosen, a box guessed."""

import re
from typing import Any

import numpy as np
import pytest

from cnn_core.detection.cell_formula import head_boxes
from cnn_core.detection.loading import load_detector
from cnn_core.detection.trace import trace
from cnn_core.samples import sample_scene

pytest.importorskip("playwright")
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PATIENT = 60_000
LINK = "detection?detection_view=From+tensor+to+box&picture_sample=Scene+with+ground+truth"


def spot_of_one(corners: np.ndarray, areas: np.ndarray, wanted: np.ndarray) -> tuple[float, float]:
    """A point where one of the boxes wanted is the smallest: a click takes the smallest one under it."""
    for place in wanted:
        x, y = (corners[place, :2] + corners[place, 2:]) / 2
        under = np.flatnonzero((corners[:, 0] < x) & (x < corners[:, 2]) & (corners[:, 1] < y) & (y < corners[:, 3]))
        if under[areas[under].argmin()] == place:
            return float(x), float(y)
    raise AssertionError("every box is covered by a smaller one")


def test_a_cell_is_chosen_and_a_box_guessed(page: Any, base: str) -> None:
    page.set_default_timeout(PATIENT)
    seen = load_detector("starter_detector_shapes").look(sample_scene(0).image)
    corners, scores, labels = head_boxes(seen.heads[0])
    page.goto(f"{base}/{LINK}")
    stage = page.get_by_test_id("cells-stage")
    readout = page.get_by_test_id("cells-readout")
    expect(readout).to_contain_text("Row", timeout=PATIENT)
    stage.scroll_into_view_if_needed()
    place = stage.bounding_box()
    side = place["width"] / 24

    # Pointing tells, and draws the box of the cell; a click chooses it, and so do the arrow keys.
    page.mouse.move(place["x"] + 4.5 * side, place["y"] + 5.5 * side)
    name = seen.boxes.names[labels[5, 4]]
    expect(readout).to_have_text(re.compile(f"Row 5, column 4: .*{name} with score {scores[5, 4]:.2f}"))
    drawn = page.locator("rect.other")
    sides = [float(drawn.get_attribute(name)) for name in ("x", "y", "width", "height")]
    left, top, right, bottom = corners[5, 4]
    np.testing.assert_allclose(sides, [left, top, right - left, bottom - top], rtol=1e-4)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url("**detection_cell_row=5&detection_cell_column=4*")
    expect(page.get_by_text("Raw numbers of row 5, column 4")).to_be_visible(timeout=PATIENT)
    stage.press("ArrowDown")
    stage.press("Shift+ArrowRight")
    page.wait_for_url("**detection_cell_row=6&detection_cell_column=9*")
    expect(page.get_by_text("Raw numbers of row 6, column 9")).to_be_visible(timeout=PATIENT)

    # A click on a box of the picture is the guess.
    page.get_by_text("Overlapping boxes", exact=True).click()
    marks = page.get_by_test_id("boxes-mark")
    boxes = seen.boxes[seen.boxes.scores >= 0.35]
    expect(marks).to_have_count(len(boxes), timeout=PATIENT)
    assert page.locator(".mark .cross:visible").count() == 0
    step = trace(boxes, iou_threshold=0.5)[0]
    photo = page.get_by_test_id("boxes-stage").first
    photo.scroll_into_view_if_needed()
    place = photo.bounding_box()
    x, y = spot_of_one(boxes.corners, boxes.areas, step.waiting[step.suppressed])
    page.mouse.click(place["x"] + x * place["width"] / 384, place["y"] + y * place["width"] / 384)
    expect(page.get_by_text(re.compile("Right, you said box"))).to_be_visible(timeout=PATIENT)
    assert page.locator(".mark .cross:visible").count() == step.suppressed.sum()
