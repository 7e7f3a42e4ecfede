"""The architectures page in a real browser: ResNet-50, a layer chosen in the graph, its numbers, the SVG."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

# The first network waits until Keras has been loaded.
PATIENT = 90_000


def test_resnet50_from_the_list_to_the_svg(page: Any, base: str, tmp_path: Path) -> None:
    page.goto(f"{base}/architectures")
    main = page.get_by_test_id("stMain")
    expect(page.get_by_test_id("network-graph")).to_be_visible(timeout=PATIENT)
    main.get_by_role("combobox", name="Network").click()
    page.get_by_role("option", name="ResNet-50", exact=True).click()
    expect(main).to_contain_text("25,636,712", timeout=PATIENT)
    node = page.locator("[data-testid=network-node][data-name='avg_pool']")
    node.click()
    expect(main.get_by_role("combobox", name="Layer")).to_have_value("avg_pool", timeout=PATIENT)
    expect(main.locator("p", has_text="From conv5_block3_out")).to_contain_text("(7 × 7 × 2048) to 2,048")
    assert "architectures_network=ResNet-50" in page.url
    with page.expect_download() as download:
        page.get_by_test_id("network-download").click()
    download.value.save_as(tmp_path / "graph.svg")
    text = (tmp_path / "graph.svg").read_text(encoding="utf-8")
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert "avg_pool" in text
