"""A run of a page leaves a network alone that somebody else is just building."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnn_core.weightless import read_model

keras = pytest.importorskip("keras")

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")


def test_a_network_is_built_without_weights_while_a_page_is_drawn() -> None:
    allocated: list[Any] = []

    def allocate(shape: Any, dtype: Any = None) -> Any:
        allocated.append(shape)
        return keras.ops.zeros(shape, dtype)

    def build() -> Any:
        pixels = keras.Input((4,))
        app = AppTest.from_file(MAIN, default_timeout=60).run()
        assert not app.exception
        return keras.Model(pixels, keras.layers.Dense(2, kernel_initializer=allocate)(pixels))

    assert read_model(build, lambda model: model.count_params()) == 10
    assert allocated == []
