"""The shared picture in a real browser: it survives a reload, and nobody else sees it."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def sidebar(page: Any) -> Any:
    return page.get_by_test_id("stSidebar")


def upload(page: Any, path: Path) -> None:
    sidebar(page).get_by_text("Upload", exact=True).first.click()
    page.wait_for_selector("input[type=file]", state="attached")
    page.set_input_files("input[type=file]", str(path))


def test_a_photo_survives_reload_and_page_switch_and_stays_private(
    page: Any, chromium: Any, base: str, photos: Path
) -> None:
    page.goto(base)
    upload(page, photos / "darknet_dog.jpg")
    expect(sidebar(page)).to_contain_text("darknet_dog.jpg")
    expect(sidebar(page)).to_contain_text("768 × 576")
    page.wait_for_url("**picture=*")
    # What the server knows the browser by is out of reach of scripts.
    (cookie,) = [c for c in page.context.cookies() if c["name"] == "cnn_playground_browser"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert len(cookie["value"]) == 43
    assert "cnn_playground_browser" not in page.evaluate("document.cookie")

    page.reload()
    expect(sidebar(page)).to_contain_text("darknet_dog.jpg")
    sidebar(page).get_by_role("link", name="Convolution").click()
    # The address changes before the page does, and the picture is in it again only when the page has been drawn.
    expect(page.get_by_role("heading", name="Convolution", exact=True)).to_be_visible()
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_url("**/convolution**picture=*")
    expect(sidebar(page)).to_contain_text("darknet_dog.jpg")
    page.reload()
    expect(sidebar(page)).to_contain_text("darknet_dog.jpg")

    stranger = chromium.new_context()
    other = stranger.new_page()
    other.goto(page.url)
    expect(sidebar(other)).to_contain_text("only for the browser that brought it")
    expect(sidebar(other)).to_contain_text("Chelsea")
    expect(sidebar(other)).not_to_contain_text("darknet_dog.jpg")
    assert not any("darknet" in (image.get_attribute("alt") or "") for image in other.locator("img").all())
    stranger.close()


def test_a_deep_link_selects_page_and_sample_on_the_first_hit(page: Any, base: str) -> None:
    page.goto(f"{base}/convolution?picture_sample=Coins")
    expect(sidebar(page)).to_contain_text("Brooklyn Museum")
    expect(page).to_have_title("Convolution")
    assert "picture_sample=Coins" in page.url


def test_a_broken_file_is_named_and_changes_nothing(page: Any, base: str, photos: Path) -> None:
    page.goto(f"{base}/?picture_sample=Coins")
    upload(page, photos / "skimage_truncated.jpg")
    expect(sidebar(page).get_by_role("alert")).to_contain_text("skimage_truncated.jpg")
    expect(sidebar(page).get_by_role("alert")).to_contain_text("damaged or cut short")
    expect(sidebar(page)).to_contain_text("Coins")
    upload(page, photos / "cat.bmp")
    expect(sidebar(page)).to_contain_text("cat.bmp")
    expect(sidebar(page).get_by_role("alert")).to_have_count(0)
