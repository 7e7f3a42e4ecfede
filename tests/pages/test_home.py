"""The home page: what it is, a card for each page, this machine."""

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cnn_core.runtime import describe_machine

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")


def pages_listed() -> list[str]:
    """Files of all pages of the navigation but this one, in its order."""
    table = next(
        node.value
        for node in ast.parse(Path(MAIN).read_text()).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PAGES"
    )
    return [row[0] for group, rows in ast.literal_eval(table).items() if group for row in rows]


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(MAIN, default_timeout=60).run()


def text_of(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.title, *app.markdown, *app.caption])


def test_says_what_it_is_and_what_the_machine_has(app: AppTest) -> None:
    assert not app.exception
    assert app.title[0].value == "CNN Playground"
    text = text_of(app)
    assert "your own photo" in text
    assert f"**{describe_machine().cores}** processor cores" in text
    assert "Keras 3." in text


def test_a_card_with_a_picture_and_a_link_for_each_page(app: AppTest) -> None:
    links = [element.proto for element in app.main.get("page_link")]
    assert [f"{link.page}.py" for link in links] == pages_listed()
    pictures = [image for element in app.main.get("image") for image in element.proto.imgs]
    assert len(pictures) == len(links)
    assert all(image.alt.startswith("Left half the picture") for image in pictures)


def test_the_cards_show_the_shared_picture(app: AppTest) -> None:
    before = [image.url for element in app.main.get("image") for image in element.proto.imgs]
    app.selectbox("picture_sample").select("zone_plate").run()
    after = [image.url for element in app.main.get("image") for image in element.proto.imgs]
    assert not app.exception
    assert set(before).isdisjoint(after)
