"""Every network of the catalog at a size that takes milliseconds, and one step of training each."""

from typing import Any

import keras
import numpy as np

from cnn_core.architectures.catalog import ARCHITECTURES

CLASSES = 3

# Where 32 x 32 x 3 with the usual width does not do, or takes too long. Blocks have 8 x 8 x 8.
SETTINGS: dict[str, dict[str, Any]] = {
    "lenet5": {"input_shape": (16, 16, 1)},
    "alexnet": {"input_shape": (67, 67, 3), "dense_units": 8},
    **{f"vgg{depth}": {"dense_units": 8, "base_filters": 4} for depth in (11, 13, 16, 19)},
    **{f"resnet{depth}": {"base_filters": 4} for depth in (18, 34, 50)},
    "mobilenet_v2": {"alpha": 0.35},
    "stacked_cnn": {"input_shape": (36, 36, 3), "dense_units": 8},
    "yolo_like": {"base_filters": 2},
    "unet": {"base_filters": 4},
    "fcn": {"base_filters": 4, "fc_filters": 8},
}

# The same networks with what changes their layers; each is added to the settings above.
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("alexnet", {"original": True}),
    ("vgg11", {"batch_norm": True, "dropout": 0.5}),
    ("googlenet", {"auxiliary": True, "lrn": True, "input_shape": (65, 65, 3)}),
    ("resnet18", {"plain": True}),
    ("resnet50", {"plain": True}),
    ("separable_cnn", {"separable": False}),
    ("gap_cnn", {"head": "flatten"}),
    ("yolo_like", {"grid_stride": 8}),
    ("unet", {"transposed": True, "skips": False}),
    ("fcn", {"stride": 32, "transposed": True, "input_shape": (33, 40, 3)}),
    ("residual_block", {"kind": "bottleneck", "stride": 2}),
]


def settings(name: str) -> dict[str, Any]:
    """Arguments of the builder that make the network tiny."""
    shape = (8, 8, 8) if ARCHITECTURES[name].task == "block" else (32, 32, 3)
    return {"input_shape": shape, "num_classes": CLASSES, **SETTINGS.get(name, {})}


def step(name: str, **options: Any) -> keras.Model:
    """Build it, run one forward and one training step; the outputs are finite and weights have moved."""
    # Some first weights of so small a network silence it, and it learns nothing.
    keras.utils.set_random_seed(0)
    arguments = {**settings(name), **options}
    model = ARCHITECTURES[name].build(**arguments)
    pictures = np.random.default_rng(0).random((2, *arguments["input_shape"]), dtype=np.float32)
    outputs = model(pictures)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    for output, shape in zip(outputs, _as_list(model.output_shape), strict=True):
        assert tuple(output.shape)[1:] == tuple(shape)[1:], name
        assert np.isfinite(keras.ops.convert_to_numpy(output)).all(), name
    before = [keras.ops.convert_to_numpy(variable) for variable in model.trainable_variables]
    targets = [np.full(output.shape, 0.7, np.float32) for output in outputs]
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", jit_compile=False, run_eagerly=True)
    loss = model.train_on_batch(pictures, targets if len(targets) > 1 else targets[0])
    assert np.isfinite(loss).all(), name
    after = [keras.ops.convert_to_numpy(variable) for variable in model.trainable_variables]
    assert any((a != b).any() for a, b in zip(after, before, strict=True)), f"{name} has not learnt"
    return model


def _as_list(shapes: Any) -> list[Any]:
    return shapes if isinstance(shapes, list) else [shapes]
