"""All six explanations of the starter's answer, behind one function, and the code that the page shows for them."""

from dataclasses import replace

import numpy as np
import pytest

from cnn_core.classifiers.loading import load_looked_at
from cnn_core.classifiers.looked_at import Told
from cnn_core.drawing import png
from cnn_core.errors import InputError
from cnn_core.explain.heat import map_limit, seen_photo, signed_over
from cnn_core.explain.inside import Inside
from cnn_core.explain.method_table import METHODS
from cnn_core.explain.methods import Settings, explain, relevant
from cnn_core.explain.similarity import rank_correlation
from cnn_core.explain.snippets import explain_code
from cnn_core.samples import sample

pytest.importorskip("keras")

SETTINGS = Settings(channels=6, steps=4, samples=3, noise=0.1, seed=2, cells=4, fill="blur")
CAT, DOG = 3, 5


@pytest.fixture(scope="module")
def network():
    return load_looked_at("starter")


@pytest.fixture(scope="module")
def found(network):
    return {name: explain(network, sample("cat"), name, class_index=CAT, settings=SETTINGS).values for name in METHODS}


@pytest.mark.parametrize("tab", ["NumPy", "CNN Playground"])
def test_the_code_gives_the_maps(network, found, tab, tmp_path, monkeypatch):
    (tmp_path / "picture.png").write_bytes(png(sample("cat")))
    monkeypatch.chdir(tmp_path)
    code = explain_code("", list(METHODS), class_index=CAT, settings=SETTINGS, steps=4)[tab]
    scope = {"network": network}
    exec(code, scope)
    assert list(scope["maps_of"]) == list(METHODS)
    for name, values in found.items():
        np.testing.assert_allclose(
            scope["maps_of"][name], values, rtol=1e-3, atol=2e-4 * np.abs(values).max(), err_msg=name
        )


def test_maps_speak_of_their_class_and_occlusion_agrees_with_grad_cam(network, found):
    """The cat's face fills the photo's left: what is hidden there costs most, and there the maps are warm."""
    other = explain(network, sample("cat"), "grad_cam", class_index=DOG, settings=SETTINGS).values
    assert found["grad_cam"].shape == other.shape == (7, 7)
    assert rank_correlation(found["grad_cam"], other) < 0.5
    for name, method in METHODS.items():
        assert np.isfinite(found[name]).all()
        assert (found[name].min() < 0) == method.signed, name
    assert found["integrated_gradients"].shape == network.size


def test_random_weights_give_another_map_and_leave_the_network(network, found):
    layers, learned = Inside(network).layers()
    assert layers[-1] == "block3"
    random = explain(network, sample("cat"), "grad_cam", class_index=CAT, random_layers=len(learned))
    assert abs(rank_correlation(random.values, found["grad_cam"])) < 0.7
    again = explain(network, sample("cat"), "grad_cam", class_index=CAT)
    np.testing.assert_array_equal(again.values, found["grad_cam"])


def test_only_what_a_method_uses_makes_another_map():
    other = replace(SETTINGS, layer="block2", noise=0.3)
    same = {name for name in METHODS if relevant(SETTINGS, name) == relevant(other, name)}
    assert same == {"integrated_gradients", "occlusion"}


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("lime", {}, "Choose one of grad_cam"),
        ("grad_cam", {"class_index": 10}, "Choose 0 to 9"),
        ("occlusion", {"random_layers": 1}, "Occlusion asks the network as it is"),
        ("grad_cam", {"settings": Settings(layer="conv9")}, "No layer of this name"),
        ("grad_cam", {"random_layers": 99}, "does not have so many layers"),
    ],
)
def test_what_cannot_be_is_refused(network, method, options, message):
    with pytest.raises(InputError, match=message):
        explain(network, sample("cat"), method, **{"class_index": CAT, **options})


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"maps": np.full((2, 2, 1), np.nan), "slopes": np.ones((1, 2, 2, 1))}, "not finite"),
        ({"maps": np.ones((2, 2, 1)), "slopes": np.ones((3, 9, 9, 1))}, "does not give scores of classes"),
        ({}, "does not give scores of classes"),
    ],
)
def test_what_a_strange_network_tells_is_checked(network, arrays, message):
    """An uploaded network's child may say anything."""
    strange = replace(network, look=lambda *_: Told(arrays=arrays))
    with pytest.raises(InputError, match=message):
        explain(strange, sample("cat"), "grad_cam", class_index=CAT)


def test_a_map_lies_over_what_the_network_sees():
    tall = replace(load_looked_at("untrained:lenet5"), size=(40, 20))
    photo = np.zeros((60, 60, 3), np.uint8)
    photo[:, 15:45] = 200
    seen = seen_photo(tall, photo, side=80)
    assert seen.shape == (80, 40, 3)
    assert seen.min() == 200, "the middle, cut to the input's aspect"
    over = signed_over(seen, np.array([[-1.0, 1.0]]), limit=1.0)
    assert over[0, 0, 2] > over[0, 0, 0]
    assert over[0, -1, 0] > over[0, -1, 2]
    values = np.ones((20, 20))
    values[0, 0] = -50
    assert map_limit([values], signed=True) == 1.0
    assert map_limit([np.zeros((2, 2))], signed=True) == 1.0
    assert map_limit([np.zeros((2, 2)), values], signed=False) == 1.0
