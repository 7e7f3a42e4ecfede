"""Several devices: the screen, and the code, give the gradients of the parts, their mean and the whole batch."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn_core.drawing import png, significant
from cnn_core.hidden_filters import learners_picture, named_filter
from cnn_core.samples import sample
from cnn_core.training.data_parallel import averaged, drawn_crops, parts_of, sent_bytes, shared_out
from pages.from_scratch_tabs.devices_here import NETWORKS
from pages.from_scratch_tabs.devices_settings import PREFIX
from pages.from_scratch_tabs.several_devices import PRESETS
from tests.pages.test_attention import metrics
from tests.pages.test_losses import checked, preset, words

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")


def opened(**link: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.query_params.update({"scratch_view": "Several devices", **link})
    app.switch_page("from_scratch.py")
    return checked(app.run())


def set_all(app: AppTest, **values: Any) -> None:
    """Set widgets of any kind by their keys, then run once."""
    kinds = ("select_slider", "selectbox", "segmented_control", "number_input")
    widgets = {widget.key: widget for kind in kinds for widget in getattr(app, kind)}
    for name, value in values.items():
        widgets[f"{PREFIX}_{name}"].set_value(value)
    checked(app.run())


def row(gradient: np.ndarray) -> str:
    return " | ".join(f"{value:.4f}" for value in gradient.ravel())


def test_every_control_changes_the_parts() -> None:
    app = opened(scratch_devices_devices="5", scratch_devices_seed="-1")
    set_all(app, crops=12, devices=8, seed=4, start="random", norm="each", network="VGG-16")
    photo = learners_picture("photo", sample("cat"), centred=True)
    crops = drawn_crops(photo, named_filter("sobel_x"), count=12, seed=4)
    kernel = np.random.default_rng([4, 12]).normal(0, 0.5, (3, 3))
    parts = parts_of(crops, kernel, shared_out(12, 8), norm="each")
    [whole] = parts_of(crops, kernel, [12], norm="each")
    said = words(app)
    for number, part in enumerate(parts, 1):
        assert f"| Device {number} | {significant(part.loss, 4)} | {row(part.gradient)} |" in said
        assert f"| Device {number} | {significant(part.mean)} | {significant(part.variance)} |" in said
    assert f"| {row(averaged(parts))} |" in said.partition("**Their mean**")[2]
    assert f"| **Whole batch** | {significant(whole.loss, 4)} | {row(whole.gradient)} |" in said
    off = np.abs(averaged(parts) - whole.gradient).max()
    assert metrics(app)["Off by, at most"] == significant(float(off))
    assert "another mean" in app.warning[0].value
    assert f"{sent_bytes(NETWORKS['VGG-16'], 8) / 1e6:,.1f} MB" in said


def test_presets_are_true() -> None:
    app = opened()
    for number, title in enumerate(PRESETS):
        preset(app, PREFIX, number)
        shown = metrics(app)
        assert (shown["Off by, at most"] == "0") == (title != "Batch norm apart"), title
        assert bool(app.warning) == (title == "Batch norm apart")
        assert (shown["Plain mean off by"] == "0") == (title in {"Two devices", "Batch norm synchronised"}), title


@pytest.mark.parametrize("norm", ["none", "each", "whole"])
def test_the_code_gives_the_numbers(norm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnn_core.training.several_devices_code import data_parallel_code

    (tmp_path / "picture.png").write_bytes(png(sample("cat")))
    monkeypatch.chdir(tmp_path)
    scope: dict[str, Any] = {}
    exec(data_parallel_code(kernel="random", crops=8, devices=3, norm=norm, seed=2)["NumPy"], scope)
    photo = learners_picture("photo", sample("cat"), centred=True)
    crops = drawn_crops(photo, named_filter("sobel_x"), count=8, seed=2)
    kernel = np.random.default_rng([2, 12]).normal(0, 0.5, (3, 3))
    np.testing.assert_allclose(scope["mean"], averaged(parts_of(crops, kernel, (3, 3, 2), norm=norm)), atol=1e-12)
    [whole] = parts_of(crops, kernel, [8], norm="none" if norm == "none" else "each")
    np.testing.assert_allclose(scope["whole"], whole.gradient, atol=1e-12)
