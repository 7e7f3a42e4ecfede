"""The code that the tab Claims shows gives the numbers that it shows."""

import numpy as np
import pytest

from cnn_core.activations import sample_pictures
from cnn_core.activations.patches import Peaks, strongest_patches
from cnn_core.activations.sorting import channel_order
from cnn_core.classifiers.loading import load_looked_at
from cnn_core.drawing import png
from cnn_core.samples import sample
from cnn_core.stress.curve import seen, stress_curve
from cnn_core.stress.disturbances import DISTURBANCES, strengths
from cnn_core.stress.placing import Stage, along_a_row
from cnn_core.stress.sharing import dense_matrix
from cnn_core.stress.snippets import curve_code, hierarchy_code, sharing_code, shift_code


@pytest.fixture(scope="module")
def network():
    return load_looked_at("starter")


@pytest.fixture(autouse=True)
def _beside_the_photo(tmp_path, monkeypatch):
    (tmp_path / "picture.png").write_bytes(png(sample("cat")))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", DISTURBANCES)
def test_curves(network, kind):
    way = DISTURBANCES[kind]
    expected = stress_curve(network, sample("cat"), kind, strengths(kind, 5), seed=3)
    for code in curve_code("", kind, low=way.low, high=way.high, count=5, seed=3).values():
        scope = {"network": network}
        exec(code, scope)
        np.testing.assert_allclose(scope["line"], expected.line, atol=2e-3)
        np.testing.assert_allclose(scope["strengths"], expected.strengths)


def test_shifts(network):
    expected = along_a_row(network, Stage(network, sample("cat"), scale=0.7, fill="blur"), top=4)
    for code in shift_code("", scale=0.7, fill="blur", top=4).values():
        scope = {"network": network}
        exec(code, scope)
        np.testing.assert_allclose(scope["line"], expected.line, atol=1e-4)
        assert [(4, left) for left in scope["places"]] == list(expected.places)


def test_hierarchy(network, monkeypatch):
    pytest.importorskip("keras")
    few = ("cat", "coffee", "scene 2", "scene 5")
    monkeypatch.setattr(sample_pictures, "sample_names", lambda: few)
    code = hierarchy_code("", layers=["block1", "block3"], channels=2, patches=3)["NumPy"]
    scope = {"network": network}
    exec(code, scope)
    assert len(scope["strongest"]) == 4
    told = network.ask("peaks", scope["samples"], layer="block3").arrays
    peaks = Peaks(told["values"], told["rows"], told["columns"])
    maps = network.ask("maps", network.prepare(sample("cat"))[None], layer="block3").arrays["maps"][0]
    for channel in channel_order(maps, "activation")[:2]:
        expected = strongest_patches(peaks, channel, count=3)
        found = scope["strongest"]["block3", channel]
        assert [name for name, _ in found] == [few[patch.picture] for patch in expected]
        np.testing.assert_allclose([value for _, value in found], [patch.value for patch in expected], rtol=1e-4)


def test_sharing(network):
    pytest.importorskip("keras")
    code = sharing_code("", layer="block1_conv1", channel=0, seen=0, top=3, left=9, side=5)["NumPy"]
    scope = {"network": network}
    exec(code, scope)
    np.testing.assert_allclose(scope["matrix"], dense_matrix(scope["kernel"], (5, 5)))
    np.testing.assert_allclose(scope["dense"], scope["convolved"], atol=1e-5)
    grey = seen(network, sample("cat")).mean(axis=2) / 255
    np.testing.assert_allclose(scope["patch"], grey[3:8, 9:14], atol=1e-6)
