"""The line of links to the same photo: where it is drawn, what it carries, and what a new tab makes of it."""

from pathlib import Path
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.same_photo import PLACES

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")


def opened(page: str, **link: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.query_params.update(link)
    app.switch_page(page).run()
    assert not app.exception
    return app


def links(app: AppTest) -> dict[str, dict[str, list[str]]]:
    return {
        element.proto.page: parse_qs(element.proto.query_string)
        for element in app.main.get("page_link")
        if element.proto.query_string
    }


@pytest.mark.parametrize("here", ["convolution", "pooling", "attention"])
def test_the_line_leads_to_every_other_page(here: str) -> None:
    found = links(opened(f"{here}.py", picture_sample="Coins", network_name="MobileNet 0.25, ImageNet"))
    assert list(found) == [page for page in PLACES if page != here]
    for page, carried in found.items():
        assert carried["photo"] == ["coins"]
        assert carried["network_name"] == ["MobileNet 0.25, ImageNet"]
        assert set(carried) == {"photo", "network_name", *PLACES[page].opens}


def test_no_line_where_a_view_has_no_use_for_the_photo() -> None:
    assert not links(opened("losses.py"))
    assert not links(opened("attention.py", attention_view="Cost"))
    assert not links(opened("segmentation.py", segmentation_view="Train"))


def test_a_link_in_a_new_tab_chooses_the_sample() -> None:
    app = opened("pooling.py", photo="scene:11")
    assert app.sidebar.selectbox(key="picture_sample").value == "scene"
    assert app.sidebar.number_input(key="picture_scene").value == 11
    assert "photo" not in app.query_params
    for odd in ("<script>", "scene:99999999", "scene:x", "", "coins:3"):
        app = opened("pooling.py", photo=odd)
        chosen = app.sidebar.selectbox(key="picture_sample").value
        assert chosen == {"<": "cat", "": "cat", "s": "scene", "c": "coins"}[odd[:1]]


def test_a_link_in_the_same_tab_leaves_the_controls_alone() -> None:
    app = opened("pooling.py", picture_sample="Coins")
    app.query_params["photo"] = "rocket"
    app.run()
    assert app.sidebar.selectbox(key="picture_sample").value == "coins"
    assert "photo" not in app.query_params
