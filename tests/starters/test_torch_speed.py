"""PyTorch's own layout and batch norm give what Keras' layers give; skipped where PyTorch is not installed."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

STEPS = """
import json, sys
from contextlib import nullcontext
import keras, numpy as np
from cnn_core.architectures.airbench import airbench
from cnn_core.starters.torch_speed import native_torch

keras.utils.set_random_seed(0)
model = airbench(widths=(8, 16, 16), convolutions=3)
model.compile(optimizer=keras.optimizers.SGD(0.1), loss=keras.losses.CategoricalCrossentropy(from_logits=True))
random = np.random.default_rng(0)
images, targets = random.random((16, 32, 32, 3), "float32"), np.eye(10, dtype="float32")[random.integers(0, 10, 16)]
with native_torch() if sys.argv[1] == "native" else nullcontext():
    losses = [float(model.train_on_batch(images, targets)) for _ in range(3)]
moving = model.get_layer("block2_conv1_bn").get_weights()
print(json.dumps([losses, *[weight.tolist() for weight in moving]]))
"""


@pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")
def test_three_steps_give_the_same_losses_and_statistics() -> None:
    native, plain = (_steps(way) for way in ("native", "plain"))
    for one, other in zip(native, plain, strict=True):
        assert one == pytest.approx(other, rel=1e-3, abs=1e-4)


def _steps(way: str) -> list[list[float]]:
    environment = os.environ | {"KERAS_BACKEND": "torch"}
    done = subprocess.run(
        [sys.executable, "-c", STEPS, way], capture_output=True, text=True, check=True, env=environment
    )
    return json.loads(done.stdout.splitlines()[-1])
