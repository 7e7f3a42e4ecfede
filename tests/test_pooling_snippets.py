"""Every snippet of the pooling page runs as it is, and gives the numbers on the page."""

import numpy as np
import pytest
from PIL import Image

from cnn_core import pooling_snippets as snippets
from cnn_core.pooling import MODES, global_pool, head_parameters, pool, pool_gradient
from cnn_core.pooling_snippets import Crop, Window
from cnn_core.shift import shift_test

PIXELS = np.random.default_rng(0).integers(0, 256, (24, 31, 3), np.uint8)
PICTURE = PIXELS.astype(np.float32) / 255
WORKED = np.arange(1, 17, dtype=np.float32).reshape(4, 4)
WINDOWS = [Window(2), Window(3, 2, "same"), Window(3, 1, "valid"), Window(2, 3, "same"), Window(2, 5)]


@pytest.fixture(autouse=True)
def folder_with_the_picture(tmp_path, monkeypatch):
    Image.fromarray(PIXELS).save(tmp_path / "picture.png")
    monkeypatch.chdir(tmp_path)


def run(code):
    if "keras" in code:
        pytest.importorskip("keras")
    namespace = {}
    exec(compile(code, "snippet", "exec"), namespace)
    return namespace


@pytest.mark.parametrize("label", ["NumPy", "Keras"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_pooling_the_picture(label, mode, window):
    code = snippets.pooling(snippets.picture_source(), mode=mode, window=window)[label]
    expected = pool(PICTURE, mode=mode, size=window.size, stride=window.stride, padding=window.padding)
    np.testing.assert_allclose(run(code)["output"], expected, atol=1e-6)


@pytest.mark.parametrize("label", ["NumPy", "Keras"])
@pytest.mark.parametrize("mode", MODES)
def test_pooling_a_grid(label, mode, capsys):
    output = run(snippets.pooling(snippets.grid_source(WORKED), mode=mode, window=Window(2))[label])["output"]
    np.testing.assert_allclose(output, pool(WORKED[..., None], mode=mode, size=2), rtol=1e-6)
    if mode == "max":
        assert "[ 6.  8.]\n [14. 16.]" in capsys.readouterr().out


@pytest.mark.parametrize("label", ["NumPy", "Keras"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_gradients(label, mode, window):
    options = {"mode": mode, "size": window.size, "stride": window.stride, "padding": window.padding}
    crop = Crop(row=5, column=7, side=9, channel=1)
    grid = np.round(WORKED / 7, 2)
    if mode == "min" and label == "Keras":
        grid = np.random.default_rng(2).permutation(16).reshape(4, 4).astype(np.float32)
    for source, image in (
        (snippets.picture_source(crop), PICTURE[5:14, 7:16, 1:2]),
        (snippets.grid_source(grid), grid[..., None]),
    ):
        result = run(snippets.gradient(source, mode=mode, window=window)[label])
        np.testing.assert_allclose(result["output"], pool(image, **options), atol=1e-5)
        np.testing.assert_allclose(result["gradient"], pool_gradient(image, **options), atol=1e-5)


def test_crop_of_pixels_in_0_to_255():
    source = snippets.picture_source(Crop(row=2, column=3, side=4), scale=1)
    output = run(snippets.pooling(source, mode="max", window=Window(2))["NumPy"])["output"]
    np.testing.assert_array_equal(output, pool(PIXELS[2:6, 3:7], mode="max", size=2))


@pytest.mark.parametrize("label", ["NumPy", "Keras"])
def test_global_pooling(label):
    result = run(snippets.global_pooling(size=5, channels=8, classes=10)[label])
    for mode in MODES:
        np.testing.assert_allclose(result["output"][mode], global_pool(PICTURE, mode=mode), rtol=1e-5)
    assert {"flatten": result["flatten"], "global": result["pooled"]} == head_parameters(5, channels=8, classes=10)


@pytest.mark.parametrize("label", ["NumPy", "Keras"])
@pytest.mark.parametrize(("size", "stride", "taps"), [(2, 2, 3), (3, 2, 5), (4, 3, 3)])
def test_shift(label, size, stride, taps):
    changes = run(snippets.shift(size=size, stride=stride, taps=taps, largest=5)[label])["changes"]
    expected = shift_test(PICTURE, largest=5, size=size, stride=stride, taps=taps).changes
    assert changes.keys() == expected.keys()
    for method, values in expected.items():
        np.testing.assert_allclose(changes[method], values, atol=1e-6)
