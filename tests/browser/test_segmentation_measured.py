"""Truth and Evaluate of the segmentation page in a real Chromium: a mask painted; three photos looked at."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

from cnn_core.segmentation.ready_made import write_masked_scenes

pytestmark = pytest.mark.browser
PATIENT = 60_000


def test_a_mask_is_painted_and_the_figures_follow(page: Any, base: str) -> None:
    page.set_default_timeout(PATIENT)
    page.goto(
        f"{base}/segmentation?segmentation_view=Truth&segmentation_truth_source=Paint+it&picture_scene=3"
        "&picture_sample=Scene+with+ground+truth"
    )
    canvas = page.get_by_test_id("paint-canvas")
    expect(page.get_by_text("nothing to compare with yet")).to_be_visible(timeout=PATIENT)
    canvas.scroll_into_view_if_needed()
    place = canvas.bounding_box()

    def at(x: float, y: float) -> tuple[float, float]:
        return place["x"] + x * place["width"], place["y"] + y * place["height"]

    def stroke(start: tuple[float, float], end: tuple[float, float]) -> None:
        page.mouse.move(*at(*start))
        page.mouse.down()
        page.mouse.move(*at(*end), steps=6)
        page.mouse.up()

    metric = page.get_by_test_id("stMetricValue").first
    # The large triangle of the scene, with the class circle: wrong. Then one with the class triangle: better.
    stroke((0.3, 0.55), (0.35, 0.75))
    expect(metric).to_have_text(re.compile(r"0\.\d{3}"), timeout=PATIENT)
    page.wait_for_url("**segmentation_truth_painted=*")
    first, link = metric.inner_text(), page.url
    page.get_by_test_id("paint-class-3").click()
    stroke((0.15, 0.35), (0.2, 0.4))
    expect(metric).not_to_have_text(first, timeout=PATIENT)
    second = metric.inner_text()
    assert float(second) > float(first)
    page.wait_for_function("link => location.href !== link", arg=link)

    # A polygon around the whole scene, taken back again; then nothing is left.
    page.get_by_test_id("paint-polygon").click()
    for corner in ((0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98), (0.02, 0.02)):
        page.mouse.click(*at(*corner))
    expect(metric).not_to_have_text(second, timeout=PATIENT)
    page.get_by_test_id("paint-undo").click()
    expect(metric).to_have_text(second, timeout=PATIENT)
    page.get_by_test_id("paint-clear").click()
    expect(page.get_by_text("nothing to compare with yet")).to_be_visible(timeout=PATIENT)


def test_three_photos_are_evaluated(page: Any, base: str, tmp_path: Path) -> None:
    page.set_default_timeout(PATIENT)
    folder = write_masked_scenes(tmp_path / "scenes", count=3, size=(64, 64))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.rglob("*.*"):
            archive.write(path, path.relative_to(tmp_path))
    page.goto(f"{base}/segmentation?segmentation_view=Evaluate&segmentation_source=A+zip")
    upload = page.locator("input[type=file][accept*=zip]")
    upload.set_input_files({"name": "scenes.zip", "mimeType": "application/zip", "buffer": packed.getvalue()})
    expect(page.get_by_text("3 photos")).to_be_visible(timeout=PATIENT)
    page.get_by_role("button", name="Evaluate").click()
    page.wait_for_url("**segmentation_evaluation=*")
    values = page.get_by_test_id("stMetricValue")
    expect(values).to_have_count(5, timeout=2 * PATIENT)
    assert float(values.first.inner_text()) > 0.5
    assert values.last.inner_text() == "3"
    expect(page.get_by_alt_text(re.compile("mistakes"))).to_have_count(3, timeout=PATIENT)
