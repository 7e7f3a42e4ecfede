"""How to use the device that this process has: GPU memory, mixed precision, out-of-memory errors.

Imports TensorFlow where Keras runs on it: these settings are not in Keras.
"""

import contextlib
import shutil
import subprocess
from functools import cache

from cnn_core.runtime import describe_machine

_SECONDS = 3
# NVIDIA's compute capabilities: Volta has tensor cores for float16, Ampere for bfloat16.
_HALF, _BRAIN = 7.0, 8.0


def on_gpu() -> bool:
    """Whether Keras computes on a GPU: there is one, and its backend was installed with support for it.

    Imports Keras only where there is a GPU.
    """
    if not describe_machine().gpus:
        return False
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf  # noqa: TID251  # Keras does not say which devices TensorFlow sees

        return bool(tf.config.list_physical_devices("GPU"))
    if backend == "torch":
        import torch

        return bool(torch.cuda.is_available())
    return bool(keras.distribution.list_devices("gpu"))


def prepare_device() -> None:
    """Let GPU memory grow as it is needed, so that another program has room; before anything runs on it."""
    if not on_gpu():
        return
    import keras

    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf  # noqa: TID251  # memory growth is TensorFlow's

    for gpu in tf.config.list_physical_devices("GPU"):
        # A GPU that this process uses already refuses; it was prepared when its use began.
        with contextlib.suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(gpu, True)


def precision_policy(asked: str) -> str:
    """Keras' dtype policy for "auto", "float32" or "mixed".

    Automatic is mixed on a GPU that has units for it; on a processor it is float32, and "mixed" is bfloat16.

    Example:
        >>> precision_policy("float32")
        'float32'
    """
    if asked == "float32":
        return "float32"
    capability = compute_capability() if on_gpu() else 0.0
    if capability >= _BRAIN:
        return "mixed_bfloat16"
    if capability >= _HALF:
        return "mixed_float16"
    return "mixed_bfloat16" if asked == "mixed" else "float32"


@cache
def compute_capability() -> float:
    """The smallest compute capability of the NVIDIA GPUs here; 0 where there is none, or it does not say."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return 0.0
    query = [program, "--query-gpu=compute_cap", "--format=csv,noheader"]
    try:
        said = subprocess.run(query, capture_output=True, text=True, timeout=_SECONDS, check=True).stdout
        return min((float(line) for line in said.split()), default=0.0)
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0.0


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that the device's memory did not suffice, on any of Keras' backends.

    Example:
        >>> is_out_of_memory(RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")), is_out_of_memory(KeyError())
        (True, False)
    """
    if isinstance(error, MemoryError) or type(error).__name__ in {"ResourceExhaustedError", "OutOfMemoryError"}:
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and ("out of memory" in text or "RESOURCE_EXHAUSTED" in text)
