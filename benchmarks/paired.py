"""Time two functions alternately in one run: their ratio holds while the machine's speed drifts."""

import time
from collections.abc import Callable
from statistics import median


def paired_ratio(ours: Callable[[], object], peer: Callable[[], object], *, rounds: int = 15) -> tuple[float, float]:
    """Median of ours / peer over `rounds` pairs, and the peer's median time in milliseconds; one warm-up pair first."""
    ours()
    peer()
    pairs = []
    for number in range(rounds):
        # The order changes each round, so that neither always finds the other's data in the cache.
        first, second = (ours, peer) if number % 2 else (peer, ours)
        start = time.perf_counter()
        first()
        middle = time.perf_counter()
        second()
        end = time.perf_counter()
        times = (middle - start, end - middle)
        pairs.append(times if number % 2 else times[::-1])
    return median(a / b for a, b in pairs), median(b for _, b in pairs) * 1000
