"""The child process of `cnn_core.latency`: builds the network, times or saves it, and tells so in status.json."""

import signal
import statistics
import time
from pathlib import Path
from typing import Any

from cnn_core.child_process import limit_this_process, read_json, write_json
from cnn_core.errors import InputError
from cnn_core.keras_alone import import_keras_alone
from cnn_core.latency import METHOD, WARM_UP
from cnn_core.network_reference import from_json

# Beyond the libraries and a few copies of the weights: activations of a batch, and what compiling takes.
_WORKING_MEMORY = 6_000_000_000


def main(folder: Path) -> None:
    """Do what config.json asks for."""
    config = read_json(folder / "config.json")

    def say(**values: Any) -> None:
        write_json(folder / "status.json", {"of": config.get("runs", 0), **values})

    # Where the server that watches the clock has gone, this ends the process.
    signal.alarm(int(config["seconds"]) + 1)
    say(state="building")
    try:
        import_keras_alone()
        import keras

        if not _on_gpu(keras):
            # A graphics driver maps far more address space than it uses.
            limit_this_process(
                more_memory=_WORKING_MEMORY + 6 * config["weight_bytes"],
                more_seconds=64 * int(config["seconds"]),
                file_bytes=2 * config["weight_bytes"] + 64_000_000,
            )
        model = from_json(config["network"]).build()
        if config["task"] == "save":
            say(state="saving")
            model.save(folder / "model.keras")
            say(state="done", file="model.keras")
        else:
            _measure(model, config, folder, say)
    except InputError as error:
        say(state="failed", message=str(error))
    except MemoryError:
        say(state="failed", message="It needs more memory than it may take here")


def _measure(model: Any, config: dict[str, Any], folder: Path, say: Any) -> None:
    import keras
    import numpy as np

    shape = [side or 224 for side in model.input_shape[1:]]
    pictures = np.random.default_rng(0).random((config["batch_size"], *shape), dtype="float32")

    def once() -> float:
        begin = time.perf_counter()
        model.predict_on_batch(pictures)
        return (time.perf_counter() - begin) * 1000

    say(state="warming up")
    first = once()
    for _ in range(WARM_UP - 1):
        once()
    times: list[float] = []
    told = time.monotonic()
    while len(times) < config["runs"]:
        times.append(once())
        if (folder / "stop").exists():
            say(state="stopped")
            return
        if time.monotonic() - told > 0.5:
            told = time.monotonic()
            say(state="measuring", done=len(times))
    latency = {
        "median_ms": statistics.median(times),
        "p90_ms": float(np.percentile(times, 90)),
        "fastest_ms": min(times),
        "runs": len(times),
        "batch_size": config["batch_size"],
        "first_ms": first,
        "device": _device(keras),
        "method": METHOD,
        "software": _software(keras),
    }
    say(state="done", done=len(times), latency=latency)


def _on_gpu(keras: Any) -> bool:
    return any("gpu" in device.lower() or "cuda" in device.lower() for device in keras.distribution.list_devices())


def _device(keras: Any) -> str:
    """The processor that Keras uses, by name."""
    from cnn_core.runtime import describe_machine

    machine = describe_machine()
    if _on_gpu(keras) and machine.gpus:
        return machine.gpus[0].name
    cores = "1 core" if machine.cores == 1 else f"{machine.cores} cores"
    return f"{_processor() or machine.processor}, {cores}"


def _processor() -> str:
    """The processor's name as Linux gives it; "" elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else ""


def _software(keras: Any) -> str:
    from cnn_core.runtime import library_versions

    backend = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}.get(keras.backend.backend(), "")
    version = library_versions().get(backend, "")
    return f"Keras {keras.__version__} on {backend} {version}".strip()
