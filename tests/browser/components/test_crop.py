"""The crop picker in a real Chromium: dragged, tapped, moved by keys; Python hears of it on release."""

import pytest

from cnn_core.samples import DEFAULT_SAMPLE, sample
from tests.browser.components.cells import mount

pytestmark = pytest.mark.browser
HEIGHT, WIDTH = sample(DEFAULT_SAMPLE).shape[:2]


def opened(page):
    mount(page, {"component": "crop", "side": 16})
    page.get_by_text("16 × 16 pixels from row 100, column 120").wait_for()
    page.get_by_text("Python: 100, 120").wait_for()


def scale(page) -> float:
    return page.get_by_test_id("crop-stage").bounding_box()["width"] / WIDTH


def python_says(page, row: int, column: int) -> None:
    page.get_by_text(f"Python: {row}, {column}", exact=True).wait_for()
    page.get_by_text(f"from row {row}, column {column}").wait_for()


def centre(page) -> tuple[float, float]:
    box = page.get_by_test_id("crop-grip").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_drag_sends_on_release_only(page):
    opened(page)
    x, y = centre(page)
    step = scale(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40 * step, y - 30 * step, steps=6)
    page.get_by_text("from row 70, column 160").wait_for()
    assert page.get_by_text("Python: 100, 120").count() == 1
    page.mouse.up()
    python_says(page, 70, 160)
    assert "top=70" in page.url
    # The same place again after the fields moved it: Python must hear of it a second time.
    page.get_by_role("spinbutton", name="Top").fill("10")
    page.keyboard.press("Enter")
    python_says(page, 10, 160)
    x, y = centre(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 60 * step, steps=6)
    page.mouse.up()
    python_says(page, 70, 160)


def test_click_beside_the_rectangle_centres_it_there(page):
    opened(page)
    x, y = centre(page)
    step = scale(page)
    page.mouse.click(x + 16 * step, y)
    python_says(page, 100, 136)
    box = page.get_by_test_id("crop-stage").bounding_box()
    page.mouse.click(box["x"] + 208 * step, box["y"] + 58 * step)
    python_says(page, 50, 200)


def test_a_drag_cannot_leave_the_picture(page):
    opened(page)
    x, y = centre(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 3000, y + 3000, steps=4)
    page.mouse.up()
    python_says(page, HEIGHT - 16, WIDTH - 16)


def test_keys(page):
    opened(page)
    page.get_by_role("application").focus()
    for key, row, column in (
        ("ArrowRight", 100, 121),
        ("ArrowDown", 101, 121),
        ("Shift+ArrowUp", 91, 121),
        ("Shift+ArrowLeft", 91, 111),
    ):
        page.keyboard.press(key)
        python_says(page, row, column)


def test_tap_on_a_phone(phone):
    opened(phone)
    box = phone.get_by_test_id("crop-stage").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    step = box["width"] / WIDTH
    phone.touchscreen.tap(box["x"] + 58 * step, box["y"] + 48 * step)
    phone.get_by_text("Python: 40, 50", exact=True).wait_for()
    grip = phone.get_by_test_id("crop-grip").bounding_box()
    assert grip["width"] >= 44
