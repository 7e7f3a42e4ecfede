"""Short programs about several devices. Each is text that runs as it is; NumPy's starts from `picture.png`."""

from collections.abc import Mapping


def data_parallel_code(*, kernel: str, crops: int, devices: int, norm: str, seed: int) -> Mapping[str, str]:
    """The numbers of the page in NumPy, and the same idea in Keras on two backends, on this processor's parts.

    NumPy's leaves `mean` and `whole`, (3, 3); the others `losses`, one an epoch.

    Args:
        kernel: "zeros" or "random".
        crops: in the batch.
        devices: that share it.
        norm: as `data_parallel.parts_of` takes it.
        seed: of crops and kernel.

    Example:
        >>> list(data_parallel_code(kernel="zeros", crops=8, devices=2, norm="none", seed=0))
        ['NumPy', 'TensorFlow', 'JAX', 'Command line']
    """
    first = "np.zeros((3, 3))" if kernel == "zeros" else f"np.random.default_rng([{seed}, 12]).normal(0, 0.5, (3, 3))"
    numpy = f"""import numpy as np
from cnn_core.drawing import to_uint8
from cnn_core.hidden_filters import learners_picture, named_filter
from cnn_core.images import load_image
from cnn_core.training.data_parallel import averaged, drawn_crops, parts_of, shared_out

photo = learners_picture("photo", to_uint8(load_image("picture.png")), centred=True)
crops = drawn_crops(photo, named_filter("sobel_x"), count={crops}, seed={seed})
kernel = {first}
parts = parts_of(crops, kernel, shared_out({crops}, {devices}), norm={norm!r})
[whole] = parts_of(crops, kernel, [{crops}], norm={"each" if norm != "none" else "none"!r})
mean, whole = averaged(parts), whole.gradient
print(mean.round(4))
print("largest difference from the whole batch's gradient:", np.abs(mean - whole).max())
"""
    return {
        "NumPy": numpy,
        "TensorFlow": _TENSORFLOW,
        "JAX": _JAX,
        "Command line": _COMMAND,
    }


_DATA = """
chance = np.random.default_rng(0)
pictures = chance.random((64, 8, 8, 3), dtype="float32")
labels = pictures.mean(axis=(1, 2)).argmax(axis=1)


def network():
    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.Input((8, 8, 3)),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(3, activation="softmax"),
    ]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.SGD(0.1), loss="sparse_categorical_crossentropy")
    return model

"""
_TENSORFLOW = (
    """import keras
import numpy as np
import tensorflow as tf

# Two parts of the processor; with two GPUs leave these three lines out and write "GPU:0", "GPU:1".
processor = tf.config.list_physical_devices("CPU")[0]
if len(tf.config.get_logical_device_configuration(processor) or []) < 2:
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
"""
    + _DATA
    + """
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    model = network()
# fit gives each device its part of every batch; train_on_batch would give each the whole.
losses = model.fit(pictures, labels, batch_size=16, epochs=3, shuffle=False, verbose=0).history["loss"]
print(losses)
"""
)
_JAX = (
    """import os

os.environ["KERAS_BACKEND"] = "jax"
import jax

# Two parts of the processor, before JAX computes anything; with two GPUs leave this out.
if jax.config.jax_num_cpu_devices < 2:
    jax.config.update("jax_num_cpu_devices", 2)
import keras
import numpy as np
"""
    + _DATA
    + """
devices = keras.distribution.list_devices("cpu")[:2]
keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False))
model = network()
losses = model.fit(pictures, labels, batch_size=16, epochs=3, shuffle=False, verbose=0).history["loss"]
keras.distribution.set_distribution(None)
print(losses)
"""
)
_COMMAND = """import json
import subprocess
import sys
from pathlib import Path

# Two GPUs; where there are none, two parts of the processor. KERAS_BACKEND says whether TensorFlow or JAX does it.
run = Path("spread_run")
run.mkdir(exist_ok=True)
settings = {"job": "scratch", "data": "shapes", "pictures": 2000, "epochs": 5, "batch_size": 128, "devices": 2}
(run / "config.json").write_text(json.dumps(settings))
subprocess.run([sys.executable, "-m", "cnn_core.training", str(run)], check=True)
print(json.loads((run / "result.json").read_text())["test"])
"""
