"""Every snippet runs as it is and gives the numbers that the page shows."""

import io

import numpy as np
import pytest
from PIL import Image

from cnn_core.chain import ChainLayer, run_chain
from cnn_core.channels import select_channels
from cnn_core.convolution import conv2d, conv2d_transpose, convolve
from cnn_core.convolution_snippets import (
    chain_snippets,
    grid_snippets,
    photo_snippets,
    translation_snippets,
    transposed_snippets,
)
from cnn_core.images import to_float
from cnn_core.kernels import KERNELS, gabor
from cnn_core.nonlinearities import NONLINEARITIES, activate
from cnn_core.translation import translation_test

TOLERANCE = 1e-5
PIXELS = np.random.default_rng(7).integers(0, 256, (17, 14, 3), np.uint8)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a script in a folder of its own, with the picture as a visitor downloads it; gives its `output`."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(PIXELS).save("picture.png")

    def execute(code):
        scope = {}
        exec(compile(code, "snippet", "exec"), scope)
        assert capsys.readouterr().out.strip()
        return scope["output"]

    return execute


def picture(channels="grey"):
    return select_channels(to_float(PIXELS), channels)


OPTIONS = [
    {},
    {"padding": "same"},
    {"padding": "full", "flip": True},
    {"padding": "reflect", "stride": 3},
    {"padding": "same", "stride": 2},
    {"padding": "same", "dilation": 2, "flip": True},
    {"padding": "same", "stride": 2, "dilation": 3},
    {"stride": 2, "dilation": 2},
    {"padding": "full", "stride": 2, "dilation": 2},
]


@pytest.mark.parametrize("library", [0, 1], ids=["numpy", "keras"])
@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: ",".join(f"{k}={v}" for k, v in o.items()) or "plain")
@pytest.mark.parametrize("channels", ["grey", "colour", "blue"])
def test_photo(run, options, channels, library):
    kernel = KERNELS["gaussian"].build(size=4, sigma=1.3) * np.array([1, -2, 3, 4], np.float32)
    code = list(photo_snippets(kernel, size=(17, 14), channels=channels, activation="relu", **options).values())[
        library
    ]
    expected = activate(convolve(picture(channels), kernel, **options), "relu")
    result = run(code)
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, atol=TOLERANCE)


@pytest.mark.parametrize("library", [0, 1], ids=["numpy", "keras"])
@pytest.mark.parametrize("name", NONLINEARITIES)
def test_photo_with_each_activation(run, name, library):
    kernel = gabor(size=5)
    code = list(photo_snippets(kernel, size=(17, 14), activation=name).values())[library]
    np.testing.assert_allclose(run(code), activate(convolve(picture(), kernel), name), atol=TOLERANCE)


@pytest.mark.parametrize("library", [0, 1], ids=["numpy", "keras"])
@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: ",".join(f"{k}={v}" for k, v in o.items()) or "plain")
def test_grid(run, options, library):
    generator = np.random.default_rng(3)
    grid, kernel = generator.random((9, 8, 3)).astype("f4"), generator.standard_normal((3, 3, 3)).astype("f4")
    code = list(grid_snippets(grid, kernel, bias=0.5, **options).values())[library]
    plain = {name: value for name, value in options.items() if name != "flip"}
    used = kernel[::-1, ::-1] if options.get("flip") else kernel
    expected = conv2d(grid, used[..., None], bias=np.array([0.5]), **plain)
    np.testing.assert_allclose(run(code), expected, atol=TOLERANCE)


@pytest.mark.parametrize("library", [0, 1], ids=["numpy", "keras"])
@pytest.mark.parametrize(
    ("stride", "padding", "dilation"), [(2, "valid", 1), (2, "same", 1), (3, "valid", 1), (1, "same", 2)]
)
def test_transposed(run, stride, padding, dilation, library):
    generator = np.random.default_rng(4)
    grid, kernel = generator.random((4, 3)).astype("f4"), generator.random((2, 3)).astype("f4")
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    expected = conv2d_transpose(grid, kernel[..., None, None], **options)
    result = run(list(transposed_snippets(grid, kernel, **options).values())[library])
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, atol=TOLERANCE)


@pytest.mark.parametrize("library", [0, 1], ids=["numpy", "keras"])
@pytest.mark.parametrize("shift", [(0, 0), (2, -3), (-1, 4)])
def test_translation(run, shift, library):
    kernel = KERNELS["sobel_x"].build()
    code = list(translation_snippets(kernel, size=(17, 14), shift=shift, stride=2, padding="same").values())[library]
    expected = translation_test(picture(), kernel, shift=shift, stride=2).output_of_shifted
    np.testing.assert_allclose(run(code), expected, atol=TOLERANCE)


@pytest.mark.parametrize("library", [0, 1], ids=["numpy", "keras"])
def test_chain(run, library):
    layers = [
        ChainLayer(KERNELS["gaussian"].build(size=5, sigma=1.0), activation="none", pooling="average"),
        ChainLayer(KERNELS["sobel_x"].build(), activation="leaky_relu", pooling="max"),
        ChainLayer(KERNELS["box_blur"].build(size=2), stride=2, activation="tanh"),
    ]
    result = run(list(chain_snippets(layers, size=(17, 14)).values())[library])
    np.testing.assert_allclose(result, run_chain(picture(), layers)[-1].output, atol=TOLERANCE)


def test_the_download_is_what_the_snippet_reads():
    from cnn_core.drawing import png

    with Image.open(io.BytesIO(png(PIXELS))) as opened:
        np.testing.assert_array_equal(np.asarray(opened), PIXELS)
