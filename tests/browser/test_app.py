"""The app as a visitor meets it: started by `make run`, opened in Chromium, with a real photo."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnn_core.channels import select_channels
from cnn_core.convolution import convolve, window
from cnn_core.display import show
from cnn_core.images import open_photo, to_float
from cnn_core.kernels import KERNELS
from cnn_core.samples import sample

pytest.importorskip("playwright")
from playwright.sync_api import expect

from tests.browser.pictures import take, take_again
from tests.browser.serving import ROOT
from tests.browser.views import VIEWS

# Two busy cores draw a page in seconds, not at once.
PATIENT = 20_000

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def photo() -> tuple[str, bytes]:
    """A real photo: from the shared data, or a scikit-image sample saved as JPEG."""
    folder = Path(os.environ.get("CNN_TEST_DATA", ROOT.parent / "shared" / "data")) / "photos"
    if (folder / "darknet_dog.jpg").is_file():
        return "darknet_dog.jpg", (folder / "darknet_dog.jpg").read_bytes()
    buffer = io.BytesIO()
    Image.fromarray(sample("astronaut")).save(buffer, "JPEG")
    return "astronaut.jpg", buffer.getvalue()


def choose(page: Any, label: str, option: str) -> None:
    page.get_by_test_id("stMain").get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def settled(page: Any) -> None:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def upload(page: Any, name: str, content: bytes) -> None:
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_text("Upload", exact=True).first.click()
    page.wait_for_selector("input[type=file]", state="attached")
    page.set_input_files("input[type=file]", {"name": name, "mimeType": "image/jpeg", "buffer": content})


@pytest.mark.parametrize("device", ["page", "phone"])
def test_every_view_draws_without_an_error(
    request: pytest.FixtureRequest, base: str, device: str, tmp_path: Path
) -> None:
    """A device's views one after the other; one that is there in dark and in light is loaded dark and turns light."""
    page = request.getfixturevalue(device)
    views = [view for view in VIEWS if view.phone == (device == "phone")]
    shown = ""
    for view in sorted(views, key=lambda view: (view.address(base), view.name)):
        page.emulate_media(color_scheme=view.scheme)
        there = view.address(base) == shown
        shown = view.address(base)
        path = take_again(page, view, tmp_path) if there else take(page, base, view, tmp_path)
        with Image.open(path) as picture:
            assert picture.size == view.size, view.name
            colours = np.asarray(picture.convert("L"))
        assert page.get_by_test_id("stException").count() == 0, view.name
        # A blank page has one colour; a dark one is dark.
        assert colours.std() > 5, view.name
        assert (np.median(colours) < 80) == (view.scheme == "dark"), view.name


def test_every_view_is_of_a_device() -> None:
    assert {view.name.rsplit("_", 1)[-1] for view in VIEWS} == {"light", "dark", "phone"}
    assert {view.phone for view in VIEWS if view.name.endswith("_phone")} == {True}
    assert {view.phone for view in VIEWS if not view.name.endswith("_phone")} == {False}


