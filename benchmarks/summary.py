"""`cnn_core.summary.summarize` beside the ordinary Keras build, each in a process of its own: time and memory.

    python -m benchmarks.summary

Wanted for VGG16: under 150 ms and under 15 MB more memory. Keras' import is not in the figures; a small model is built
first in either way, so that neither pays for what Keras loads on first use. Times are the median of five processes.
"""

import json
import os
import resource
import subprocess
import sys
import time
from statistics import median
from typing import Any

NETWORKS = ("VGG16", "ResNet50", "MobileNetV2", "EfficientNetB0")


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1], sys.argv[2])))
        return
    rounds = int(os.environ.get("ROUNDS", "5"))
    print(f"{'network':<15} {'summary ms':>10} {'MB':>6} {'build ms':>10} {'MB':>6} {'time':>8} {'memory':>8}")
    for name in NETWORKS:
        (ms, mb), (build_ms, build_mb) = (_typical(name, way, rounds) for way in ("summary", "build"))
        times, memory = build_ms / ms, build_mb / max(mb, 0.1)
        print(f"{name:<15} {ms:>10.0f} {mb:>6.1f} {build_ms:>10.0f} {build_mb:>6.0f} {times:>7.1f}x {memory:>7.0f}x")


def _typical(name: str, way: str, rounds: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.summary", name, way]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    results = []
    for _ in range(rounds):
        ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        results.append(json.loads(ran.stdout.splitlines()[-1]))
    return median(result[0] for result in results), median(result[1] for result in results)


def measure(name: str, way: str) -> tuple[float, float]:
    """Milliseconds, and megabytes by which this process or its peak grew, for one network built in one of the ways."""
    import keras
    import psutil

    from cnn_core.summary import summarize

    def small() -> keras.Model:
        layers = keras.layers
        stack = [layers.Conv2D(2, 3), layers.BatchNormalization(), layers.ReLU(), layers.Flatten(), layers.Dense(2)]
        return keras.Sequential([keras.Input((8, 8, 3)), *stack])

    def network() -> keras.Model:
        return getattr(keras.applications, name)(weights=None)

    run = summarize if way == "summary" else lambda build: build()
    run(small)
    before = _memory(psutil.Process())
    start = time.perf_counter()
    run(network)
    seconds = time.perf_counter() - start
    after = _memory(psutil.Process())
    # The peak counts as well as what is left: memory that is taken and given back was needed too.
    return seconds * 1000, max(b - a for a, b in zip(before, after, strict=True)) / 1e6


def _memory(process: Any) -> tuple[int, int]:
    """Bytes resident now, and at the peak so far."""
    return process.memory_info().rss, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
