"""MobileNetV2 and EfficientNet-B0 are Keras' own."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras.src.applications import efficientnet

from cnn_core.architectures.applications import efficientnet_b0, mobilenet_v2
from tests.architectures.shells import without_weights


@pytest.mark.parametrize(
    ("build", "reference", "parameters"),
    [(mobilenet_v2, "MobileNetV2", 3_538_984), (efficientnet_b0, "EfficientNetB0", 5_330_571)],
)
def test_the_same_layers_as_keras(build, reference: str, parameters: int) -> None:
    def kinds(model: keras.Model) -> list[tuple[str, int]]:
        return [(type(layer).__name__, layer.count_params()) for layer in model.layers]

    def measure() -> tuple[object, object, int]:
        ours = build()
        return kinds(ours), kinds(getattr(keras.applications, reference)(weights=None)), ours.count_params()

    ours, theirs, total = without_weights(measure)
    assert ours == theirs
    assert total == parameters


def test_width() -> None:
    assert without_weights(lambda: mobilenet_v2(alpha=0.5).count_params()) == 1_987_224


def test_a_saved_network_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Two of the seven groups of blocks hold every kind of layer.
    monkeypatch.setattr(efficientnet, "DEFAULT_BLOCKS_ARGS", efficientnet.DEFAULT_BLOCKS_ARGS[:2])
    model = efficientnet_b0(input_shape=(32, 32, 3), num_classes=3)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    picture = np.random.default_rng(0).random((1, 32, 32, 3), dtype=np.float32) * 255
    np.testing.assert_allclose(again(picture), model(picture), rtol=1e-5)
