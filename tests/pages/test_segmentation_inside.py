"""The tab Inside U-Net and FCN: figures equal the core's, every control works, and what the presets say is so."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from streamlit.testing.v1 import AppTest

from cnn_core.scenes import scene
from cnn_core.segmentation.inside import inside_network
from cnn_core.segmentation.inside_figures import agreement
from cnn_core.segmentation.starters import load_starter, segmenter_starters
from cnn_core.starter_models import STARTERS
from pages.segmentation_tabs import inside as tab
from pages.segmentation_tabs import skips
from pages.segmentation_tabs.fcn_strides import NAMES
from pages.segmentation_tabs.inside_picture import FIRST_SCENE, SEED
from pages.ui import keras_ready

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")
SHAPES = "starter_segmenter_shapes"
pytestmark = pytest.mark.skipif(
    not {SHAPES, *NAMES} <= set(STARTERS), reason="the starters of shapes are not in assets/models"
)


@pytest.fixture(scope="module", autouse=True)
def eager() -> Iterator[None]:
    """Compiling takes longer than the few looks."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def opened(**link: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.query_params.update({"segmentation_view": "Inside U-Net and FCN", **link})
    app.switch_page("segmentation.py")
    app.run()
    assert not app.exception
    return app


def figures(app: AppTest) -> list[float]:
    """The mean IoUs under the pictures."""
    return [float(value) for one in app.caption for value in re.findall(r"Mean IoU \*\*([\d.]+)\*\*", one.value)]


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.info, *app.error])


def expected(index: int, off: tuple[str, ...], fill: str | None = None) -> float:
    drawn, network = scene(SEED, index=index), inside_network(SHAPES)
    labels = network.look(drawn.image, off=off, fill=fill).masks.labels
    return round(agreement(labels, drawn.label_map, num_classes=len(network.classes)).mean_iou, 3)


def run_code(app: AppTest, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], str]:
    namespace: dict[str, Any] = {}
    exec(app.code[0].value, namespace)
    return namespace, capsys.readouterr().out


def test_switches_presets_and_code(capsys: pytest.CaptureFixture[str]) -> None:
    app = opened()
    whole = expected(FIRST_SCENE, ())
    assert figures(app) == [whole]
    # What the first preset says.
    app.button(key="seg_inside_preset_0").click().run()
    assert app.toggle(key="seg_inside_level2").value is False
    assert figures(app) == [whole, expected(FIRST_SCENE, ("level2",))]
    rims = [float(value) for value in re.findall(r"border: \*\*([\d.]+) %", words(app))]
    assert rims[0] - rims[1] == pytest.approx(100 / 6, abs=2)
    namespace, printed = run_code(app, capsys)
    assert f"mean IoU {figures(app)[1]:.3f}" in printed
    assert namespace["figures"].rim * 100 == pytest.approx(rims[1], abs=0.06)
    assert "Bottleneck (16, 16, 128)" in printed
    app.toggle(key="seg_inside_level2").set_value(True).run()
    app.toggle(key="seg_inside_level1").set_value(False).run()
    assert abs(figures(app)[0] - figures(app)[1]) < 0.02
    app.segmented_control(key="seg_inside_fill_mean").set_value("zeros").run()
    assert figures(app)[1] == expected(FIRST_SCENE, ("level1",), "zeros")
    assert "The fair replacement here is its mean" in words(app)
    app.button(key="seg_inside_preset_1").click().run()
    assert figures(app)[1] == expected(FIRST_SCENE, ("level1", "level2", "level3"), "zeros")
    app.number_input(key="seg_inside_scene").set_value(3).run()
    assert figures(app)[0] == expected(3, ())
    assert not app.exception


def test_the_three_fcns(capsys: pytest.CaptureFixture[str]) -> None:
    app = opened(seg_inside_view=tab.STRIDES)
    drawn = scene(SEED, index=FIRST_SCENE)
    found = [load_starter(name).predict(drawn.image).labels for name in NAMES]
    assert figures(app) == [round(agreement(labels, drawn.label_map, num_classes=7).mean_iou, 3) for labels in found]
    assert figures(app) == sorted(figures(app)), "each skip makes it better here"
    _, printed = run_code(app, capsys)
    assert [float(value) for value in re.findall(r"mean IoU ([\d.]+)", printed)] == figures(app)
    app.segmented_control(key="seg_inside_picture").set_value("mine").run()
    assert "nobody has said what is right" in words(app)
    assert len(figures(app)) == 2
    # From here the first preset leads to the other view, though its controls have not been drawn yet.
    app.button(key="seg_inside_preset_0").click().run()
    assert not app.exception
    assert app.segmented_control(key=tab.VIEW).value == tab.SKIPS
    assert app.selectbox(key=skips.NETWORK).value == tab.SHAPES


def test_networks_are_named_as_in_the_presets_and_links() -> None:
    assert skips.network_title(SHAPES) == tab.SHAPES
    titles = [skips.network_title(name) for name in segmenter_starters()]
    assert len(set(titles)) == len(titles)


def test_a_photo_without_truth_is_compared_with_the_whole_network() -> None:
    fcn = skips.network_title("starter_fcn16s")
    app = opened(
        seg_inside_picture="The picture in the sidebar",
        seg_inside_network=fcn,
        picture_sample="Scene with ground truth",
    )
    assert app.selectbox(key=skips.NETWORK).value == fcn
    assert len(figures(app)) == 1, "a scene of the sidebar has its truth"
    app.selectbox(key="picture_sample").set_value("gradient").run()
    assert "say how far an answer agrees" in words(app)
    assert figures(app) == []
    app.toggle(key="seg_inside_pool4").set_value(False).run()
    assert len(figures(app)) == 1
    assert app.segmented_control(key="seg_inside_fill_zeros").value == "zeros"
    app.selectbox(key=skips.NETWORK).set_value(skips.network_title("starter_fcn32s")).run()
    assert "FCN-32s has no skips" in words(app)
    assert not app.exception


def test_until_keras_is_there_litert_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers come first, then a bar; what is drawn in the meantime is replaced."""
    said: list[str] = []
    monkeypatch.setattr(keras_ready, "keras_is_here", lambda: False)
    monkeypatch.setattr(skips, "keras_is_here", lambda: False)
    monkeypatch.setattr(skips, "wait_for_keras", said.append)
    app = opened()
    assert said == ["Switches and feature maps"]
    assert np.allclose(figures(app), [expected(FIRST_SCENE, ())], atol=2e-3)