def test_a_broken_photo_is_refused_and_a_good_one_goes_under_a_kernel(
    page: Any, base: str, photo: tuple[str, bytes], tmp_path: Path
) -> None:
    page.goto(base)
    # By the card of the home page.
    page.get_by_test_id("stMain").get_by_role("link", name="Convolution").click()
    page.wait_for_url("**/convolution**")
    page.locator(".comparison figure.input .role").wait_for()
    settled(page)
    upload(page, "broken.jpg", photo[1][: len(photo[1]) // 3])
    alert = page.get_by_test_id("stSidebar").get_by_role("alert")
    expect(alert).to_contain_text("broken.jpg", timeout=PATIENT)
    expect(page.locator(".comparison figure.input .role")).to_have_text("Input: Cat")
    upload(page, *photo)
    expect(page.locator(".comparison figure.input .role")).to_contain_text(photo[0], timeout=PATIENT)
    settled(page)
    choose(page, "Kernel", "Scharr y")
    expect(page.locator(".comparison figure.output .role")).to_have_text("Output: Scharr y", timeout=PATIENT)
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Output as computed (NPY)").click()
    download.value.save_as(tmp_path / "output.npy")
    pixels = open_photo(photo[1], name=photo[0]).pixels
    expected = convolve(select_channels(to_float(pixels), "grey"), KERNELS["scharr_y"].build(), padding="same")
    np.testing.assert_allclose(np.load(tmp_path / "output.npy", allow_pickle=False), expected, atol=1e-5)
    with page.expect_download() as download:
        page.get_by_role("button", name="Output as shown (PNG)").click()
    download.value.save_as(tmp_path / "output.png")
    with Image.open(tmp_path / "output.png") as shown:
        np.testing.assert_array_equal(np.asarray(shown), show(expected, how="signed").picture)
    page.get_by_text("The same in code").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download this code").first.click()
    code = page.get_by_test_id("stCode").first.inner_text()
    assert Path(download.value.path()).read_text().split() == code.split()
    assert "convolution_kernel=Scharr+y" in page.url


def test_hovering_the_stepper_shows_what_window_computes(page: Any, base: str) -> None:
    page.goto(
        f"{base}/convolution?convolution_view=Step+by+step&convolution_kernel=Outline&convolution_padding=Same%3A+zeros+around"
    )
    page.wait_for_selector("[data-testid=stepper-sum]")
    grid = np.zeros((5, 5), np.float32)
    grid[1:4, 1:4] = 1
    kernel = KERNELS["outline"].build()
    for row, column in [(0, 0), (2, 2), (1, 3), (4, 4)]:
        cell = page.locator(
            f"[data-testid=stepper-output-cell][data-row='{row}'][data-column='{column}'],"
            f"[data-testid=stepper-output-cell][data-row='{row}'][data-col='{column}']"
        ).first
        cell.hover()
        expected = window(grid, kernel, row, column, padding="same").sums[0]
        expect(page.get_by_test_id("stepper-sum")).to_have_attribute("data-value", str(int(expected)))


def test_a_click_on_the_photo_opens_the_arithmetic_of_that_spot(page: Any, base: str) -> None:
    page.goto(f"{base}/convolution")
    picture = page.locator(".comparison figure.output img")
    picture.wait_for()
    settled(page)
    box = picture.bounding_box()
    picture.click(position={"x": box["width"] * 0.4, "y": box["height"] * 0.45})
    page.wait_for_selector("[data-testid=stepper-sum]")
    settled(page)
    top, left = (int(page.get_by_role("spinbutton", name=name).input_value()) for name in ("Top row", "Left column"))
    place = page.get_by_test_id("stepper-position")
    row, column = (top + int(place.get_attribute("data-row")), left + int(place.get_attribute("data-col")))
    # A pixel of the screen is one and a half of the photo.
    assert abs(row - 300 * 0.45) <= 2
    assert abs(column - 451 * 0.4) <= 2
    image = select_channels(to_float(sample("cat")), "grey")
    expected = window(image, KERNELS["sobel_x"].build(), row, column, padding="same").sums[0]
    assert float(page.get_by_test_id("stepper-sum").get_attribute("data-value")) == pytest.approx(expected, abs=1e-5)
    page.wait_for_url(f"**convolution_row={top}*")
    page.reload()
    expect(page.get_by_role("spinbutton", name="Left column")).to_have_value(str(left))


def test_the_divider_moves(page: Any, base: str) -> None:
    page.goto(f"{base}/convolution?convolution_compare=Slider")
    divider = page.get_by_role("slider", name="Divider between input and output")
    divider.wait_for(state="attached")
    before = page.locator(".comparison .overlay").evaluate("element => element.style.clipPath")
    divider.focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    after = page.locator(".comparison .overlay").evaluate("element => element.style.clipPath")
    assert before != after


def test_the_phone_shows_the_picture_near_the_top(phone: Any, base: str) -> None:
    phone.goto(next(view for view in VIEWS if view.name == "convolution_phone").address(base))
    picture = phone.locator(".comparison .overlay img")
    picture.wait_for()
    settled(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert picture.bounding_box()["y"] < 1.2 * 844
